"""What becomes of a record whose partner was deleted, or has left the scope."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition

Values = dict[str, str | int | float | bool | None]


class PartnerDeleted(Definition):
    """What becomes of a record here whose partner was deleted on the other side."""

    policy: Literal["ignore", "close", "archive", "delete"] = "ignore"
    """``ignore``: it is left as it is, and the deletion is reported; ``close`` and ``archive``: its fields get the
    values of ``set``, and their old ones again should the partner come back; ``delete``: it is deleted, too."""
    set_: Annotated[Values, Field(alias="set")] = {}
    """``close``, ``archive``: field → value, as this system shows it."""
    edited: Literal["hold", "keep"] = "hold"
    """A record that was edited since it was last in step: ``hold`` sets the link aside for a human, ``keep`` leaves
    the record as it is and ends the link."""


class PartnerLeft(Definition):
    """What becomes of a record here whose partner has left the other side's scope."""

    policy: Literal["ignore", "tell"] = "ignore"
    """``ignore``: nothing; ``tell``: its fields get the values of ``set``, once. Edits are carried all the same."""
    set_: Annotated[Values, Field(alias="set")] = {}
    """``tell``: field → value, as this system shows it."""
    back: Values = {}
    """``tell``: what a field of ``set`` gets once the partner is back in scope; its old value again where absent. What
    somebody changed meanwhile stays."""
