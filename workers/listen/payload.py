"""Which records does a notification name? Pure; whatever else it says is not looked at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from ebond.definitions.listening import Listening
from ebond.definitions.system import Resource
from ebond.mapping.path import getter
from ebond.records.reader import RowReader

#: The longest id that any system is known to have is a fraction of this.
LONGEST_ID: Final = 512
#: Events in one call; what sends more of them has to send them in parts.
MOST_EVENTS: Final = 1000

Named = Callable[[bytes], list[str]]


class Garbled(ValueError):
    """A notification that names no record."""


def ids_in(resource: Resource, listening: Listening) -> Named:
    """Return a function that reads the ids of records from a body, each once; it raises Garbled.

    Events of other types name none.
    """
    events = getter(listening.events) if listening.events is not None else None
    type_of = getter(listening.type) if listening.type is not None else None
    id_of, id_text, types = getter(listening.id), RowReader(resource).id_text, frozenset(listening.types)

    def is_of_interest(event: Any) -> bool:
        return not types or (type_of is not None and str(type_of(event)) in types)

    def named(body: bytes) -> list[str]:
        raw = (id_of(event) for event in _events(body, events) if is_of_interest(event))
        found = [_usable(id_text(_short(one))) for one in raw]
        return list(dict.fromkeys(found))

    return named


def _events(body: bytes, events: Callable[[Any], Any] | None) -> list[Any]:
    try:
        payload = orjson.loads(body)
    except orjson.JSONDecodeError:
        # Its message may quote the payload.
        raise Garbled("the body is no JSON") from None
    found = [payload] if events is None else events(payload)
    if not isinstance(found, list):
        raise Garbled("there is no list of events")
    if len(found) > MOST_EVENTS:
        raise Garbled(f"{len(found)} events at once, and {MOST_EVENTS} are taken at most")
    return found


def _short(raw: Any) -> Any:
    """Refuse what is too long before anything is made of it: a number of a million digits takes minutes to read."""
    if isinstance(raw, str) and len(raw) > LONGEST_ID:
        raise Garbled(f"an id of {len(raw)} characters")
    return raw


def _usable(record_id: str | None) -> str:
    if record_id is None:
        raise Garbled("an event names no record, or none that can be kept")
    return record_id
