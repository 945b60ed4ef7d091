"""Texts that have a form of their own: names, JSON pointers, headers, paths, URLs."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote, urlsplit

from pydantic import BeforeValidator

from ebond.definitions.base import Misspelt, shown, spelled
from ebond.definitions.versions import CURRENT

_NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}"
_TOKEN: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105  # a token of RFC 9110
#: A step of a pointer: a name, or what chooses from a list.
_STEP: Final = r"/(\[(last|[^~/=\]]+=([^~/]|~[01])+)\]|(([^~/\[]|~[01])([^~/]|~[01])*)?)"
_POINTER: Final = f"({_STEP})*"
_VISIBLE: Final = r"[\t -~]*"


def _pointer(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(_POINTER, value, re.DOTALL):
        return value
    if isinstance(value, str) and value.startswith("/"):
        if "/[" in value:
            todo = "write [key=value], [last], or a number from 0 without brackets"
            raise Misspelt("a step in brackets chooses from a list, and this one does not", todo)
        raise Misspelt(
            "in a JSON pointer '~' begins an escape (RFC 6901)", "write ~0 for '~', and ~1 for '/' in a name"
        )
    words = re.sub(r"^\$\.?", "", value).strip(".") if isinstance(value, str) else ""
    words = re.sub(r"\[(\d+)\]", r".\1", words).strip(".")
    todo = f"write /{words.replace('.', '/')}" if re.fullmatch(r"\w[\w.]*", words) else ""
    raise Misspelt("a JSON pointer is empty or starts with '/' (RFC 6901)", todo)


def _inner_pointer(value: Any) -> Any:
    if value == "":
        raise Misspelt("the empty pointer is the whole answer; a place inside of it goes here", "write /name")
    return _pointer(value)


Pointer = Annotated[str, BeforeValidator(_pointer), spelled(_POINTER)]
InnerPointer = Annotated[str, BeforeValidator(_inner_pointer), spelled(f"({_STEP})+")]


def is_name(value: Any) -> bool:
    """Can this be the name of a definition, resource or field?"""
    return isinstance(value, str) and re.fullmatch(_NAME, value) is not None


def _name(value: Any) -> Any:
    if is_name(value):
        return value
    raise Misspelt(f"{shown(value)} is no name", "up to 100 letters, digits, '.', '-' and '_' make a name")


Name = Annotated[str, BeforeValidator(_name), spelled(_NAME)]


def _version(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise Misspelt(f"{shown(value)} is no version", f"write {CURRENT}")
    if isinstance(value, int) and value > CURRENT:
        raise Misspelt(
            f"this is version {value}, and this ebond reads version {CURRENT}",
            f"install a newer ebond, or write the definition as version {CURRENT}",
        )
    return value


Version = Annotated[Literal[1], BeforeValidator(_version)]


def _header_name(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(_TOKEN, value):
        return value
    raise Misspelt(f"{shown(value)} is no name of a header")


def _header_text(value: Any) -> Any:
    if isinstance(value, str) and not re.fullmatch(_VISIBLE, value):
        raise Misspelt("a header holds visible ASCII characters only")
    return value


HeaderName = Annotated[str, BeforeValidator(_header_name), spelled(_TOKEN)]
HeaderText = Annotated[str, BeforeValidator(_header_text), spelled(_VISIBLE)]
Headers = dict[HeaderName, HeaderText]


def _path(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if re.match(r"https?://", value):
        raise Misspelt("a path goes here, no URL", "the host belongs to the gateway's base_url")
    if value and not value.startswith("/"):
        raise Misspelt("a path begins with '/'", f"write /{value}")
    if re.search(r"\s|#", value):
        raise Misspelt("a path has no blanks and no '#'", "percent-encode them: %20, %23")
    return value


Path = Annotated[str, BeforeValidator(_path), spelled(r"(/[^\s#]*)?")]


def _url(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise Misspelt(f"this is no URL: {str(error)[:1].lower()}{str(error)[1:]}") from None
    if "@" in parts.netloc:
        raise Misspelt(
            "a URL may not carry a user name or password", "credentials are given by reference, never in a URL"
        )
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[\s\\<>{}]", value):
        raise Misspelt(f"{value!r} is no URL", "it begins with https:// and a host")
    if port == 0 or parts.fragment:
        raise Misspelt(f"{value!r} is no URL to call", "leave the '#' part and port 0 out")
    return value


Url = Annotated[str, BeforeValidator(_url), spelled(r"https?://[^\s@\\<>{}#]+")]


def segment(value: str) -> str:
    """Encode a value for a path so that no id can leave its segment."""
    encoded = quote(value, safe="")
    # A segment of dots only would be taken for a step up.
    return encoded.replace(".", "%2E") if encoded in (".", "..") else encoded
