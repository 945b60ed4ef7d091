"""What is said of bad definitions, word by word: the tables under ``bad/``.

A case is a title ``== file: what is wrong``, an edit of whole lines of the good folder (``-`` out, ``+`` in, blank for
context), and the problems as printed, each after ``>``. A case of lines to add only is a file of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TABLES = Path(__file__).parent / "bad"
THEMES = (
    "gateways",
    "systems",
    "shapes",
    "comments",
    "attachments",
    "mappings",
    "lookups",
    "bonds",
    "references",
    "yaml",
)


def cases(theme: str) -> Iterator[object]:
    """Yield the cases of a table: file, lines before and after, problems."""
    for part in (TABLES / f"{theme}.txt").read_text(encoding="utf-8").split("== ")[1:]:
        title, *lines = part.rstrip("\n").split("\n")
        file, _, name = title.partition(": ")
        problems = [line[2:] for line in lines if line.startswith("> ")]
        yield pytest.param(file, text(lines, " -"), text(lines, " +"), problems, id=f"{theme}: {name}")


def text(lines: list[str], kinds: str) -> str:
    return "".join(f"{line[1:]}\n" for line in lines if line and line[0] in kinds)


@pytest.mark.parametrize(("file", "old", "new", "problems"), [case for theme in THEMES for case in cases(theme)])
def test_bad_definitions_bring_exactly_these_problems(
    edited: Callable[..., list[str]], file: str, old: str, new: str, problems: list[str]
) -> None:
    """Each edit brings these problems and no others, in order of file and line, each with place and way out."""
    assert (edited(file, old, new) if old else edited(**{file: new})) == problems


def test_the_good_folder_is_good(edited: Callable[..., list[str]]) -> None:
    """The folder that all cases edit has no problem of its own."""
    assert edited() == []
