"""Reading a refusal: which of the fields we sent does the system complain about?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from ebond.definitions.system import Resource
from ebond.errors import Refused

T = TypeVar("T")


def blamed(refusal: Refused, resource: Resource, sent: Iterable[str]) -> list[str]:
    """Return the fields, of those sent, whose name the error body mentions as a word of its own."""
    text = refusal.content.decode("utf-8", "replace").casefold()
    return [name for name in sent if any(_mentions(text, word) for word in _names(resource, name))]


def reason(refusal: Refused) -> str:
    """Say why the system refused, without repeating what it was sent."""
    ids = f", request {refusal.request_id}" if refusal.request_id else ""
    return f"refused by the system ({refusal.message}{ids})"


def _names(resource: Resource, name: str) -> set[str]:
    leaf = resource.fields[name].path.rpartition("/")[2]
    return {word.casefold() for word in (name, leaf) if word}


def _mentions(text: str, word: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text) is not None


def split(values: Mapping[str, T], names: Iterable[str]) -> dict[str, T]:
    """Return the values without some fields."""
    dropped = set(names)
    return {name: value for name, value in values.items() if name not in dropped}
