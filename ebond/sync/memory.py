"""What this process was answered when it looked records up, for as long as it is believed. Threads share it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock, RLock
from typing import Final

from ebond.definitions.lookups import LookupRule
from ebond.records.rows import Seen
from ebond.state import LookedUp

#: So many answers are kept; past that it begins anew.
MOST: Final = 20_000
#: How long nobody asks again what could not be asked.
FAILED_FOR: Final = timedelta(minutes=1)
#: So many questions of a kind that get no answer are no matter of single values any more.
SEVERAL: Final = 2
_STRIPES: Final = 64


@dataclass(frozen=True, slots=True)
class Found:
    """What was found for a question, and when."""

    values: tuple[str, ...]
    at: datetime
    failed: str = ""
    """Why it could not be asked."""

    def holds(self, rule: LookupRule, now: datetime) -> bool:
        """Is it still believed?"""
        age = now - self.at
        if self.failed:
            return age < FAILED_FOR
        return age < timedelta(seconds=rule.keep if self.values else rule.keep_unknown)


class Memory:
    """Answers by question, and short lists that were read whole."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._found: dict[LookedUp, Found] = {}
        self._whole: dict[str, tuple[Sequence[Seen], datetime]] = {}
        self._trouble: dict[LookedUp, dict[str, datetime]] = {}
        self._stripes = tuple(RLock() for _ in range(_STRIPES))

    def get(self, key: LookedUp, rule: LookupRule, now: datetime) -> Found | None:
        """Return what is still believed about a question."""
        found = self._found.get(key)
        return found if found is not None and found.holds(rule, now) else None

    def put(self, key: LookedUp, found: Found) -> None:
        """Remember what was found."""
        with self._lock:
            if len(self._found) >= MOST:
                self._found.clear()
            self._found[key] = found

    def whole(self, resource: str) -> tuple[Sequence[Seen], datetime] | None:
        """Return a list that was read whole, and when."""
        return self._whole.get(resource)

    def put_whole(self, resource: str, rows: Sequence[Seen], at: datetime) -> None:
        """Remember a whole list."""
        self._whole[resource] = (rows, at)

    def is_trouble(self, key: LookedUp, now: datetime) -> bool:
        """Note that a question got no answer; did others of its kind get none lately, either?"""
        with self._lock:
            lately = self._trouble.setdefault(key._replace(value=""), {})
            lately[key.value] = now
            for value in [one for one, at in lately.items() if now - at >= FAILED_FOR]:
                del lately[value]
            return len(lately) >= SEVERAL

    def asking(self, what: object) -> AbstractContextManager[object]:
        """Return the lock of those who ask the same: the first one asks, the others find the answer."""
        return self._stripes[hash(what) % _STRIPES]
