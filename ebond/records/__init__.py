"""Reading and writing one resource of one system, as its definition says.

``resource`` is the way in (``ResourceClient``). ``feed`` walks a list, ``single`` reads by id and by
correlation, ``writer`` creates and changes, ``verify`` compares a definition with its system. The others are
pure, with no I/O, no clock and no threads: ``paging``, ``since``, ``link``, ``bodies``, ``patch``,
``version``, ``marks``, ``place`` and ``rows``.
"""
