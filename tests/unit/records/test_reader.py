"""Rows become records: ids, stamps, tombstones, faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from ebond.definitions.system import Resource
from ebond.records.marks import compile_marks, same_value
from ebond.records.reader import RowReader
from ebond.records.rows import RowFault, Seen

Make = Callable[..., Resource]
STAMP = "2026-11-23T20:37:43+00:00"
POINT = datetime(2026, 11, 23, 20, 37, 43, tzinfo=UTC)


def test_a_row_shows_id_version_and_stamp(make: Make) -> None:
    """All as text or time, the row itself untouched."""
    row = {"id": 7, "version": 3, "updated": STAMP, "title": "x"}
    assert RowReader(make()).row(row) == Seen("7", "3", POINT, row, False)


@pytest.mark.parametrize(
    ("kind", "raw", "text"),
    [
        ("number", 7, "7"),
        ("number", 7.0, "7"),
        ("number", "007", "7"),
        ("number", "x7", "x7"),
        ("text", "007", "007"),
        ("text", 7, "7"),
        ("text", 0, "0"),
    ],
)
def test_ids_are_text(make: Make, kind: str, raw: Any, text: str) -> None:
    """A number has one spelling where ids are numbers; text stays as it is."""
    assert RowReader(make(id_type=kind)).id_of({"id": raw}) == text


@pytest.mark.parametrize("row", [{}, {"id": None}, {"id": ""}, {"id": True}, {"id": {}}, {"id": []}])
def test_a_row_without_an_id_is_a_fault(make: Make, row: dict[str, Any]) -> None:
    """Nothing else could name it."""
    assert RowReader(make()).row(row) == RowFault("the row has no id", None)


@pytest.mark.parametrize("raw", ["yesterday", "2026-13-01T00:00:00Z", {}, [], True, 17])
def test_a_stamp_that_does_not_parse_is_a_fault_with_its_id(make: Make, raw: Any) -> None:
    """The operator finds the record."""
    fault = RowReader(make()).row({"id": "1", "updated": raw})
    assert isinstance(fault, RowFault)
    assert fault.record_id == "1"


@pytest.mark.parametrize("row", [{"id": "1"}, {"id": "1", "updated": None}, {"id": "1", "updated": ""}])
def test_a_missing_stamp_is_no_fault(make: Make, row: dict[str, Any]) -> None:
    """Directus leaves it empty until the first update."""
    seen = RowReader(make()).row(row)
    assert isinstance(seen, Seen)
    assert seen.updated is None


def test_a_fault_does_not_stop_the_others(make: Make) -> None:
    """One bad row, one good, one that is no object."""
    seen, faults = RowReader(make()).rows([{"no": "id"}, {"id": "2"}, "stub"])
    assert [row.id for row in seen] == ["2"]
    assert [fault.reason for fault in faults] == ["the row has no id", "the row is no object but str"]


@pytest.mark.parametrize("part", ["id", "version"])
def test_a_row_that_no_database_can_find_again_is_a_fault_of_its_own(make: Make, part: str) -> None:
    """PostgreSQL keeps U+0000 in no text."""
    seen, faults = RowReader(make()).rows([{"id": "1", "version": 1, part: "a\x00b"}, {"id": "2"}])
    assert ([row.id for row in seen], [fault.reason for fault in faults]) == (["2"], [f"its {part} holds U+0000"])


def test_rows_to_skip_are_dropped_and_tombstones_marked(make: Make) -> None:
    """GitHub lists pull requests among issues; Kinto lists what was deleted."""
    listing = {
        "path": "/x",
        "paging": {"kind": "single"},
        "skip": {"/pull_request": True, "/system": "yes"},
        "deleted": {"/deleted": True},
    }
    rows = [
        {"id": 1, "pull_request": {"url": "x"}},
        {"id": 2, "system": "yes"},
        {"id": 3, "deleted": True},
        {"id": 4},
    ]
    seen, _ = RowReader(make(list=listing)).rows(rows)
    assert [(row.id, row.deleted) for row in seen] == [("3", True), ("4", False)]


def test_equal_stamps_are_parsed_once_and_other_types_apart(make: Make) -> None:
    """1 and True are equal in Python and no equal stamps."""
    reader = RowReader(make(updated_stamp={"format": "epoch_s"}))
    assert isinstance(reader.row({"id": "1", "updated": 1}), Seen)
    assert isinstance(reader.row({"id": "1", "updated": True}), RowFault)


@pytest.mark.parametrize(
    ("value", "wanted", "same"),
    [
        (True, True, True),
        ("true", True, True),
        (1, True, True),
        ("Y", True, True),
        ({"any": "thing"}, True, True),
        ({}, True, False),
        (False, True, False),
        (None, True, False),
        ("0", False, True),
        (None, False, False),
        (True, "True", True),
        (True, "true", True),
        (7, "7", True),
        ("7", 7, True),
        ("deleted", "deleted", True),
        ("Deleted", "deleted", False),
        (["deleted"], "deleted", False),
    ],
)
def test_marks_are_compared_across_json_types(value: Any, wanted: str | int | bool, same: bool) -> None:
    """Systems write flags as booleans, numbers, words and objects."""
    assert same_value(value, wanted) is same


def test_no_marks_cost_nothing() -> None:
    """There is nothing to test on a row."""
    assert compile_marks({}) is None


def test_an_end_stands_for_a_version_of_rows_that_show_no_values(make: Make) -> None:
    """Another end is another version; any other state shows none, and neither does a list of whole rows."""
    stubs = make(version=None, updated=None, list={"path": "/t", "paging": {"kind": "single"}, "complete": False,
                 "ended": {"/state": ["closed", "gone"]}})  # fmt: skip
    rows = [{"id": "1", "state": state} for state in ("open", "closed", "gone")]
    whole = stubs.model_copy(update={"list": stubs.list.model_copy(update={"complete": True})})
    versions = [[seen.version for seen in RowReader(one).rows(rows)[0]] for one in (stubs, whole)]
    assert versions == [[None, "closed", "gone"], [None, None, None]]
