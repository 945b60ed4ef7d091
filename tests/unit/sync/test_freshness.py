"""Is a row of a list newer than what is known?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebond.state import Known, Origin
from ebond.sync.freshness import Freshness, judge, same_marks
from tests.unit.sync.making import NOW, resource

COUNTED = resource("versioned")
STAMPED = resource()
BLIND = resource(read=None)
SAME, NEWER, OLDER, UNCLEAR = Freshness
FEED, READ, ANSWER, ASSUMED, STUB = Origin
OLD, NEW = NOW - timedelta(seconds=5), NOW + timedelta(seconds=5)

#: resource, origin of what is known, version shown (known: 2), stamp shown (known: NOW), same values → judgement
TABLE = [
    # Nothing we map has changed, at most the version (53).
    (STAMPED, FEED, "2", NOW, True, SAME),
    (STAMPED, FEED, "3", NEW, True, SAME),
    (STAMPED, ANSWER, "2", NOW, True, SAME),
    # Two lists, one after the other: the later one tells.
    (STAMPED, FEED, "3", NEW, False, NEWER),
    (STAMPED, FEED, "3", NOW, False, NEWER),
    (COUNTED, FEED, "3", NOW, False, NEWER),
    # What a list has shown it does not take back: a clock was set back, or pages come from two replicas (12).
    (STAMPED, FEED, "3", OLD, False, UNCLEAR),
    (BLIND, FEED, "3", OLD, False, OLDER),
    # An older version that is written later is no old page: restored from a backup, and edited since (76).
    (COUNTED, FEED, "1", NEW, False, UNCLEAR),
    (COUNTED, READ, "1", NEW, False, UNCLEAR),
    (COUNTED, READ, "1", NOW, False, OLDER),
    (COUNTED, READ, "1", OLD, False, OLDER),
    # Else a version that counts is believed before any stamp.
    (COUNTED, ANSWER, "3", OLD, False, NEWER),
    (COUNTED, FEED, "x", NEW, False, NEWER),
    # A list that trails behind a read or our own write (20).
    (STAMPED, READ, "1", OLD, False, OLDER),
    (STAMPED, ANSWER, "1", OLD, False, OLDER),
    (STAMPED, ANSWER, "3", NEW, False, NEWER),
    # Nothing orders the two.
    (STAMPED, READ, "9", NOW, False, UNCLEAR),
    (STAMPED, ANSWER, "9", NOW, False, UNCLEAR),
    (STAMPED, ANSWER, None, None, False, UNCLEAR),
    # We sent it, and the system has yet to show it.
    (STAMPED, ASSUMED, "3", NEW, True, NEWER),
    (STAMPED, ASSUMED, "2", NOW, False, OLDER),
    (STAMPED, ASSUMED, "3", NEW, False, NEWER),
    (STAMPED, ASSUMED, None, None, False, UNCLEAR),
    # A read by id has to tell in any case.
    (STAMPED, STUB, "3", NEW, True, UNCLEAR),
]


@pytest.mark.parametrize(("contract", "origin", "version", "updated", "same", "expected"), TABLE)
def test_how_a_row_stands_to_what_is_known(contract, origin, version, updated, same, expected):
    """12, 20: an older page never overwrites what is known, and what nothing orders is read by id."""
    known = Known(b"known", "2", NOW, 1, False, None, origin)
    digest = b"known" if same else b"other"
    judged = judge(known, contract, version=version, updated=updated, digest=digest, server_now=NOW)
    assert judged is expected


def test_the_table_reaches_every_judgement_and_origin():
    """A row for each."""
    assert {row[-1] for row in TABLE} == set(Freshness)
    assert {row[1] for row in TABLE} == set(Origin)


@pytest.mark.parametrize(("seconds", "expected"), [(30, OLDER), (31, UNCLEAR)])
def test_a_row_is_called_old_only_while_lists_may_trail(seconds, expected):
    """4: clocks are set back; half of the overlap later the row is shown again, and then it is read by id."""
    known = Known(b"known", None, NOW, 1, False, None, Origin.ANSWER)
    later = NOW + timedelta(seconds=seconds)
    assert judge(known, STAMPED, version=None, updated=OLD, digest=b"other", server_now=later) is expected


@pytest.mark.parametrize(("version", "updated", "expected"), [
    ("2", NOW, UNCLEAR), ("1", OLD, OLDER), ("3", NEW, NEWER),
])  # fmt: skip
def test_a_deleted_record_is_not_resurrected_by_an_older_page(version, updated, expected):
    """75: only what is newer than its deletion brings it back; where that is unclear, a read by id."""
    known = Known(b"", "2", NOW, 1, True, None)
    assert judge(known, COUNTED, version=version, updated=updated, digest=b"x", server_now=NOW) is expected


@pytest.mark.parametrize(("version", "updated", "same"), [
    ("2", None, True), ("3", NOW, False), (None, NOW, True), (None, NEW, False), (None, None, False),
])  # fmt: skip
def test_a_stub_is_unchanged_by_its_version_or_else_by_its_stamp(version, updated, same):
    """Where neither is shown it has to be read."""
    known = Known(b"", "2", NOW, 1, False, None)
    assert same_marks(known, version=version, updated=updated) is same
