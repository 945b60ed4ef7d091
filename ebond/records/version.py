"""Versions: how they are read out of an answer, and how they go back as a precondition.

A version is opaque text. Entity tags keep their quotes; what proxies add to them (``W/``, ``-gzip``) is taken
off, as it says nothing on the record and makes If-Match fail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from ebond.errors import ContractError

_PROXY_SUFFIX: Final = re.compile(r"(?:-+gzip|;gzip)(?=\"?$)", re.IGNORECASE)
_UNUSABLE: Final = frozenset({"", '""', "*", '"*"'})


def version_text(value: Any) -> str | None:
    """Return a body version as text; None where there is none, and for what would not protect anything."""
    if type(value) is int:
        return str(value)
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value)
    return None if text.strip() in _UNUSABLE else text


def header_version(headers: Mapping[str, str], name: str | None) -> str | None:
    """Return the version that an answer header carries, without what proxies made of it."""
    raw = headers.get(name.lower()) if name else None
    if raw is None:
        return None
    tag = raw.strip()
    if tag[:2] in ("W/", "w/"):
        tag = tag[2:].lstrip()
    return version_text(_PROXY_SUFFIX.sub("", tag))


def if_match(version: str | None, *, quote: bool) -> str:
    """Return the value of If-Match; raises ContractError without a version: servers ignore an empty one."""
    text = version_text(version)
    if text is None:
        raise ContractError(
            "this update needs the record's version, and none is known",
            todo="Read the record first; if that shows none, set 'version' or 'version_header'",
        )
    quoted = text.startswith('"') and text.endswith('"') and len(text) > 1
    return f'"{text}"' if quote and not quoted else text
