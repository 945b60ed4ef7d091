"""Doing the same work for many items at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], items: Iterable[T], *, workers: int) -> Iterator[R]:
    """Do the work for each item, on threads where there are more than one, and yield the results in order.

    The first error ends it; what is under way then is finished first.
    """
    todo = list(items)
    if workers == 1 or len(todo) <= 1:
        yield from map(work, todo)
        return
    with ThreadPoolExecutor(max_workers=min(workers, len(todo))) as pool:
        futures = [pool.submit(work, item) for item in todo]
        try:
            for future in futures:
                yield future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            raise
