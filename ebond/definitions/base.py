"""What all definition models share: they are closed and frozen, and say how a misspelt value is written."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, WithJsonSchema


class Misspelt(ValueError):
    """A value is wrong; ``todo`` says how it is written."""

    def __init__(self, message: str, todo: str = "") -> None:
        self.todo = todo
        super().__init__(message)


class Definition(BaseModel):
    """A closed, frozen model: unknown keys and wrong types are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, use_attribute_docstrings=True)


def spelled(pattern: str) -> WithJsonSchema:
    """Tell editors how a text is spelled."""
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$"})


def shown(value: Any) -> str:
    """Show a wrong value in a message, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…'"
