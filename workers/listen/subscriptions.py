"""Subscriptions at systems (TM Forum's hub): made where they are missing or due, and taken away on request.

What was made stands in the database, and of several listeners one makes it. A new one is made before the old one goes,
that nothing falls into a gap: two that notify of one thing do no harm. Neither does one whose answer was lost, which
stays at the system.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from ebond.definitions import Definitions
from ebond.definitions.listening import Listening, Subscribe
from ebond.errors import AnswerError, EbondError, Gone
from ebond.gateway.client import SystemClient
from ebond.gateway.wire import Request
from ebond.mapping.path import getter
from ebond.records.place import fill_path
from ebond.sync.workbench import Workbench

log = structlog.get_logger("ebond.listen")

#: How long one listener has to make a subscription, before another one takes it for dead.
TURN: Final = timedelta(minutes=5)


def keep_subscribed(bench: Workbench, public_url: str) -> None:
    """Make the subscriptions that are missing, due or of another address; what fails is tried at the next look."""
    for reference, listening, subscribe in _wanted(bench.definitions):
        try:
            _keep_one(bench, reference, subscribe, public_url.rstrip("/") + listening.path)
        except EbondError as error:
            log.error("not subscribed", system=reference, reason=str(error))


def take_away(bench: Workbench) -> bool:
    """Take all subscriptions away that were made; False where one could not be."""
    done = True
    for reference, _, subscribe in _wanted(bench.definitions):
        try:
            if kept := bench.store.get(_key(reference)):
                _remove(bench.resource(reference)[3], subscribe, kept["id"])
                bench.store.put(_key(reference), {})
        except EbondError as error:
            log.error("not unsubscribed", system=reference, reason=str(error))
            done = False
    return done


def _keep_one(bench: Workbench, reference: str, subscribe: Subscribe, callback: str) -> None:
    if _is_kept(bench, reference, subscribe, callback):
        return
    turn, now = f"subscribing:{reference}", bench.clock.now()
    if not bench.store.take_turn(turn, now=now, until=now + TURN):
        # Another listener is about to; should it die there, ours is the next look after that.
        return
    try:
        # It may have been there before us.
        if not _is_kept(bench, reference, subscribe, callback):
            _subscribe(bench, reference, subscribe, callback)
    finally:
        bench.store.end_turn(turn)


def _is_kept(bench: Workbench, reference: str, subscribe: Subscribe, callback: str) -> bool:
    kept = bench.store.get(_key(reference)) or {}
    return kept.get("callback") == callback and not _is_due(kept, subscribe, bench.clock.now())


def _subscribe(bench: Workbench, reference: str, subscribe: Subscribe, callback: str) -> None:
    kept, now = bench.store.get(_key(reference)) or {}, bench.clock.now()
    client = bench.resource(reference)[3]
    made = _make(client, subscribe, callback)
    bench.store.put(_key(reference), {"id": made, "callback": callback, "at": now.isoformat()})
    log.info("subscribed", system=client.name)
    if kept and kept["id"] != made:
        _remove(client, subscribe, kept["id"])


def _make(client: SystemClient, subscribe: Subscribe, callback: str) -> str:
    body = {name: text.replace("{callback}", callback) for name, text in subscribe.body.items()}
    answer = client.send(Request("POST", subscribe.path, json=body, operation="subscribe"))
    found = getter(subscribe.id)(answer.json())
    if not isinstance(found, str | int) or found == "":
        raise AnswerError("the answer names no subscription", where=f"request {answer.request_id}")
    return str(found)


def _remove(client: SystemClient, subscribe: Subscribe, subscription: str) -> None:
    if subscribe.remove is None:
        return
    path = fill_path(subscribe.remove.path, id=subscription)
    with suppress(Gone):
        client.send(Request(subscribe.remove.method, path, operation="unsubscribe"))
    log.info("unsubscribed", system=client.name)


def _is_due(kept: dict[str, Any], subscribe: Subscribe, now: datetime) -> bool:
    if subscribe.renew is None:
        return False
    return now - datetime.fromisoformat(kept["at"]) >= timedelta(seconds=subscribe.renew)


def _wanted(definitions: Definitions) -> Iterator[tuple[str, Listening, Subscribe]]:
    for system in definitions.systems.values():
        for name, resource in system.resources.items():
            if resource.listen is not None and resource.listen.subscribe is not None:
                yield f"{system.system}/{name}", resource.listen, resource.listen.subscribe


def _key(reference: str) -> str:
    return f"subscription:{reference}"
