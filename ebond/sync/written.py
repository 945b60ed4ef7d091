"""What became of the writes to one side of a link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ebond.state import Observation


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a walk came."""

    at: Any
    """The raw state that the system last showed, or took."""
    passing: tuple[str, ...] = ()
    """States that it may show and that are still ours."""


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the write to one side of a link."""

    applied: frozenset[str] = frozenset()
    """Rules whose value the system took."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Rule name → reason of the fields that the system refused."""
    shown: Observation | None = None
    """The record as the answer showed it; the last answer, where several writes were needed."""
    shown_for: Mapping[str, Observation | None] = field(default_factory=dict)
    """Rule name → the record as the answer to an earlier write, that of this rule, showed it."""
    request: str = ""
    """Id of the request that wrote."""
    last_word: bool = False
    """The record cannot be read by id: where the answer shows the old value, there is nobody else to ask."""
    under_way: Mapping[str, Standing] = field(default_factory=dict)
    """Rule name → where a walk stopped before it was at its end."""


NOTHING_WRITTEN: Final = Written()


def joined(one: Written, two: Written) -> Written:
    """Join the outcomes of two writes to one record; each field keeps the answer to its own write."""
    shown = {**one.shown_for, **dict.fromkeys(one.applied - one.shown_for.keys(), one.shown), **two.shown_for}
    return Written(
        applied=one.applied | two.applied,
        refused={**one.refused, **two.refused},
        shown=two.shown or one.shown,
        shown_for=shown,
        request=" ".join(filter(None, (one.request, two.request))),
        last_word=one.last_word or two.last_word,
        under_way={**one.under_way, **two.under_way},
    )
