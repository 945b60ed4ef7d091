"""Transitions on the wire: those that the API permits now, and the call that takes one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ebond.definitions.system import Resource
from ebond.definitions.transitions import Discovery
from ebond.definitions.writing import Action
from ebond.errors import AnswerError
from ebond.gateway.wire import Request
from ebond.mapping.path import getter
from ebond.records.actions import request_of
from ebond.records.feed import Sender
from ebond.records.place import fill, fill_path
from ebond.records.rows import Written


@dataclass(frozen=True, slots=True)
class Permitted:
    """A transition that a record may take now."""

    to: str
    id: str | int | None = None


class Transitions:
    """Asks for and takes the transitions of one resource's records."""

    def __init__(self, sender: Sender, resource: Resource, *, name: str) -> None:
        self._sender, self._resource, self._name = sender, resource, name

    def permitted(self, record_id: str, discover: Discovery) -> Sequence[Permitted]:
        """Return what a record may become now; raises AnswerError where the answer holds no list of it."""
        request = Request(
            "GET",
            fill_path(discover.path, id=record_id),
            params=fill(discover.params, id=record_id),
            operation="read",
        )
        answer = self._sender.send(request)
        items = getter(discover.items)(answer.json())
        if not isinstance(items, list):
            raise AnswerError(
                f"{self._name} {record_id}: no list of transitions at {discover.items!r}",
                where=f"request {answer.request_id}",
                todo="Compare 'discover' of the field with a real answer",
            )
        to, own = getter(discover.to), getter(discover.id) if discover.id is not None else _nothing
        return [
            Permitted(str(to(item)), own(item)) for item in items if isinstance(item, dict) and to(item) is not None
        ]

    def take(self, record_id: str, action: Action, *, transition: str | int | None = None) -> Written:
        """Send the call of a transition; its answer is not trusted to show the record."""
        known = {} if transition is None else {"transition": transition}
        answer = self._sender.send(request_of(self._resource, action, record_id, **known))
        return Written(record_id, None, None, answer.request_id)


def _nothing(_item: Any) -> None:
    return None
