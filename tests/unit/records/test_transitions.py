"""Transitions on the wire: what is asked, what is taken, and what an answer without a list means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ebond.definitions.transitions import Discovery
from ebond.errors import AnswerError, ContractError
from ebond.records.transitions import Permitted

Make = Callable[..., Any]
ASKED = Discovery.model_validate(
    {
        "path": "/issue/{id}/moves",
        "params": {"of": "{id}"},
        "items": "/moves",
        "id": "/id",
        "to": "/to/name",
        "action": {"path": "/issue/{id}/moves/{transition}", "constants": {"/move/id": "{transition}"}},
    }
)


def test_what_is_permitted_is_asked_for(connect: Make, reply: Make) -> None:
    """In the order of the answer; what names no state is passed over."""
    moves = [{"id": "31", "to": {"name": "Done"}}, {"id": "32"}, {"id": 4, "to": {"name": "Open"}}]
    client, sender = connect(reply({"moves": moves}), fields={"state": {"path": "/state"}})
    assert client.transitions.permitted("7", ASKED) == [Permitted("Done", "31"), Permitted("Open", 4)]
    assert (sender.last.method, sender.last.path, sender.last.params) == ("GET", "/issue/7/moves", (("of", "7"),))


def test_an_answer_without_a_list_is_no_empty_list(connect: Make, reply: Make) -> None:
    """Nothing would ever be permitted again, and nobody would know why."""
    client, _ = connect(reply({"errors": ["no"]}), fields={"state": {"path": "/state"}})
    with pytest.raises(AnswerError, match="no list of transitions"):
        client.transitions.permitted("7", ASKED)


def test_a_transition_is_taken_by_its_own_id(connect: Make, reply: Make) -> None:
    """In the path and in the body, with its type."""
    client, sender = connect(reply(None, 204), fields={"state": {"path": "/state"}})
    assert ASKED.action is not None
    client.transitions.take("7", ASKED.action, transition=31)
    assert (sender.last.method, sender.last.path, sender.last.json) == (
        "POST",
        "/issue/7/moves/31",
        {"move": {"id": 31}},
    )


def test_a_state_of_calls_is_never_put_into_a_body(connect: Make, reply: Make) -> None:
    """A table of calls is one of actions to whoever writes without walking."""
    rows = [{"from": ["open"], "to": "closed", "action": {"path": "/tickets/{id}/close"}}]
    client, sender = connect(reply(None, 204), fields={"state": {"path": "/state", "transitions": rows}})
    client.update("1", {"state": "closed"})
    assert (sender.last.method, sender.last.path, sender.last.json) == ("POST", "/tickets/1/close", None)
    with pytest.raises(ContractError, match="no action"):
        client.update("1", {"state": "open"})
