"""The mapping of ``mapping.py``, written by hand: what the compiled one is measured against."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

STATES: Final = {"1": "acknowledged", "2": "inProgress", "3": "pending", "4": "resolved"}
SEVERITIES: Final = {"1": "Critical", "2": "Major", "3": "Minor"}
PRIORITIES: Final = {"1": "P1", "2": "P2", "3": "P3", "4": "P4", "5": "P5"}
_BOOLEANS: Final = {"true": True, "false": False}
_LONGEST_NAME: Final = 80
_LONGEST_TEXT: Final = 4000


def carried(record: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the values to write by field, and the names of those that cannot be carried."""
    values: dict[str, Any] = {}
    parked: list[str] = []
    for name, source, target, convert in _FIELDS:
        raw = record.get(source)
        if raw is None or raw == "":
            continue
        try:
            value = convert(raw)
        except (ValueError, KeyError, TypeError):
            parked.append(name)
            continue
        if value is not None and value != "":
            values[target] = value
    return values, parked


def _short(raw: str) -> str:
    text = raw.strip()
    if len(text) > _LONGEST_NAME:
        raise ValueError
    return text


def _long(raw: str) -> str:
    text = raw.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > _LONGEST_TEXT:
        raise ValueError
    return text


def _moment(raw: str) -> str:
    return datetime.fromisoformat(raw).isoformat(timespec="seconds") + "Z"


def _day(raw: str) -> str:
    return date.fromisoformat(raw).isoformat()


def _money(raw: str) -> float:
    return round(float(raw), 2)


def _watchers(raw: str) -> list[str]:
    return [text for part in raw.split(",") if (text := part.strip())]


def _display(raw: dict[str, str]) -> str:
    return raw["display_value"]


def _value(raw: dict[str, str]) -> str:
    return raw["value"]


_FIELDS: Final[tuple[tuple[str, str, str, Callable[[Any], Any]], ...]] = (
    ("number", "number", "externalId", str),
    ("short_description", "short_description", "name", _short),
    ("description", "description", "description", _long),
    ("impact", "impact", "impact", int),
    ("category", "category", "type", str.strip),
    ("caller", "caller_id", "requester", _display),
    ("group", "assignment_group", "team", _value),
    ("opened", "opened_at", "created", _moment),
    ("due", "due_date", "expected", _day),
    ("cost", "u_cost", "cost", _money),
    ("active", "active", "open", _BOOLEANS.__getitem__),
    ("watchers", "watch_list", "watchers", _watchers),
    ("state", "state", "status", STATES.__getitem__),
    ("urgency", "urgency", "severity", SEVERITIES.__getitem__),
    ("priority", "priority", "priority", PRIORITIES.__getitem__),
)
