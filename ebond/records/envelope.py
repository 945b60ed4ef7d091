"""Where the records lie in an answer; what is no list of records is an error, never 'empty'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ebond.errors import AnswerError
from ebond.gateway.wire import Answer
from ebond.mapping.path import getter

_ERROR_KEYS = ("error", "errors")


class Envelope:
    """The place of the records in the answers to one operation."""

    def __init__(self, pointer: str, *, name: str) -> None:
        self._pointer = pointer
        self._get: Callable[[Any], Any] = getter(pointer)
        self._name = name
        self._key = pointer[1:].partition("/")[0]

    def rows(self, answer: Answer, body: Any) -> list[Any]:
        """Return the rows of a list; raises AnswerError for none, and for an error beside it."""
        rows = self._get(body)
        if not isinstance(rows, list):
            raise self._unreadable(answer, f"no list at {self._pointer!r} but {shape(rows)}", body)
        if isinstance(body, dict) and any(body.get(key) for key in _ERROR_KEYS if key != self._key):
            # ServiceNow answers 200 with a part of the rows and an error when it cancels a long query.
            raise self._unreadable(answer, "the list comes with an error beside it", body)
        return rows

    def record(self, answer: Answer, body: Any) -> dict[str, Any]:
        """Return the one record of an answer; raises AnswerError where there is none."""
        record = self._get(body)
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
