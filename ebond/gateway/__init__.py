"""The gateway client: the only part of ebond that speaks HTTP.

``client`` is the way in: a ``SystemClient`` calls one system over a ``GatewayConnection`` (``connection``), which all
systems behind that gateway share: token (``token``, ``credentials``), quota (``turnstile``) and ``transport``. What a
call looks like is ``outgoing``, one try of it a ``call``; a system in trouble is left alone by its ``breaker``. Only
``transport`` imports httpx, only ``line`` the bytes below it. Pure, with no I/O, no clock and no threads: ``wire``,
``body``, ``url``, ``outgoing``, ``evidence``, ``signs``, ``outcome``, ``user_rules``, ``retry_after``, ``steps``,
``pacer``, ``token_request`` and ``token_answer``.
"""
