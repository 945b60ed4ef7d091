"""How a fake system's API behaves where the ``Resource`` definition leaves it open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """The habits of the HTTP face, where ``Habits`` are those of the records."""

    garbage_since: Literal["everything", "refused"] = "everything"
    """A since filter that can't be read is dropped without a word, or → 400."""
    sort: Literal["updated", "id"] = "updated"
    """Order of lists; pages of a list sorted by change shift while people edit."""
    max_page: int | None = None
    """The server's own bound on the page size."""
    cursor_life: float | None = None
    """Seconds after which a cursor → 410."""
    links: str | None = None
    """Prefix of ``next`` links, e.g. a gateway's address; None: the backend's own absolute address."""
    empties: Literal["null", "omit", "text"] = "null"
    """How empty fields are shown: null, left out, or ``""``."""
    all_text: bool = False
    """Versions are shown as text although they are numbers."""
    unknown_fields: Literal["ignored", "refused"] = "ignored"
    empty_if_match: Literal["ignored", "stale"] = "stale"
    """What an ``If-Match`` without a value does."""
    location: bool = True
    """Whether a create answers with a Location header, with the backend's own address."""
    substring_lookup: bool = False
    """Look-ups match parts of the text, whatever the case."""
    required_headers: Mapping[str, str] = field(default_factory=dict)
    """Header name → regular expression; a call without it → 400."""
    number_prefix: str = "N-"
    """What the human key starts with."""
