"""Finding what somebody probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_SHOWN: Final = 20


def close_to(word: str, known: Iterable[str]) -> str | None:
    """Return the known name that is nearest; None where none is near."""
    names = {name.casefold(): name for name in sorted(set(known), reverse=True)}
    found = get_close_matches(word[:100].casefold(), names, n=1, cutoff=0.6)
    return names[found[0]] if found else None


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known name is nearest, or which there are where none is near."""
    names = sorted(set(known))
    close = close_to(word, names)
    if close is not None:
        return f"did you mean {close!r}?"
    if not names:
        return "there is none yet"
    shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return f"known: {shown}"
