"""Checks on what calls carry: headers, parameters and the placeholders in them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ebond.definitions.nearest import nearest
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

_PLACEHOLDER: Final = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_CREDENTIAL: Final = re.compile(
    r"(proxy-)?authorization|cookie|(.*[-_])?(api[-_]?key|subscription[-_]key|client[-_]secret|password|passwd"
    r"|access[-_]token|auth[-_]token|private[-_]token|refresh[-_]token)",
    re.IGNORECASE,
)
#: What the transport itself writes; a second one breaks the call.
_TRANSPORT: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


def check_headers(spot: Spot, headers: Mapping[str, str], secret: Iterable[str] = ()) -> Iterator[Problem]:
    """Yield what is wrong with ``headers`` and ``secret_headers`` at a spot."""
    met: set[str] = set()
    for key, names in (("headers", headers), ("secret_headers", secret)):
        for name in names:
            if name.lower() in met:
                yield spot.fault(f"the header {name!r} stands here twice", key, name, key=True, todo="keep one of them")
            if name.lower() in _TRANSPORT:
                yield spot.fault(f"the header {name!r} is written by every call itself", key, name, key=True)
            met.add(name.lower())
    yield from check_plain(spot, "headers", headers, by_reference="secret_headers")


def check_query(spot: Spot, query: Mapping[str, str], secret: Iterable[str] = ()) -> Iterator[Problem]:
    """Yield what is wrong with ``query`` and ``secret_query`` at a spot."""
    for name in secret:
        if name in query:
            yield spot.fault(
                f"{name!r} stands in 'query', too", "secret_query", name, key=True, todo="keep one of them"
            )
    yield from check_plain(spot, "query", query, by_reference="secret_query")


def check_plain(spot: Spot, key: str, texts: Mapping[str, Any], *, by_reference: str) -> Iterator[Problem]:
    """Yield secrets in plain text, and references where none are looked up."""
    for name, value in texts.items():
        if isinstance(value, str) and value.startswith(("env:", "file:")):
            yield spot.fault("a reference is not looked up here", key, name, todo=f"give it under {by_reference!r}")
        elif _CREDENTIAL.fullmatch(name):
            # The value is not repeated: it may be the secret.
            todo = f"give it under {by_reference!r} as env:NAME or file:PATH"
            yield spot.fault(f"{name!r} carries a secret in plain text", key, name, todo=todo)


def check_placeholders(spot: Spot, key: str, value: Any, *known: str) -> Iterator[Problem]:
    """Yield placeholders that mean nothing in a text, or in the texts of a map."""
    texts = value.items() if isinstance(value, dict) else [(None, value)]
    for name, text in texts:
        path = (key,) if name is None else (key, name)
        for word in _PLACEHOLDER.findall(text) if isinstance(text, str) else ():
            if word not in known:
                todo = nearest(word, known) if known else "nothing is filled in here"
                yield spot.fault(f"the placeholder {{{word}}} means nothing here", *path, todo=todo)


def placeholders(value: Any) -> Iterator[str]:
    """Yield the names of all placeholders anywhere in a value."""
    if isinstance(value, str):
        yield from _PLACEHOLDER.findall(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from placeholders(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from placeholders(inner)


def check_regex(spot: Spot, pattern: str, *path: str | int) -> Iterator[Problem]:
    """Yield what is wrong with a regular expression."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        yield spot.fault(f"{pattern!r} is no regular expression: {error}", *path)
