"""Every edge case of the list that this version can meet has a test that names it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
#: Docstrings of tests begin with the numbers of the cases that they prove: ``12, 20: an older page …``.
NUMBERS = re.compile(r"^(\d{1,3}(?:, \d{1,3})*): ")
IN_SCOPE = {*range(1, 103)}
LATER = {
    91: "no contract sends several records in one call yet",
    92: "a job behind a 202 is not polled: the record is looked up instead (26)",
}


def named() -> Iterator[int]:
    for path in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found = NUMBERS.match(ast.get_docstring(node) or "")
                yield from map(int, found[1].split(", ")) if found else ()


def test_each_case_is_proved_or_belongs_to_a_later_part():
    """No number is forgotten, and none that is said to come later is proved already."""
    proved = IN_SCOPE & set(named())
    assert sorted(proved | LATER.keys()) == sorted(IN_SCOPE)
    assert proved.isdisjoint(LATER)
