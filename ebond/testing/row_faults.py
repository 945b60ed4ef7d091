"""What goes wrong inside lists: faults that change the rows of an answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.faults import App, Fault

Rows = list[dict[str, Any]]


def rows(change: Callable[[Rows], None]) -> Fault:
    """Make a fault of a function that changes an answer's first list of objects in place."""

    def changed(app: App, raw: Raw) -> RawAnswer:
        real = app(raw)
        document = orjson.loads(real.content)
        found = _first_list(document)
        if found is not None:
            change(found)
        return RawAnswer(real.status, real.headers, orjson.dumps(document))

    return changed


def _first_list(document: Any) -> Rows | None:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for inner in document.values():
            found = _first_list(inner)
            if found is not None:
                return found
    return None


def empty_list() -> Fault:
    """200 with no rows, though there are some."""
    return rows(list.clear)


def without(key: str, *, place: int = 0) -> Fault:
    """One row lacks a key, such as its id."""

    def drop_key(found: Rows) -> None:
        if place < len(found):
            found[place].pop(key, None)

    return rows(drop_key)


def spoiled(key: str, value: Any = "not a date", *, place: int = 0) -> Fault:
    """One row holds nonsense under a key, such as its updated stamp."""

    def spoil(found: Rows) -> None:
        if place < len(found):
            found[place][key] = value

    return rows(spoil)


def slide(found: Rows) -> None:
    """Drop the page's first row: it slid to the page that was read before. Use as ``rows(slide)``."""
    del found[:1]


class Repeat:
    """The last row of each page comes again, as it was, as the first row of the next page."""

    def __init__(self) -> None:
        self._last: dict[str, Any] | None = None

    def __call__(self, app: App, raw: Raw) -> RawAnswer:
        return rows(self._again)(app, raw)

    def _again(self, found: Rows) -> None:
        last, self._last = self._last, found[-1] if found else None
        if last is not None:
            found.insert(0, last)
