"""Places in lists that are chosen by what a member holds, where lists have no order: custom fields, parties."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.definitions.system import Resource
from ebond.mapping.path import getter, setter
from ebond.records.bodies import Bodies
from ebond.records.patch import json_patch

RECORD = {"cf": [{"id": 7, "value": "a"}, {"id": 8, "name": "Ref", "value": "b"}], "note": [{"text": "old"}]}


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/cf/[id=8]/value", "b"),
        ("/cf/[id=9]/value", None),
        ("/cf/[last]/id", 8),
        ("/cf/[name=Ref]/id", 8),
        ("/none/[id=8]", None),
        ("/note/[id=8]", None),
    ],
)
def test_a_choice_finds_its_member_wherever_it_stands(pointer: str, expected: Any) -> None:
    """The key's value is compared as text; who lacks the key is not chosen."""
    assert getter(pointer)(RECORD) == expected


def test_a_write_makes_the_member_that_is_missing() -> None:
    """With the key that chooses it, a number as a number, and beside the others."""
    body: dict[str, Any] = {}
    for pointer, value in (("/cf/[id=7]/value", "x"), ("/cf/[id=8]/value", "y"), ("/cf/[id=7]/value", "z")):
        setter(pointer)(body, value)
    setter("/party/[role=a~1b]/person/name")(body, "Eve")
    assert body["cf"] == [{"id": 7, "value": "z"}, {"id": 8, "value": "y"}]
    assert body["party"] == [{"role": "a/b", "person": {"name": "Eve"}}]


def resource(**update: Any) -> Resource:
    """Build a resource whose reference is a custom field."""
    return Resource.model_validate(
        {
            "id": "/id",
            "list": {"path": "/t", "paging": {"kind": "single"}},
            "update": {"path": "/t/{id}", **update},
            "fields": {"ref": {"path": "/cf/[id=8]/value"}, "new": {"path": "/cf/[id=9]/value"}},
        }
    )


def test_an_update_brings_the_members_that_it_does_not_change() -> None:
    """The list is replaced whole, so that all of it is sent; the record that was read stays as it is."""
    bodies = Bodies(resource())
    assert bodies.needs_record({"ref": "x"})
    body = bodies.update("1", {"ref": "x", "new": "y"}, version=None, current=RECORD)
    assert body == {"cf": [RECORD["cf"][0], {"id": 8, "name": "Ref", "value": "x"}, {"id": 9, "value": "y"}]}
    assert RECORD["cf"][1]["value"] == "b"


def test_a_json_patch_says_the_choice_by_number() -> None:
    """RFC 6902 knows no choices; a member that is missing is added whole, and a second field of it goes into it."""
    bodies = Bodies(resource(style="json_patch"))
    assert bodies.needs_record({"ref": "x"})
    assert bodies.update("1", {"ref": "x", "new": "y"}, version=None, current=RECORD) == [
        {"op": "replace", "path": "/cf/1/value", "value": "x"},
        {"op": "add", "path": "/cf/-", "value": {"id": 9, "value": "y"}},
    ]
    assert json_patch([("/p/[k=v]/a", 1), ("/p/[k=v]/b", 2), ("/cf/[id=5]/value", None)], RECORD) == [
        {"op": "add", "path": "/p", "value": [{"k": "v", "a": 1}]},
        {"op": "add", "path": "/p/0/b", "value": 2},
    ]


def test_what_has_to_be_said_with_a_change_goes_along() -> None:
    """One member more of a list that is sent whole, for these fields alone; the record has to be known for it."""
    item = {"/source": "ours", "/at": "{now}", "/id": "{new_id}"}
    bodies = Bodies(resource(remark={"fields": ["ref"], "at": "/note", "item": item}))
    words = {"now": "noon", "new_id": "n1"}
    body = bodies.update("1", {"ref": "x"}, version=None, current=RECORD, words=words)
    assert body["note"] == [{"text": "old"}, {"source": "ours", "at": "noon", "id": "n1"}]
    assert len(RECORD["note"]) == 1
    assert "note" not in bodies.update("1", {"new": "y"}, version=None, current=RECORD, words=words)
    assert bodies.needs_record({"ref": "x"})
