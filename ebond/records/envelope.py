"""Where the records lie in an answer; what is no list of records is an error, never 'empty'."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ebond.errors import AnswerError
from ebond.gateway.wire import Answer
from ebond.mapping.path import getter, setter

_ERROR_KEYS = ("error", "errors")


class Envelope:
    """The place of the records in the answers to one operation."""

    def __init__(
        self,
        pointer: str,
        *,
        name: str,
        kind: str = "records",
        absent: bool = False,
        id_at: str = "/id",
        moves: Mapping[str, str] | None = None,
    ) -> None:
        """``kind`` is that of the rows (``records``, ``map``, ``ids``); ``absent``: an answer without a list has none.

        ``id_at`` is where a bare id is put, so that it looks like a record of which nothing else is known; ``moves``
        says for rows of another form where they have what a record has elsewhere.
        """
        self._pointer = pointer
        self._get: Callable[[Any], Any] = getter(pointer)
        self._name = name
        self._moves = [(getter(shown), setter(kept)) for shown, kept in (moves or {}).items()]
        self._kind, self._absent, self._put_id = kind, absent, setter(id_at)
        self._key = pointer[1:].partition("/")[0]

    def rows(self, answer: Answer, body: Any) -> list[Any]:
        """Return the rows of a list; raises AnswerError for none, and for an error beside it."""
        rows = self._get(body)
        if rows is None and self._absent and (body is None or isinstance(body, dict)):
            rows = []
        elif self._kind == "map" and isinstance(rows, dict):
            rows = list(rows.values())
        if not isinstance(rows, list):
            raise self._unreadable(answer, f"no list at {self._pointer!r} but {shape(rows)}", body)
        if isinstance(body, dict) and any(body.get(key) for key in _ERROR_KEYS if key != self._key):
            # ServiceNow answers 200 with a part of the rows and an error when it cancels a long query.
            raise self._unreadable(answer, "the list comes with an error beside it", body)
        if self._moves:
            return [self._moved(row) for row in rows]
        return [self._stub(row) for row in rows] if self._kind == "ids" else rows

    def lacks(self, body: Any) -> bool:
        """Is there nothing at all where the record should be?"""
        return self._get(body) is None and (body is None or isinstance(body, dict))

    def _moved(self, row: Any) -> Any:
        if not isinstance(row, dict):
            return row
        stub: dict[str, Any] = {}
        for get, put in self._moves:
            put(stub, get(row))
        return stub

    def _stub(self, row: Any) -> Any:
        if isinstance(row, dict):
            return row
        stub: dict[str, Any] = {}
        self._put_id(stub, row)
        return stub

    def record(self, answer: Answer, body: Any) -> dict[str, Any]:
        """Return the one record of an answer; raises AnswerError where there is none."""
        record = self._get(body)
        if self._kind == "map" and isinstance(record, dict) and len(record) == 1:
            record = next(iter(record.values()))
        if not isinstance(record, dict):
            raise self._unreadable(answer, f"no record at {self._pointer!r} but {shape(record)}", body)
        return record

    def _unreadable(self, answer: Answer, what: str, body: Any) -> AnswerError:
        return AnswerError(
            f"{self._name}: {what}; the answer is {shape(body)}",
            where=f"request {answer.request_id}",
            todo="Compare the system definition's pointer with a real answer",
        )


def shape(value: Any) -> str:
    """Describe a JSON value by its kind and the names in it, without the values."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        names = ", ".join(str(key)[:30] for key in list(value)[:8])
        return f"an object with {names or 'nothing in it'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return f"a {type(value).__name__}"
