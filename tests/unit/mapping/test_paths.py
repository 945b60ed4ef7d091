"""JSON pointers: read through whatever stands there, written with what is missing on the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.errors import ContractError
from ebond.mapping.path import getter, setter, split

RECORD = {
    "name": "top",
    "caller": {"value": "c1", "link": "x"},
    "relatedParty": [{"role": "customer", "contact": [{"email": "a@b"}]}, "odd"],
    "a/b": {"m~n": 1},
    "~1": "tilde",
    "": "empty",
    "0": "zero",
    "none": None,
}

READ: tuple[tuple[str, Any], ...] = (
    ("/name", "top"),
    ("/caller/value", "c1"),
    ("/relatedParty/0/role", "customer"),
    ("/relatedParty/0/contact/0/email", "a@b"),
    ("/a~1b/m~0n", 1),
    ("/~01", "tilde"),
    ("/", "empty"),
    ("/0", "zero"),
    ("", RECORD),
    ("/missing", None),
    ("/none/deeper", None),
    ("/name/deeper", None),
    ("/caller/value/deeper", None),
    ("/relatedParty/7/role", None),
    ("/relatedParty/00/role", None),
    ("/relatedParty/-1/role", None),
    ("/relatedParty/-", None),
    ("/relatedParty/²", None),
    ("/relatedParty/1/role", None),
    ("/relatedParty/role", None),
    ("/relatedParty/[role=customer]/contact/[last]/email", "a@b"),
    ("/relatedParty/[role=owner]/contact", None),
    ("/relatedParty/[last]", "odd"),
    ("/relatedParty/[last]/role", None),
    ("/caller/[last]", None),
)

WRITTEN: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("/a", {}, {"a": "v"}),
    ("/a/b/c", {}, {"a": {"b": {"c": "v"}}}),
    ("/a/b", {"a": {"c": 1}}, {"a": {"c": 1, "b": "v"}}),
    ("/a/b", {"a": "text"}, {"a": {"b": "v"}}),
    ("/p/1/n", {}, {"p": [None, {"n": "v"}]}),
    ("/p/0/n", {"p": [{"id": 1}]}, {"p": [{"id": 1, "n": "v"}]}),
    ("/p/0/0", {}, {"p": [["v"]]}),
    ("/p/[role=x]/n", {}, {"p": [{"role": "x", "n": "v"}]}),
    ("/p/[id=7]/n", {"p": [{"id": 6}, {"id": 7}]}, {"p": [{"id": 6}, {"id": 7, "n": "v"}]}),
    ("/p/[last]", {"p": [1, 2]}, {"p": [1, "v"]}),
    ("/p/00", {}, {"p": {"00": "v"}}),
    ("/a~1b/m~0n", {}, {"a/b": {"m~n": "v"}}),
)


@pytest.mark.parametrize(("pointer", "value"), READ)
def test_a_pointer_reads_what_stands_there(pointer: str, value: Any) -> None:
    """And None where nothing does, or something else than the pointer expects."""
    assert getter(pointer)(RECORD) == value


@pytest.mark.parametrize("record", [None, 7, "text", [], True])
def test_a_record_that_is_no_object_shows_nothing(record: Any) -> None:
    """Whatever the depth of the pointer."""
    assert [getter(pointer)(record) for pointer in ("/a", "/a/b", "/a/b/c", "/0/a")] == [None] * 4


@pytest.mark.parametrize(("pointer", "before", "after"), WRITTEN)
def test_a_pointer_writes_with_what_is_missing_on_the_way(
    pointer: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    """What stands beside it stays."""
    setter(pointer)(before, "v")
    assert before == after


@pytest.mark.parametrize("pointer", ["/p/name", "/p/name/first"])
def test_a_name_inside_of_a_list_is_refused(pointer: str) -> None:
    """The list is not thrown away for it."""
    record = {"p": [{"name": "x"}]}
    with pytest.raises(ContractError, match="'name'"):
        setter(pointer)(record, "v")
    assert record == {"p": [{"name": "x"}]}


@given(st.lists(st.text(max_size=2), min_size=1, max_size=4))
def test_what_was_put_is_got_whatever_the_names(steps: list[str]) -> None:
    """Slashes, tildes, digits and nothing at all make names."""
    pointer = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)
    record: dict[str, Any] = {}
    setter(pointer)(record, "v")
    assert (split(pointer), getter(pointer)(record)) == (tuple(steps), "v")
