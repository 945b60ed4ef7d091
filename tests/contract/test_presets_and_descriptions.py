"""Presets against the descriptions that the APIs' owners publish: paths, verbs, parameters, fields, values.

The descriptions are not part of this repository: ``../shared/data`` beside it, or EBOND_TEST_DATA.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ebond.definitions import load
from ebond.definitions.children import child_resources
from ebond.definitions.system import Resource, ResourceField
from tests.contract.api_description import Description, Operation, description

DESCRIBED = {
    "tmf621": "tmf/TMF621-TroubleTicket-v4.0.0.swagger.json",
    "tmf621-v5": "tmf/TMF621-Trouble_Ticket-v5.0.1.oas.yaml",
    "mef124": "mef/troubleTicketManagement.api.yaml",
    "redmine": "redmine/redmine.openapi.yaml",
}


class Case:
    """A preset's one resource and its description."""

    def __init__(self, preset: str, folder: Path) -> None:
        gateway = "version: 1\ngateway: front\nbase_url: https://front.example\nauth: {kind: none}\n"
        system = f"version: 1\nsystem: ours\nextends: {preset}\ngateway: front\n"
        (folder / "all.yaml").write_text(f"{gateway}---\n{system}")
        self.api: Description = description(DESCRIBED[preset])
        ours = load(folder).systems["ours"]
        self.resource = next(
            one for name, one in ours.resources.items() if one.create and name not in child_resources(ours)
        )

    def operation(self, verb: str, path: str) -> Operation:
        found = self.api.operation(verb, path)
        assert found is not None, f"{verb} {path} is not described"
        return found

    def calls(self) -> dict[str, Operation]:
        """Return what is described of each call that the preset makes."""
        own: Resource = self.resource
        assert own.read
        assert own.create
        assert own.update
        return {
            "list": self.operation("GET", own.list.path),
            "read": self.operation("GET", own.read.path),
            "create": self.operation(own.create.method, own.create.path),
            "update": self.operation(own.update.method, own.update.path),
        }


@pytest.fixture(params=DESCRIBED)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    """Return each preset that has a description."""
    return Case(request.param, tmp_path)


def test_every_call_is_described(case: Case) -> None:
    """Paths and verbs are those of the description."""
    assert set(case.calls()) == {"list", "read", "create", "update"}


def test_every_action_is_described(case: Case) -> None:
    """With its path and verb, and the places that its body fills."""
    for field in case.resource.fields.values():
        for action in (*field.actions.values(), *(row.action for row in field.transitions if row.action)):
            operation = case.operation(action.method, action.path)
            assert [place for place in action.constants if not case.api.place(operation.body, place)] == []


def test_every_parameter_is_described(case: Case) -> None:
    """A parameter is declared, or filters by an attribute of the record (TMF630)."""
    own, listed = case.resource, case.calls()["list"]
    wanted = {*own.list.params, own.list.paging.param, own.list.paging.size_param}
    wanted |= {*(own.list.since.params if own.list.since else ()), *(own.lookup.params if own.lookup else ())}
    rows = f"{own.list.records}/0"
    unknown = [
        name for name in wanted - listed.params if not case.api.place(listed.answer, f"{rows}/{_by_item(str(name))}")
    ]
    assert unknown == []


def test_every_field_is_shown_by_read_and_list(case: Case) -> None:
    """Where a field is read there is such a place, also in the rows of the list."""
    own, calls = case.resource, case.calls()
    assert own.read is not None
    places = [own.id, own.version, own.updated, *(field.path for field in own.fields.values())]
    for call, before in (("read", own.read.record), ("list", f"{own.list.records}/0")):
        missing = [place for place in places if place and not case.api.place(calls[call].answer, before + place)]
        assert missing == [], f"{call} does not show them"


def test_every_written_field_is_taken(case: Case) -> None:
    """Where a create or an update puts a value there is such a place; constants too."""
    assert [(call, place) for call, place, schemas in _written(case) if not schemas] == []


def test_values_are_those_of_the_description(case: Case) -> None:
    """Where the description names the values of a field, the preset names the same."""
    own, answer = case.resource, case.calls()["read"].answer
    assert own.read is not None
    for name, field in own.fields.items():
        known = case.api.enums(answer, own.read.record + field.path)
        if field.values and known:
            assert set(field.values) == known, name


def test_an_update_has_a_media_type_that_is_taken(case: Case) -> None:
    """What the description lists, where it lists any; a charset says nothing of JSON."""
    own, taken = case.resource, case.calls()["update"].types
    assert own.update is not None
    sent = {"merge_patch": "application/merge-patch+json"}.get(own.update.style, own.media_type)
    assert not taken or sent.partition(";")[0] in {one.partition(";")[0] for one in taken}


def test_what_a_create_calls_for_has_a_field_that_says_so(case: Case) -> None:
    """A required attribute of the body is a required field, or one that constants have to give."""
    own, schema = case.resource, case.calls()["create"].body
    wrap = f"/{own.wrap}" if own.wrap else ""
    needed = {name for one in case.api.place(schema, wrap) for name in one.get("required", ())}
    given = {field.written_at.split("/")[1] for field in own.fields.values() if field.required}
    given |= {place.split("/")[1] for place in (own.create.constants if own.create else {})}
    by_operator = {"relatedContactInformation", "relatedEntity"}
    assert needed - given - by_operator == set()


def _written(case: Case) -> Iterator[tuple[str, str, list[Any]]]:
    own, calls = case.resource, case.calls()
    wrap = f"/{own.wrap}" if own.wrap else ""
    for call, kinds in (("create", ("always", "create_only")), ("update", ("always",))):
        constants = getattr(own, call).constants
        fields = [one for one in own.fields.values() if one.write in kinds and not _by_calls(one)]
        for place in (*constants, *(field.written_at for field in fields)):
            yield call, place, case.api.place(calls[call].body, wrap + place)


def _by_calls(field: ResourceField) -> bool:
    """Is it moved by calls of its own alone, and never written in a body?"""
    return bool(field.actions) or (field.stepwise and all(row.action for row in field.transitions))


def _by_item(name: str) -> str:
    """Return the pointer of an attribute filter: ``externalIdentifier.id`` looks into the list's members."""
    head, _, rest = name.partition(".")
    return f"{head}/0/{rest}" if rest else head
