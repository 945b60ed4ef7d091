"""What is wrong with the syntax of a YAML text, in words for people who do not write parsers."""

from __future__ import annotations

import re
from typing import Final

from ruamel.yaml.error import MarkedYAMLError

from ebond.definitions.yaml_nodes import Place
from ebond.errors import Problem

_CLOSE: Final = "close it with '{}'; a value in it that has brackets, braces, commas or ': ' goes in quotes"
#: What the parser's message holds → what is wrong, and what to do.
_SAID: Final = (
    ("'\\t'", "a tab stands where YAML wants blanks", "indent with blanks"),
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "put the value in quotes, or indent the line like its neighbours",
    ),
    ("cannot start any token", "a value cannot begin with this character", "put the value in quotes"),
    ("<stream end>", "the file ends in the middle of a value", "close what is open"),
    ("<document start>", "the document ends in the middle of a value", "close what is open"),
    ("expected the node content", "a value is missing here, or this character is one too many", ""),
    ("expected <block end>", "this line is not indented like its neighbours", "indent it the same"),
    ("',' or ']'", "the list that begins with '[' on line {opened} is not closed before this", _CLOSE.format("]")),
    ("',' or '}'", "the map that begins with '{{' on line {opened} is not closed before this", _CLOSE.format("}")),
    ("unknown escape", "a backslash in double quotes begins an escape, and this is none", "use single quotes"),
    ("incompatible YAML document", "this version of YAML is not read", "leave the %YAML line out"),
)
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Blanks of web pages and word processors where YAML wants its own: in the indentation, or behind a mark.
_HARD_BLANK: Final = re.compile(
    r"""^(?:[ -]*|[ ]*(?:-[ ])*[\w./-]+:|[^#"'\n]*\{[^{}"'\n]*[\w.-]+:)([\xa0\u2007\u202f])""", re.MULTILINE
)


def syntax_problem(error: MarkedYAMLError, file: str, text: str, quoted: tuple[Place, int] | None) -> Problem:
    """Translate what the parser says; ``quoted`` is where the last long quoted text began, and the line of its end."""
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    said = (error.problem or error.context or "it cannot be parsed").partition("\n")[0]
    begin = Place(file, error.context_mark.line + 1, error.context_mark.column + 1) if error.context_mark else place
    if "could not find expected ':'" in said:
        return begin.problem("a ':' and a blank are missing after this key", "write `key: value`")
    if "unexpected end of stream" in said:
        return begin.problem("the quotation mark that stands here is not closed", "close it")
    if quoted is not None and quoted[1] == place.line:
        return quoted[0].problem(
            f"the quotation mark that stands here is closed on line {place.line} only, and more follows there",
            "close it where the text ends",
        )
    if "expected <block end>" in said and _follows_something(text, place):
        return place.problem(
            "something follows the end of the value",
            "remove it, or put the whole value in quotes; a single quote in it is written ''",
        )
    for words, message, todo in _SAID:
        if words in said:
            return place.problem(message.format(opened=begin.line), todo)
    return place.problem(f"this is no YAML: {said}")


def _follows_something(text: str, place: Place) -> bool:
    line = text.splitlines()[place.line - 1] if place.line <= len(text.splitlines()) else ""
    return line[: place.column - 1].strip() not in ("", "-")


def unprintable(text: str, file: str) -> Problem | None:
    """Point at the first character that no YAML file may hold."""
    found, message = _UNPRINTABLE.search(text), "an unprintable character stands here: U+{:04X}"
    todo = "remove it"
    if found is None:
        found, message, todo = _HARD_BLANK.search(text), "a no-break space stands here: U+{:04X}", "write a plain blank"
    if found is None:
        return None
    before = text[: found.start(found.re.groups)]
    place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return place.problem(message.format(ord(found[found.re.groups])), todo)
