"""The fast way to read rows says what the general one says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.system import Resource
from ebond.records.quick_row import quick_row
from ebond.records.reader import RowReader
from tests.unit.records.conftest import definition

Make = Callable[..., Resource]
CONTRACTS: dict[str, dict[str, Any]] = {
    "usual": {},
    "counted": {"id_type": "number"},
    "plain": {"version": None, "updated": None},
    "milliseconds": {"updated_stamp": {"format": "epoch_ms"}},
    "pattern": {"updated_stamp": {"format": "pattern", "pattern": "%d.%m.%Y"}},
    "tombstones": {
        "list": {
            "path": "/tickets",
            "records": "/items",
            "paging": {"kind": "single"},
            "deleted": {"/state": "gone"},
            "skip": {"/kind": "note"},
        }
    },
    "deep": {"updated": "/meta/updated"},
}
ODD = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(), max_size=3)
    | st.sampled_from(["", "7", "007", "\x00", "a\x00", "*", ' "" ', [], {}, [1], 7.0, -0.0, 2**64])
)  # fmt: skip
STAMPS = ODD | st.sampled_from(["2026-11-23T20:37:43Z", "23.11.2026", 1795466263999, 10**30, -1, {"a": 1}])
ROWS = ODD | st.fixed_dictionaries(
    {},
    optional={
        "id": ODD,
        "version": ODD,
        "updated": STAMPS,
        "state": st.sampled_from(["gone", "here", 1]),
        "kind": st.sampled_from(["note", None]),
    },
)


@pytest.mark.parametrize("contract", CONTRACTS)
@given(rows=st.lists(ROWS, max_size=3))
def test_fast_and_general_reading_agree(contract: str, rows: list[Any]) -> None:
    """On rows of any kind, under any contract: the same records, faults, ids, versions, stamps and tombstones."""
    fast, general = (RowReader(Resource.model_validate(definition(**CONTRACTS[contract]))) for _ in range(2))
    general._quick = None
    assert repr(fast.rows(rows)) == repr(general.rows(rows))


def test_the_usual_row_goes_the_fast_way(make: Make) -> None:
    """Id, version and stamp at the top, whatever else there is."""
    resource = make()
    reader, row = RowReader(resource), {"id": "a", "version": 3, "updated": "2026-11-23T20:37:43+00:00", "title": "x"}
    assert reader._quick is not None
    assert reader._quick(row) == reader.row(row)


def test_other_contracts_have_no_fast_way(make: Make) -> None:
    """What lies deeper in a row, or in a list, is looked for the general way."""
    for deep in ("/meta/id", "/0", "/[last]"):
        assert quick_row(make(id=deep), lambda raw: raw) is None
