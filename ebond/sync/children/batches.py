"""What a side shows of a record's children, some at a time: what was read before an error is stored all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from ebond.children import Child

S = TypeVar("S")
#: Children that are read by id before what they say is stored.
BATCH: Final = 50


@dataclass(frozen=True, slots=True)
class Batch(Generic[S]):
    """Some of what is shown."""

    shown: Sequence[S]
    last: bool
    whole: bool
    """All that the record has is shown: what is missing is gone."""


def by_id(
    ids: Sequence[str], known: Sequence[Child], *, read: Callable[[str], S | None], there: Callable[[str], S]
) -> Iterator[Batch[S]]:
    """Yield children that a record names by ids: first those not known yet, then that all are there.

    ``read`` returns None for one that is gone.
    """
    stored, gone = {one.id for one in known}, set()
    unknown = [one for one in ids if one not in stored]
    for start in range(0, len(unknown), BATCH):
        shown = {one: read(one) for one in unknown[start : start + BATCH]}
        gone |= {one for one, child in shown.items() if child is None}
        yield Batch([one for one in shown.values() if one is not None], last=False, whole=False)
    yield Batch([there(one) for one in ids if one not in gone], last=True, whole=True)


def shows_none(at: str | None, value: Any) -> bool:
    """Does the record itself say, where ``at`` points, that it has no children?"""
    return at is not None and value in (0, "0", None, [])
