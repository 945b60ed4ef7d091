"""The database is the truth: while it is away nothing is written to any system (edge case 96)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from ebond.errors import EbondError
from tests.scenarios.checks import Tape, check


@contextmanager
def outage(world, *, at: int) -> Iterator[list[int]]:
    """Take the database away at the n-th transaction; yield the number of writes that were made by then."""
    writes: list[int] = []
    left = at

    def begin(*_) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            writes.append(world.write_count())
            raise OperationalError("", None, sqlite3.OperationalError("disk I/O error"))

    event.listen(world.store.db.engine, "begin", begin)
    try:
        yield writes
    finally:
        event.remove(world.store.db.engine, "begin", begin)


def busy(world):
    """Return a world with two links, an edit on each side and a record to be made on each side; and its tape."""
    it = world("plain", "versioned")
    tape = Tape(it)
    first, second = (it.left.system.person_creates({"title": f"old {n}", "status": "new"}) for n in range(2))
    it.settle()
    it.left.system.person_edits(first, title="edited left")
    it.right.system.person_edits(it.links()[second], title="edited right")
    it.left.system.person_creates({"title": "new left", "status": "new"})
    it.right.system.person_creates({"title": "new right", "status": "new"})
    return it, tape


@pytest.mark.parametrize("start", range(4))
def test_without_the_database_nothing_is_written_and_later_nothing_is_missing(world, start):
    """Whichever transaction is the last to come through: no write follows, and afterwards all is carried once."""
    at, failed = start, True
    while failed:
        it, tape = busy(world)
        with outage(it, at=at) as writes:
            failed = _fails(it)
        assert [it.write_count()] * len(writes) == writes
        it.after_a_crash()
        it.settle()
        check(it, tape, born=4)
        at += 4
    assert at > 20


def _fails(it) -> bool:
    try:
        return not it.sync().ok
    except EbondError:
        return True
