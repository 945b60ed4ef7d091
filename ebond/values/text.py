"""What systems do to text by themselves, and texts reduced to what is left of it.

Normalisers are applied in the order of the table, whatever the order in a definition: so a text reduced once is
not reduced further. Unicode's composed form (NFC) is always taken.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

Step = Callable[[str], str]

_SPACES: Final = re.compile(r"[ \t\u00a0]+")
_BREAKS: Final = re.compile(r"<(?:br\b[^<>]*|/(?:p|div|li|tr|h[1-6]))\s*>", re.IGNORECASE)
_TAGS: Final = re.compile(r"</?[a-z!][^<>]*>", re.IGNORECASE)
_ASTRAL: Final = re.compile("[\U00010000-\U0010ffff]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def nfc(text: str) -> str:
    """Return the composed form of a text."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def lf(text: str) -> str:
    """Return a text with its lines ended in one way."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def without_tags(text: str) -> str:
    """Return what a page shows of a text with HTML tags; its paragraphs become lines."""
    if "<" in text:
        text = _TAGS.sub("", _BREAKS.sub("\n", text)).strip("\n")
    return html.unescape(text)


def without_astral(text: str) -> str:
    """Return a text without the characters that need four bytes: emoji, above all."""
    return text if text.isascii() else _ASTRAL.sub("", text)


def _casefold(text: str) -> str:
    # As Unicode's D145 has it: folding before decomposing would leave two forms of some Greek letters.
    return text.lower() if text.isascii() else unicodedata.normalize("NFD", text).casefold()


#: In the order in which they are applied.
NORMALISERS: Final[dict[str, Step]] = {
    # The system stores text escaped: canonical is the plain text, so that "&" never grows to "&amp;amp;".
    "html_escape": html.unescape,
    "strip_html": without_tags,
    "lf": lf,
    "no_emoji": without_astral,
    "casefold": _casefold,
    "nfc": nfc,
    "collapse_spaces": lambda text: _SPACES.sub(" ", text),
    "trim": str.strip,
}
#: After these a text may be no longer in composed form.
_DISTURBING: Final = frozenset({"html_escape", "strip_html", "no_emoji", "casefold"})


def reader(names: Iterable[str]) -> Step:
    """Return a function from a text that a system shows to its meaning."""
    return _chain(nfc, *_steps(names)) or nfc


def ascii_reader(names: Iterable[str]) -> Step | None:
    """Return what ``reader`` does where a text is plain ASCII; None where that is nothing."""
    return _chain(*_steps(names))


def _steps(names: Iterable[str]) -> tuple[Step, ...]:
    wanted = set(names)
    if wanted & _DISTURBING:
        wanted.add("nfc")
    return tuple(step for name, step in NORMALISERS.items() if name in wanted)


def _chain(*steps: Step) -> Step | None:
    if len(steps) < 2:  # one step needs no chain
        return steps[0] if steps else None

    def chain(text: str) -> str:
        for step in steps:
            text = step(text)
        return text

    return chain


def taker(names: Iterable[str]) -> Step | None:
    """Return a function from a plain text to what a system will have made of it; None where it stays as it is.

    Escaping is left out: what the system escapes when it stores, reading turns back.
    """
    wanted = {name for name in names if name not in ("html_escape", "nfc")}
    return reader(wanted) if wanted else None


def storable(text: str) -> bool:
    """False for the halves of characters that no JSON text can hold."""
    return text.isascii() or _SURROGATES.search(text) is None
