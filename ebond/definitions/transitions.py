"""How a status moves where it is no plain field: a table of transitions, or those that the API names itself."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from ebond.definitions.base import Definition
from ebond.definitions.texts import InnerPointer, Path, Pointer
from ebond.definitions.writing import Action


class Transition(Definition):
    """One row of a table of transitions: from these states to that one, by a call or by an update."""

    model_config = ConfigDict(serialize_by_alias=True)

    from_: Annotated[tuple[str, ...], Field(alias="from")] = ()
    """The states that it starts from; any other state where absent."""
    to: str
    """The state that it leads to."""
    via: tuple[str, ...] = ()
    """States that the system passes by itself on the way there, and that nobody chose: ``[assessingCancellation]``."""
    with_: Annotated[dict[str, str | int | float | bool], Field(alias="with")] = {}
    """Fields that the system demands beside the new state, as it writes them: ``{close_code: Solved}``. A value that
    the mapping carries at the same time goes before, and what the record holds already stays."""
    action: Action | None = None
    """The call that moves it; an update of the field where absent."""


class Discovery(Definition):
    """Where the system itself tells which transitions a record may take now."""

    path: Path
    """Asked by GET; ``{id}`` stands for the record's id."""
    params: dict[str, str] = {}
    """Query parameters; ``{id}`` stands for the record's id."""
    items: Pointer = ""
    """Where the answer keeps the list of transitions."""
    to: InnerPointer
    """Where one of them names the state that it leads to, as records show it: ``/to/name``."""
    id: InnerPointer | None = None
    """Where one of them has its own id."""
    action: Action | None = None
    """The call that takes one, with ``{transition}`` for its id; an update of the field where absent."""
