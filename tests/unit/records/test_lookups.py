"""Looking records up: what is asked, what counts as found, and what is told of a definition that does not fit."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.definitions.lookups import LookupSide
from ebond.definitions.system import Resource
from ebond.errors import ContractError, FeedError, Gone
from ebond.records.lookups import LookupClient, Question
from ebond.records.verify_lookups import probe_lookup
from tests.unit.records.conftest import FakeSender, answer

USER: dict[str, Any] = {
    "id": "/id",
    "id_type": "number",
    "list": {
        "path": "/users",
        "params": {"active": "true"},
        "records": "/items",
        "paging": {"kind": "offset", "size": 2, "size_param": "limit", "param": "offset"},
    },
    "read": {"path": "/users/{id}"},
    "search": {"mail": {"params": {"q": "mail={value}"}}, "login": {"path": "/find", "params": {"l": "{value}"}}},
    "fields": {"mail": {"path": "/mail"}, "login": {"path": "/login"}},
}
ANN = {"id": 7, "mail": "Ann@x.example ", "login": "ann"}
BOB = {"id": 8, "mail": "bob@x.example", "login": "bob"}


def client(*answers, **parts):
    sender = FakeSender([one if isinstance(one, Exception) else answer(one) for one in answers])
    return LookupClient(sender, Resource.model_validate({**USER, **parts}), name="desk/user"), sender


def ids(asked, by, value, *, fold=True):
    return [row.id for row in asked.rows(Question("desk/user", by, value, None, fold=fold))]


FOUND = {
    "by a parameter of the list": (
        "mail",
        "ann@x.example",
        {"items": [ANN]},
        ["7"],
        "/users",
        {"active", "q", "limit"},
    ),
    "somebody else is shown": ("mail", "ann@x.example", {"items": [BOB]}, [], "/users", None),
    "nobody": ("mail", "eve@x.example", {"items": []}, [], "/users", None),
    "by a path of its own": ("login", "BOB", {"items": [BOB]}, ["8"], "/find", {"l", "limit"}),
    "by id": (None, "07", ANN, ["7"], "/users/07", set()),
    "by an id that is gone": (None, "9", Gone("no such user"), [], "/users/9", None),
}


@pytest.mark.parametrize(("by", "value", "told", "found", "path", "params"), FOUND.values(), ids=FOUND.keys())
def test_what_is_asked_and_found(by, value, told, found, path, params):
    """One call each; what it shows is compared once more, without regard to case and blanks."""
    asked, sender = client(told)
    assert (ids(asked, by, value), sender.last.path) == (found, path)
    assert params is None or {name for name, _ in sender.last.params} - {"offset"} == params


def test_case_counts_where_the_mapping_says_so():
    """Keys that differ in case are two keys then."""
    asked, _ = client({"items": [BOB]})
    assert ids(asked, "login", "BOB", fold=False) == []


@pytest.mark.parametrize("value", ["", " ", "a\nb", "x" * 400])
def test_what_is_no_key_is_not_asked_for(value):
    """An empty value would find everybody, and nobody's name has a line break in it."""
    asked, sender = client()
    assert (ids(asked, "mail", value), sender.requests) == ([], [])


def test_a_field_without_a_search_is_an_error():
    """Nothing is guessed."""
    asked, _ = client(search={})
    with pytest.raises(ContractError):
        ids(asked, "mail", "ann@x.example")


def test_a_search_without_end_proves_nothing():
    """Three full pages, and more to come: the parameter is not known there."""
    asked, sender = client(*({"items": [{"id": n}, {"id": n + 1}]} for n in range(0, 8, 2)))
    with pytest.raises(FeedError):
        ids(asked, "mail", "ann@x.example")
    assert len(sender.requests) == 3


BY_MAIL = LookupSide(resource="user", by="mail")
BY_MAIL_FOR_LOGIN = LookupSide(resource="user", by="mail", gives="login")
ONE, NONE = {"items": [BOB]}, {"items": []}
TWINS = {"items": [BOB, {**BOB, "id": 9}]}
READ = "a read by id shows its 'mail'"
PROBES = {
    "good": (BY_MAIL, {}, [ONE, ONE, BOB], ["a record is found by its 'mail'", READ]),
    "not found": (BY_MAIL, {}, [ONE, NONE, BOB], ["a record is not found by its own 'mail'", READ]),
    "twice": (BY_MAIL, {}, [ONE, TWINS, NONE, BOB], ["2 records have one 'mail'", READ]),
    "not by id": (BY_MAIL, {}, [ONE, ONE, {"id": 8}], ["a record is found", "a read by id shows no 'mail'"]),
    "no key": (BY_MAIL, {}, [{"items": [{"id": 1}]}], ["none of 1 records shows 'mail'"]),
    "no list": (BY_MAIL, {"list": None}, [], ["there is no list to take somebody from"]),
    "short": (BY_MAIL, {"small": True}, [ONE, ONE], ["the whole list is read: 1 records", "a record is found"]),
    "no login": (
        BY_MAIL_FOR_LOGIN,
        {},
        [{"items": [{**BOB, "login": ""}]}, ONE],
        ["a record is found", "a record shows no 'login'"],
    ),
    "away": (BY_MAIL, {}, [Gone("no such list")], ["nobody can be looked up: no such list"]),
}


@pytest.mark.parametrize(("own", "parts", "answers", "said"), PROBES.values(), ids=PROBES.keys())
def test_what_check_says_of_a_look_up(own, parts, answers, said):
    """Somebody of the list is looked up by the key, and read by id."""
    given = {key: part for key, part in {**USER, **parts}.items() if part is not None}
    sender = FakeSender([one if isinstance(one, Exception) else answer(one) for one in answers])
    asked = LookupClient(sender, Resource.model_validate(given), name="desk/user")
    found = [finding.text for finding in probe_lookup(asked, own, fold=True)]
    assert [text[: len(start)] for text, start in zip(found, said, strict=True)] == said
