"""From a value of one type to one of another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.mapping.making import PARKED, SERVICENOW, agree, label, mapped, to_left, to_right

TEXT: dict[str, Any] = {"type": "text"}
NUMBER: dict[str, Any] = {"type": "number"}
BOOLEAN: dict[str, Any] = {"type": "boolean"}
INSTANT: dict[str, Any] = {"type": "instant"}
DATE: dict[str, Any] = {"type": "date"}
LIST: dict[str, Any] = {"type": "list"}
COMMA: dict[str, Any] = {"type": "list", "separator": ","}
JSON: dict[str, Any] = {"type": "json"}
EPOCH: dict[str, Any] = {"type": "instant", "stamp": {"format": "epoch_s"}}
SNOW: dict[str, Any] = {"type": "instant", "stamp": SERVICENOW}

#: (left field, what it shows, right field, what is written there)
CARRIED: tuple[tuple[dict[str, Any], Any, dict[str, Any], Any], ...] = (
    (TEXT, "7.50", NUMBER, 7.5),
    (TEXT, "seven", NUMBER, PARKED),
    (TEXT, "yes", BOOLEAN, True),
    (TEXT, "perhaps", BOOLEAN, PARKED),
    (TEXT, "2026-11-24T10:00:00+01:00", SNOW, "2026-11-24 09:00:00"),
    (TEXT, "2026-11-24 09:00:00", SNOW, "2026-11-24 09:00:00"),
    (TEXT, "soon", SNOW, PARKED),
    (TEXT, "2026-11-24", DATE, "2026-11-24"),
    (TEXT, "a, b", LIST, ["a, b"]),
    (TEXT, "a, b", COMMA, "a,b"),
    (TEXT, "word", JSON, "word"),
    (TEXT, '{"a": 1}', JSON, {"a": 1}),
    (TEXT, "[no json", JSON, "[no json"),
    (NUMBER, "1e3", TEXT, "1000"),
    (NUMBER, 1, BOOLEAN, True),
    (NUMBER, 2, BOOLEAN, PARKED),
    (NUMBER, 1732905891, EPOCH, 1732905891),
    (NUMBER, 5, LIST, ["5"]),
    (NUMBER, 5.0, JSON, 5),
    (NUMBER, "0.12345678901234567890", JSON, PARKED),
    (NUMBER, "2.675", {"type": "number", "decimals": 2}, 2.68),
    (BOOLEAN, "Y", TEXT, "true"),
    (BOOLEAN, "N", NUMBER, 0),
    (BOOLEAN, "N", JSON, False),
    (BOOLEAN, True, DATE, PARKED),
    (SNOW, "2026-11-24 09:00:00", TEXT, "2026-11-24T09:00:00Z"),
    (SNOW, "2024-11-29 18:44:51", EPOCH, 1732905891),
    (SNOW, "2026-11-24 23:00:00", DATE, "2026-11-24"),
    (EPOCH, 1732905891, NUMBER, 1732905891),
    (INSTANT, "2026-11-24T09:00:00.7Z", SNOW, "2026-11-24 09:00:00"),
    (INSTANT, "2026-11-24T09:00:00Z", JSON, "2026-11-24T09:00:00Z"),
    (INSTANT, "2026-11-24T09:00:00Z", BOOLEAN, PARKED),
    (DATE, "2026-11-24", TEXT, "2026-11-24"),
    (DATE, "2026-11-24", LIST, ["2026-11-24"]),
    (DATE, "2026-11-24", INSTANT, "2026-11-24T00:00:00.000000+00:00"),
    (LIST, ["a", "b"], TEXT, "a, b"),
    (LIST, ["a", "b"], JSON, ["a", "b"]),
    (LIST, ["5"], NUMBER, 5),
    (LIST, ["5", "6"], NUMBER, PARKED),
    (JSON, {"a": 1}, TEXT, '{"a":1}'),
    (JSON, "word", TEXT, "word"),
    (JSON, 5, NUMBER, 5),
    (JSON, {"a": 1}, NUMBER, PARKED),
    (JSON, ["a", "b"], LIST, ["a", "b"]),
    (JSON, [{"a": 1}], LIST, PARKED),
    (JSON, "2026-11-24T09:00:00Z", SNOW, PARKED),
)


@pytest.mark.parametrize(("left", "raw", "right", "written"), CARRIED, ids=label)
def test_a_value_is_carried_between_types(left: Any, raw: Any, right: Any, written: Any) -> None:
    """In the type that the other side takes; what has no counterpart there parks."""
    result = to_right(mapped(left, right), raw)
    assert (result, type(result)) == (written, type(written))


@pytest.mark.parametrize(
    ("left", "raw", "right"),
    [row[:3] for row in CARRIED if row[3] != PARKED and not (row[0] is NUMBER and "decimals" in row[2])],
    ids=label,
)
def test_what_was_carried_agrees_with_where_it_came_from(left: Any, raw: Any, right: Any) -> None:
    """Between all types: else a record would be written on and on."""
    mapping = mapped(left, right)
    assert agree(mapping, raw, to_right(mapping, raw))


@pytest.mark.parametrize("left", [TEXT, NUMBER, BOOLEAN, SNOW, DATE, JSON], ids=label)
def test_values_come_back_from_a_text_field(left: dict[str, Any]) -> None:
    """A text field of the other side holds any scalar, date or structure without loss."""
    shown = {"text": "x", "number": 1.5, "boolean": True, "date": "2026-11-24", "json": {"a": [1]}}
    raw = shown.get(left["type"], "2026-11-24 09:00:00")
    mapping = mapped(left, TEXT)
    assert to_left(mapping, to_right(mapping, raw)) == raw


def test_plain_text_is_not_unescaped_on_its_way_into_a_list() -> None:
    """What the target escapes by itself is plain where it comes from."""
    mapping = mapped(TEXT, {"type": "list", "normalise": ["html_escape"]})
    assert to_right(mapping, "a &amp; b") == ["a &amp; b"]
