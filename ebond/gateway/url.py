"""URLs: base and path joined right, queries encoded right, credentials kept to their origin.

RFC 3986 joining drops the base's own path where the second part begins with a slash, so parts are
concatenated. What is percent-encoded already stays so (``%2F`` in a path parameter means something).
Pure: no I/O.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote_plus, urlsplit

from ebond.errors import ContractError

#: Kept plain in names and values of a query; ``;`` ``+`` ``&`` ``=`` ``#`` and ``%`` are always encoded.
QUERY_SAFE: Final = "-._~:@/,$!*()"
_PATH_SAFE: Final = "-._~:@/,$!*()'&+;=%?"
_PORTS: Final = {"http": 80, "https": 443}
_AUTHORITY: Final = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_BARE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_DOTS: Final = re.compile(r"(^|/)(\.|%2e){1,2}(?=/|$)", re.IGNORECASE)


def join(base: str, *parts: str) -> str:
    """Put the parts under the base with one slash between each; empty parts don't count."""
    url = base.rstrip("/")
    for part in parts:
        if part:
            url = f"{url.rstrip('/')}{part}" if part.startswith("?") else f"{url.rstrip('/')}/{part.lstrip('/')}"
    return url


def clean_path(path: str) -> str:
    """Encode what may not stand in a URL and keep what is encoded; dot segments raise ContractError."""
    if _DOTS.search(path.partition("?")[0]):
        raise ContractError(
            f"the path {path.partition('?')[0]!r} leads out of its resource",
            todo="Percent-encode ids before they go into a path",
        )
    return quote(_BARE_PERCENT.sub("%25", path), safe=_PATH_SAFE)


def encode_query(params: Iterable[tuple[str, str]]) -> str:
    """Write parameters so that each name and value arrives exactly as given."""
    return "&".join([f"{quote(name, safe=QUERY_SAFE)}={quote(value, safe=QUERY_SAFE)}" for name, value in params])


def with_query(url: str, query: str) -> str:
    """Append an encoded query to a URL that may have one already."""
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"


def with_defaults(url: str, params: Mapping[str, str], *, ours: frozenset[str] = frozenset()) -> str:
    """Add what the URL's query does not have yet; parameters named in ``ours`` are put in place of what it has.

    A link to the next page comes with the parameters of the last call, keys included: each must go once.
    """
    path, _, query = url.partition("?")
    there = [pair for pair in query.split("&") if pair] if query else []
    kept = [pair for pair in there if _name(pair) not in ours]
    names = {_name(pair) for pair in kept}
    added = encode_query((name, value) for name, value in params.items() if name not in names)
    return with_query(path, "&".join([*kept, added] if added else kept))


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])


def is_absolute(path: str) -> bool:
    """Whether this is a URL with a scheme instead of a path."""
    return path[:8].lower().startswith(("http://", "https://"))


def origin(url: str) -> str:
    """Return scheme, host and port in one spelling; raise ContractError where the URL hides its host."""
    try:
        parts = urlsplit(url)
        scheme, port = parts.scheme.lower(), parts.port
    except ValueError:
        raise ContractError("this URL names no host that could be called") from None
    if scheme not in _PORTS or not _AUTHORITY.fullmatch(parts.netloc):
        # A user name, a backslash or a blank in the authority is how a link passes for another host.
        raise ContractError("this URL names no plain host", where=f"scheme {scheme or 'missing'}")
    host = (parts.hostname or "").lower()
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port or _PORTS[scheme]}"


def within_origin(url: str, home: str) -> str:
    """Return path and query of an absolute URL of the origin ``home``; raise ContractError for any other."""
    found = origin(url)
    if found != home:
        raise ContractError(
            f"{found} is not the configured origin {home}: credentials are not sent there",
            todo="Read the link's query only, or have the gateway rewrite its links",
        )
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
