"""Doing the same work for many items at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def each(work: Callable[[T], R], items: Iterable[T], *, workers: int) -> Iterator[R]:
    """Do the work for each item, on threads where there are more than one, and yield the results in order.

    The first error ends it; what is under way then is finished first. The threads see the context of the caller:
    which bond and run their log lines and spans belong to.
    """
    todo = list(items)
    if workers == 1 or len(todo) <= 1:
        yield from map(work, todo)
        return
    with ThreadPoolExecutor(max_workers=min(workers, len(todo))) as pool:
        futures = [pool.submit(copy_context().run, work, item) for item in todo]
        try:
            for future in futures:
                yield future.result()
        except BaseException:
            for future in futures:
                future.cancel()
            raise


def flow(tasks: Iterable[Callable[[], R]], *, workers: int) -> Iterator[R]:
    """Do tasks on threads, and yield what they return as they end.

    ``tasks`` is asked for the next one, by the caller's thread, when one only is left that no thread has begun: so
    many tasks may be found while others are done. The first error ends it; what is under way then is finished first.
    The threads see the caller's context, as in ``each``.
    """
    if workers == 1:
        yield from (task() for task in tasks)
        return
    ended: SimpleQueue[Future[R]] = SimpleQueue()
    under_way: set[Future[R]] = set()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for task in tasks:
                future = pool.submit(copy_context().run, task)
                under_way.add(future)
                future.add_done_callback(ended.put)
                while len(under_way) > workers:
                    yield _first_ended(ended, under_way)
            while under_way:
                yield _first_ended(ended, under_way)
        except BaseException:
            for future in under_way:
                future.cancel()
            raise


def _first_ended(ended: SimpleQueue[Future[R]], under_way: set[Future[R]]) -> R:
    """Wait for a task to end; return what it returned, or raise what it raised."""
    future = ended.get()
    under_way.discard(future)
    return future.result()
