"""ServiceNow's encoded queries: ``state=1^sys_updated_on>=2026-11-24 12:00:00^ORDERBYsys_id``. Pure.

What cannot be understood is left out without a word, and the rest is done: that is what the system does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Final

Row = Mapping[str, str]
Test = Callable[[str, str], bool]

_OPERATORS: Final[dict[str, Test]] = {
    "ISNOTEMPTY": lambda held, _: held != "",
    "ISEMPTY": lambda held, _: held == "",
    "STARTSWITH": lambda held, value: held.startswith(value),
    "NOT IN": lambda held, value: held not in value.split(","),
    "LIKE": lambda held, value: value.lower() in held.lower(),
    "IN": lambda held, value: held in value.split(","),
    "!=": lambda held, value: held != value,
    ">=": lambda held, value: held >= value,
    "<=": lambda held, value: held <= value,
    ">": lambda held, value: held > value,
    "<": lambda held, value: held < value,
    "=": lambda held, value: held == value,
}
_OPERATOR: Final = "|".join(re.escape(one) for one in _OPERATORS)
_TERM: Final = re.compile(rf"([a-z0-9_.]+)({_OPERATOR})(.*)", re.DOTALL)
_SPLIT: Final = re.compile(r"(?<!\^)\^(?!\^)")


class EncodedQuery:
    """One query against a table's columns."""

    def __init__(self, text: str, columns: Collection[str]) -> None:
        self._all: list[list[tuple[str, Test, str]]] = []
        self._orders: list[tuple[str, bool]] = []
        self.ignored: list[str] = []
        """The parts that mean nothing to the table."""
        for part in (one.replace("^^", "^") for one in _SPLIT.split(text) if one):
            self._take(part, columns)

    def _take(self, part: str, columns: Collection[str]) -> None:
        if part.startswith("ORDERBY"):
            down = part.startswith("ORDERBYDESC")
            column = part.removeprefix("ORDERBYDESC" if down else "ORDERBY")
            if column in columns:
                self._orders.append((column, down))
            else:
                self.ignored.append(part)
            return
        other = part.startswith("OR")
        match = _TERM.fullmatch(part[2:] if other else part)
        if match is None or match[1] not in columns:
            self.ignored.append(part)
            return
        term = (match[1], _OPERATORS[match[2]], match[3])
        if other and self._all:
            self._all[-1].append(term)
        else:
            self._all.append([term])

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """Return the rows that the query finds, in its order."""
        found = [row for row in rows if all(_any(row, terms) for terms in self._all)]
        for column, down in reversed(self._orders):
            found.sort(key=lambda row: row.get(column, ""), reverse=down)
        return found


def _any(row: Row, terms: list[tuple[str, Test, str]]) -> bool:
    return any(test(row.get(column, ""), value) for column, test, value in terms)
