"""A body as a web form: all of it as JSON in one field, or each member in a field of its own. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlencode

import orjson

TYPE: Final = "application/x-www-form-urlencoded"
_WORDS: Final = {True: "true", False: "false", None: ""}


def form_of(body: Any, field: str) -> bytes:
    """Write a body as a form: ``field=<JSON>``, or where ``field`` is empty ``a=1&b[c]=2&d[]=3``; raises TypeError."""
    if field:
        return urlencode({field: orjson.dumps(body)}).encode()
    if not isinstance(body, dict):
        raise TypeError("a form has members, and this is none")
    return urlencode([pair for name, value in body.items() for pair in _pairs(str(name), value)]).encode()


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{key}]", inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _pairs(f"{name}[]", inner)
    elif value is None or isinstance(value, bool):
        yield name, _WORDS[value]
    elif isinstance(value, str | int | float):
        yield name, str(value)
    else:
        raise TypeError(f"{type(value).__name__} has no place in a form")
