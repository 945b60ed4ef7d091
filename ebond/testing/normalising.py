"""What happens to a value between the wire and a fake system's table. Pure."""

from __future__ import annotations

import html
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ebond.testing.habits import FieldHabits, Habits
from ebond.testing.revision import Refusal


def stored(value: Any, habits: FieldHabits) -> Any:
    """Return what the system keeps of ``value``; None is 'nothing'."""
    if habits.as_text and value is not None and not isinstance(value, str):
        value = _as_text(value)
    if isinstance(value, str):
        text = _text(value, habits)
        return None if text == "" and habits.empty == "null" else text
    if habits.decimals is not None and isinstance(value, int | float) and not isinstance(value, bool):
        return _rounded(value, habits.decimals)
    return value


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _rounded(value: float, decimals: int) -> int | float:
    kept = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return float(kept) if decimals else int(kept)


def _text(value: str, habits: FieldHabits) -> str:
    if habits.trim:
        value = value.strip()
    if habits.lf:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    if habits.lower:
        value = value.lower()
    if habits.no_emoji:
        value = "".join(char for char in value if ord(char) <= 0xFFFF)
    if habits.html_escape:
        value = html.escape(value, quote=False)
    return value if habits.truncate is None else value[: habits.truncate]


def taken(values: Mapping[str, Any], habits: Habits, *, by_api: bool, creating: bool) -> dict[str, Any]:
    """Return the part of a write that the system listens to, as it stores it."""
    kept = {}
    for name, value in values.items():
        own = habits.of(name)
        if by_api and (own.read_only or (creating and own.ignored_at_create)):
            continue
        if value is None and own.null == "ignored":
            continue
        kept[name] = stored(value, own)
    return kept


def check(values: Mapping[str, Any], habits: Habits) -> None:
    """Raise Refusal (422) for the first value of a whole record that the system does not take."""
    for name, own in habits.fields.items():
        _check_value(name, values.get(name), own)
    for name in values.keys() - habits.fields.keys():
        _check_value(name, values[name], habits.every)


def _check_value(name: str, value: Any, habits: FieldHabits) -> None:
    empty = value is None or value in ("", [])
    if habits.required and empty:
        raise Refusal(422, "required", f"{name} is required")
    if habits.max is not None and isinstance(value, str) and len(value) > habits.max:
        raise Refusal(422, "too_long", f"{name} takes at most {habits.max} characters")
    if habits.values and not empty and value not in habits.values:
        raise Refusal(422, "invalid_value", f"{name} takes one of {', '.join(habits.values)}")
