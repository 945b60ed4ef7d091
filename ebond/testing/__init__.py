"""Fakes that ship with ebond: business systems, gateways, clocks and faults, all in memory and deterministic.

Third parties test their definitions with them; ebond's own tests prove the engine with them. Nothing here
is imported by the engine.

Start with ``wiring``: ``fake_end`` gives a system (``fake_system``, ``habits``) behind its HTTP face
(``fake_api``, ``manners``), with faults and people in between (``interference``, ``faults``, ``row_faults``),
behind a gateway (``fake_gateway``), with the definitions that describe it (``presets``, ``real_presets``).
``fake_server`` serves any of it over TCP; ``bulk_server`` serves many records fast, for benchmarks; ``fault_proxy``
stands before a real server and has the same faults happen on the wire.

``servicenow``, ``tmf621`` and ``mef124`` are written from what is known of these systems and know of no definition:
a definition is right where it works with them. Each can be started: ``python -m ebond.testing.servicenow --port 8081``.
"""
