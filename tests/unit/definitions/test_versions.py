"""Documents of older versions: what becomes of them, and where their faults are then."""

from __future__ import annotations

from typing import Any

from ebond.definitions.versions import CURRENT, MIGRATIONS, up_to_date
from ebond.definitions.yaml_source import parse_yaml


def renamed(data: dict[str, Any]) -> dict[str, Any]:
    """A step that renames a key, as a next version may."""
    return {("hue" if key == "colour" else key): value for key, value in data.items()}


def deepened(data: dict[str, Any]) -> dict[str, Any]:
    """A step that moves a key inside."""
    return {"paint": {"hue": data["hue"]}, **{key: value for key, value in data.items() if key != "hue"}}


def test_each_step_leads_to_the_next_version() -> None:
    """Until there is none; the document that was read stays as it was."""
    old = {"version": 1, "colour": "red"}
    assert up_to_date(old, {1: renamed, 2: deepened}) == {"version": 3, "paint": {"hue": "red"}}
    assert old == {"version": 1, "colour": "red"}


def test_what_is_no_known_version_is_left_to_the_check() -> None:
    """A text, a yes or a number of the future is no version to start from."""
    for version in ("1", True, 1.0, 9, None):
        assert up_to_date({"version": version}, {1: renamed}) == {"version": version}


def test_the_steps_lead_to_the_current_version_without_a_gap() -> None:
    """Every older version has its step."""
    assert set(MIGRATIONS) == set(range(1, CURRENT))


def test_what_was_written_keeps_its_place() -> None:
    """A fault is still shown where the operator wrote it; what is new stands where its parent stood."""
    (document,) = parse_yaml("version: 1\nname: x\nlist:\n  - {a: 1}\n  - {a: 2}\n", "f.yaml").documents
    data = {**document.data, "list": [{"a": 1}, {"a": 2, "b": {"c": 3}}]}
    moved = document.respelled(data)
    assert moved.data == data
    assert (moved.at(("list", 1, "a")).line, moved.at(("list", 1, "a")).column) == (5, 9)
    assert moved.at(("list", 1, "b", "c")).line == 5
    assert moved.at(("name",), key=True).line == 2
