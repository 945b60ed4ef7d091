"""Words for values in reasons that are journalled: what kind of value it is, never what a person wrote."""

from __future__ import annotations

from typing import Any, Final

#: Names of a choice ("In Progress") are shorter; anything longer may be what a person wrote.
_LONGEST_CHOICE: Final = 40
_KINDS: Final[dict[type, str]] = {dict: "an object", list: "a list", bool: "a boolean", type(None): "nothing"}


def shape(raw: Any) -> str:
    """Name the kind of a raw value."""
    if isinstance(raw, str):
        return f"a text of {len(raw)} character{'s' if len(raw) != 1 else ''}"
    return _KINDS.get(type(raw), "a number")


def choice(text: str) -> str:
    """Quote a value that an operator has to find in a list of choices; a longer text or an address is only named."""
    personal = len(text) > _LONGEST_CHOICE or "@" in text or not text.isprintable()
    return shape(text) if personal else repr(text)
