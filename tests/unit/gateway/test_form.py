"""Bodies as web forms."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest

from ebond.errors import ContractError
from ebond.gateway.form import form_of
from ebond.gateway.wire import Request
from tests.unit.gateway.conftest import Open

BODY = {"title": "a & b", "open": True, "note": None, "n": 1.5, "who": {"name": "é", "tags": ["x", "y"]}, "none": []}


def test_all_of_it_in_one_field() -> None:
    """As JSON: ``json_data``, ``input_data``."""
    assert parse_qsl(form_of({"a": [1, "é&"]}, "json_data").decode()) == [("json_data", '{"a":[1,"é&"]}')]


def test_each_member_in_a_field() -> None:
    """What lies deeper has its place in brackets; an empty list says nothing."""
    assert parse_qsl(form_of(BODY, "").decode(), keep_blank_values=True) == [
        ("title", "a & b"), ("open", "true"), ("note", ""), ("n", "1.5"),
        ("who[name]", "é"), ("who[tags][]", "x"), ("who[tags][]", "y"),
    ]  # fmt: skip


@pytest.mark.parametrize(("field", "body"), [("", [{"a": 1}]), ("", {"a": object()}), ("f", {"a": object()})])
def test_what_a_form_cannot_hold_is_not_sent(desk: Open, field: str, body: Any) -> None:
    """And the message says which call it was."""
    site = desk()
    with pytest.raises(ContractError, match=r"the body of POST /t on desk cannot be written as JSON"):
        site.client.send(Request("POST", "/t", json=body, form=field, operation="create"))
    assert site.calls == []


def test_a_form_is_sent_as_one(desk: Open) -> None:
    """With its own type."""
    site = desk()
    form = "application/x-www-form-urlencoded"
    site.client.send(Request("POST", "/t", json={"a": "b c"}, form="", media_type=form, operation="create"))
    assert (site.calls[0].content, site.calls[0].headers["Content-Type"]) == (b"a=b+c", form)
