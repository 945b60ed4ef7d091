"""Links to the next page: read out of a Link header, and laid onto our own side of the gateway.

Backends write links with their own address, which leads past the gateway and would take our credentials
elsewhere. So a link is never called as it stands: its query is opaque and kept, its path is kept only where
it lies under the listing's own, and the host is dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

from ebond.errors import FeedError

# RFC 8288, and what is met besides: a missing "<" (ServiceNow's own documentation), none of both brackets.
_LINK: Final = re.compile(
    r"""(?: <(?P<proper>[^<>]*)> | (?P<half>[^<>]*)> | (?P<bare>[^\s<>,;"]+) )
        (?P<params>(?: \s*;\s* [^\s=;,<>"]+ (?: \s*=\s* (?: "[^"]*" | [^\s;,"<>]* ) )? )*)""",
    re.VERBOSE,
)
_REL: Final = re.compile(r""";\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))""", re.IGNORECASE)
_ORIGIN: Final = "http://backend.invalid"


@dataclass(frozen=True, slots=True)
class Target:
    """A place on our side of the gateway: path under the system's base path, and query."""

    path: str
    params: tuple[tuple[str, str], ...]


def next_link(header: str | None) -> str | None:
    """Return the URL that a Link header gives for ``rel=next``."""
    for match in _LINK.finditer(header or ""):
        rel = _REL.search(match["params"])
        if rel and "next" in (rel[1] or rel[2] or "").lower().split():
            url = match["proper"] or match["half"] or match["bare"] or ""
            return url.strip(" ,\t") or None
    return None


def rebase(url: str, anchor: str, *, below_only: bool = False) -> Target:
    """Lay a link onto our side; ``anchor`` is the path of the listing (or of what else answered).

    With ``below_only`` the path must be the anchor or lie below it; else the query alone will do. Raises
    FeedError where nothing of the link can be used on our side.
    """
    anchor = anchor.partition("?")[0]
    base = _ORIGIN + "/" + anchor.lstrip("/")
    parts = urlsplit(urljoin(base, url.strip()))
    params = tuple(parse_qsl(parts.query, keep_blank_values=True))
    below = _below(parts.path, anchor)
    if below is None and (below_only or not params):
        raise FeedError(
            "a link leads to a place outside of the resource",
            where=f"path {parts.path[:100]!r}",
            todo="Look at 'paging' of the resource, and whether 'path' is the one that the links show",
        )
    return Target(anchor if below is None else anchor + below, params)


def _below(path: str, anchor: str) -> str | None:
    """Return what follows the anchor in a path ("" for the anchor itself), None where it is not in it."""
    stem = "/" + anchor.strip("/")
    at = path.rfind(stem)
    rest = path[at + len(stem) :]
    if at < 0 or not (rest == "" or rest.startswith("/")) or ".." in rest.split("/"):
        return None
    if rest.strip("/") == "":
        return ""
    # Raw blanks and the like are tolerated; what is encoded stays as it is.
    rest = quote(rest, safe="/%:@!$&'()*+,;=~-._")
    return rest[1:] if anchor.endswith("/") else rest
