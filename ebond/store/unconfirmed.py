"""Fields that a system has yet to show as we wrote them, and walks that are under way, as a link keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebond.state import Unconfirmed


def unconfirmed_json(fields: Mapping[str, Unconfirmed]) -> dict[str, list[Any]] | None:
    """Return unconfirmed fields as they are stored."""
    return {name: _columns(one) for name, one in fields.items()} or None


def unconfirmed_of(stored: Mapping[str, list[Any]] | None) -> dict[str, Unconfirmed]:
    """Return unconfirmed fields from how they are stored."""
    return {name: Unconfirmed(*one[:3], *(tuple(states) for states in one[3:])) for name, one in (stored or {}).items()}


def _columns(one: Unconfirmed) -> list[Any]:
    return [one.sent, one.was, one.source, *([list(one.passing)] if one.passing else [])]
