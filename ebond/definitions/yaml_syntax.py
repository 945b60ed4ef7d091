"""What is wrong with the syntax of a YAML text, in words for people who do not write parsers."""

from __future__ import annotations

import re
from typing import Final

from ruamel.yaml.error import MarkedYAMLError

from ebond.definitions.yaml_nodes import Place
from ebond.errors import Problem

#: What the parser's message holds → what is wrong, and what to do.
_SAID: Final = (
    ("'\\t'", "a tab stands where YAML wants blanks", "indent with blanks"),
    (
        "mapping values are not allowed",
        "a ':' stands where no key can be",
        "put the value in quotes, or indent the line like its neighbours",
    ),
    ("cannot start any token", "a value cannot begin with this character", "put the value in quotes"),
    ("unexpected end of stream", "a quotation mark is not closed", "close it"),
    ("could not find expected ':'", "a ':' is missing after this key", "write `key: value`"),
    ("expected <block end>", "this line is not indented like its neighbours", "indent it the same"),
    ("',' or ']'", "the list that begins with '[' is not closed before this", "close it with ']'"),
    ("',' or '}'", "the map that begins with '{' is not closed before this", "close it with '}'"),
    ("<stream end>", "the file ends in the middle of a value", "close what is open"),
    ("unknown escape", "a backslash in double quotes begins an escape, and this is none", "use single quotes"),
    ("incompatible YAML document", "this version of YAML is not read", "leave the %YAML line out"),
)
_UNPRINTABLE: Final = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def syntax_problem(error: MarkedYAMLError, file: str) -> Problem:
    """Translate what the parser says."""
    mark = error.problem_mark or error.context_mark
    place = Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
    said = (error.problem or error.context or "it cannot be parsed").partition("\n")[0]
    for words, message, todo in _SAID:
        if words in said:
            return place.problem(message, todo)
    return place.problem(f"this is no YAML: {said}")


def unprintable(text: str, file: str) -> Problem | None:
    """Point at the first character that no YAML file may hold."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    place = Place(file, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return place.problem(f"an unprintable character stands here: U+{ord(found[0]):04X}", "remove it")
