"""Could what a system shows be its own form of what we sent?

Systems trim, fold, escape, truncate and round without saying so. After our own write, a value that is explained
in such a way is the system's doing and no edit. This is only ever asked about a field that we have just written.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from ebond.errors import ValueParked
from ebond.mapping.canonical import Canonical, Codec
from ebond.values.numbers import plain

_BLANK: Final = re.compile(r"\s+")
_TAGS: Final = re.compile(r"<[^<>]*>")
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff\ufe0f]")
#: A shorter beginning of what we sent is more likely a person's edit than a length limit.
SHORTEST_CUT: Final = 16


def explainer(codec: Codec) -> Callable[[Any, Any], bool]:
    """Return a function (sent, shown) → bool for the raw values of one field."""

    def explained(sent: Any, shown: Any) -> bool:
        try:
            return same_in_other_form(codec.canon(sent), codec.canon(shown))
        except ValueParked:  # what cannot be read explains nothing
            return False

    return explained


def same_in_other_form(sent: Canonical, shown: Canonical) -> bool:
    """Compare two canonical values of one type as a system may have changed the first into the second."""
    if sent == shown:
        return True
    match sent, shown:
        case str(), str():
            return _text(sent, shown)
        case str(), None:
            return not fold(sent)
        case Decimal(), Decimal():
            return _number(sent, shown)
        case datetime(), datetime():
            return _instant(sent, shown)
        case date(), date():
            return False
        case tuple(), tuple():
            return sorted(map(fold, map(str, sent))) == sorted(map(fold, map(str, shown)))
    return False


def fold(text: str) -> str:
    """Reduce a text to what no system changes: letters and single blanks."""
    bare = _ASTRAL.sub("", unicodedata.normalize("NFKC", html.unescape(html.unescape(text))))
    return _BLANK.sub(" ", bare).strip().casefold()


def _text(sent: str, shown: str) -> bool:
    one, two = fold(sent), fold(shown)
    if one == two or fold(_TAGS.sub(" ", sent)) == fold(_TAGS.sub(" ", shown)):
        return True
    return len(two) >= SHORTEST_CUT and one.startswith(two.removesuffix("…").removesuffix("...").rstrip())


def _number(sent: Decimal, shown: Decimal) -> bool:
    # Trailing zeros are the field's own places, not what the system kept: 2.00 for 2.4 is rounded to whole numbers.
    places = max(-int(shown.normalize().as_tuple().exponent), 0)
    step = Decimal(1).scaleb(-places)
    return abs(sent - shown) < step and len(plain(shown)) <= len(plain(sent))


def _instant(sent: datetime, shown: datetime) -> bool:
    """Rounded or floored to whole seconds or minutes."""
    if shown.microsecond and shown.microsecond % 1000:
        return False
    limit = 60 if shown.second == 0 and not shown.microsecond else 1
    return abs((sent - shown).total_seconds()) < limit
