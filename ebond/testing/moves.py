"""The calls that move a fake system's records from state to state, as its definition has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ebond.definitions.fields import ResourceField
from ebond.definitions.writing import Action
from ebond.testing.face import Face
from ebond.testing.pointers import look, put
from ebond.testing.revision import Refusal
from ebond.testing.writing import Call, Reply

Route = tuple[str, str, str, Callable[[Call], Reply]]


def routes(face: Face) -> Iterator[Route]:
    """Yield (kind, method, path, what it does) of each call that moves a state."""
    for name, field in face.resource.fields.items():
        named = [*field.actions.items(), *((row.to, row.action) for row in field.transitions if row.action)]
        for state, action in named:
            yield "move", action.method, action.path, _Move(face, name, state)
        if field.discover is not None:
            yield "permitted", "GET", field.discover.path, _Offer(face, name, field)
            if field.discover.action is not None:
                yield "move", field.discover.action.method, field.discover.action.path, _Choice(face, name, field)


class _Move:
    def __init__(self, face: Face, name: str, state: str) -> None:
        self.face, self.name, self.state = face, name, state

    def __call__(self, call: Call) -> Reply:
        self.face.system.update(call.holes["id"], {self.name: self.state}, cause=call.cause, call=True)
        return Reply(204)


class _Offer:
    """Numbers the states that may follow, as Jira numbers its transitions."""

    def __init__(self, face: Face, name: str, field: ResourceField) -> None:
        self.face, self.name, self.field = face, name, field

    def states(self, record_id: str) -> dict[str, str]:
        """Return id → state of the transitions that a record may take now."""
        flow, now = self.face.system.habits.workflow, self.face.system.values(record_id).get(self.name)
        ways = flow.moves if flow else {}
        every = sorted({state for states in ways.values() for state in states})
        return {str(10 + every.index(state)): state for state in ways.get(str(now), ())}

    def __call__(self, call: Call) -> Reply:
        discover = self.field.discover
        assert discover is not None
        items = []
        for number, state in self.states(call.holes["id"]).items():
            item = put({}, discover.to, state)
            items.append(put(item, discover.id, number) if discover.id else item)
        return Reply(200, put({}, discover.items, items))


class _Choice(_Offer):
    def __call__(self, call: Call) -> Reply:
        assert self.field.discover is not None
        number = _chosen(self.field.discover.action, call)
        state = self.states(call.holes["id"]).get(number)
        if state is None:
            raise Refusal(400, "transition", f"transition {number} is not valid for this record")
        self.face.system.update(call.holes["id"], {self.name: state}, cause=call.cause, call=True)
        return Reply(204)


def _chosen(action: Action | None, call: Call) -> str:
    constants = action.constants if action else {}
    places = [place for place, value in constants.items() if value == "{transition}"]
    return str(look(call.json(), places[0])) if places else call.holes["transition"]
