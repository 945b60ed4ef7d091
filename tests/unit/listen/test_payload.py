"""From a payload to ids, as a table."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from ebond.definitions.listening import Listening
from ebond.testing.presets import bare, plain
from workers.listen.payload import Garbled, ids_in

TOKEN = {"kind": "bearer", "secrets": ["env:A"]}
TMF: dict[str, Any] = {"id": "/event/troubleTicket/id", "type": "/eventType"}
TYPES = [f"TroubleTicket{what}Event" for what in ("Create", "StatusChange", "AttributeValueChange")]
BATCH: dict[str, Any] = {"id": "/objectId", "events": "", "type": "/type"}


def tmf(record_id: Any, kind: str = "TroubleTicketCreateEvent") -> dict[str, Any]:
    return {"eventId": "1", "eventType": kind, "event": {"troubleTicket": {"id": record_id, "status": "held"}}}


def named(body: Any, keys: dict[str, Any], *, numbers: bool = False) -> list[str]:
    listening = Listening.model_validate({"path": "/notify/x", "verify": TOKEN, **keys})
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return ids_in((bare() if numbers else plain()).resource, listening)(content)


@pytest.mark.parametrize(
    ("body", "keys", "ids"),
    [
        (tmf("4711"), TMF, ["4711"]),
        (tmf(4711), TMF, ["4711"]),
        (tmf("4711", TYPES[1]), {**TMF, "types": TYPES}, ["4711"]),
        (tmf("4711", "TroubleTicketResolvedEvent"), {**TMF, "types": TYPES}, []),
        ({"event": None}, {**TMF, "types": TYPES}, []),
        ([{"objectId": 1, "type": "a"}, {"objectId": 2, "type": "b"}, {"objectId": 1, "type": "a"}], BATCH, ["1", "2"]),
        ([{"objectId": 1, "type": "a"}, {"type": "b"}], {**BATCH, "types": ["a"]}, ["1"]),
        ({"events": [{"id": "7"}]}, {"id": "/id", "events": "/events"}, ["7"]),
        ([], BATCH, []),
    ],
)
def test_ids_are_read(body: Any, keys: dict[str, Any], ids: list[str]) -> None:
    """Each id once; events of other types name none."""
    assert named(body, keys) == ids


def test_numbers_are_one_id_however_they_are_written() -> None:
    """As in lists, where ids are numbers."""
    assert named([{"objectId": one, "type": ""} for one in (7, "07", 7.0, "7")], BATCH, numbers=True) == ["7"]


@pytest.mark.parametrize(
    ("body", "keys"),
    [
        (b"", TMF),
        (b"id=4711", TMF),
        (b'{"event": ', TMF),
        (b"\xff\xfe", TMF),
        (b"[" * 100_000, BATCH),
        (b"NaN", TMF),
        (tmf(None), TMF),
        (tmf(""), TMF),
        (tmf(["4711"]), TMF),
        (tmf({"4711": 1}), TMF),
        (tmf(True), TMF),
        (tmf("4711\x00"), TMF),
        (tmf("9" * 513), TMF),
        (tmf("9" * 100_000), TMF),
        ({}, TMF),
        ([], TMF),
        ("4711", TMF),
        ({"objectId": 1}, BATCH),
        ([{"objectId": 1}] * 1001, BATCH),
    ],
)
def test_what_names_no_record_is_garbled(body: Any, keys: dict[str, Any]) -> None:
    """It is refused whole, and the reason shows nothing of it."""
    with pytest.raises(Garbled) as caught:
        named(body, keys, numbers=True)
    assert "4711" not in str(caught.value)
