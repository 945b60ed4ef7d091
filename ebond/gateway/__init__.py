"""The gateway client: the only part of ebond that speaks HTTP.

``client`` is the way in (``GatewayConnection``, ``SystemClient``); ``transport`` is the only module that
imports httpx. ``outcome``, ``evidence``, ``user_rules``, ``retry_after``, ``pacer``, ``breaker``, ``steps``,
``token_request``, ``token_answer`` and ``url`` are pure: no I/O, no clock, no threads.
"""
