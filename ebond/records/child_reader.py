"""Reading what a system shows of a child, a comment or the record of a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ebond.definitions.attachments import Attachments
from ebond.definitions.comments import Comments
from ebond.definitions.system import Resource
from ebond.errors import ValueParked
from ebond.mapping.canonical import text_of
from ebond.mapping.side import SideView
from ebond.records.marks import compile_marks
from ebond.records.rows import Seen


class ChildReader:
    """Reads what children of all kinds have: texts, and whether they are internal, or our own."""

    def __init__(self, part: Comments | Attachments, resource: Resource, names: Iterable[str | None]) -> None:
        self.view = SideView(resource, [name for name in names if name is not None])
        self._internal = compile_marks(part.internal)
        self._own = compile_marks(part.own)

    def is_internal(self, seen: Seen) -> bool:
        """May only that side's own people see it?"""
        return self._internal is not None and self._internal(seen.record)

    def is_own(self, seen: Seen) -> bool:
        """Did our own account make it?"""
        return self._own is not None and self._own(seen.record)

    def text(self, name: str | None, raw: Mapping[str, Any]) -> str:
        """Return the text of a field; empty where there is none."""
        try:
            return text_of(self.view.canon(name, raw[name])) if name is not None else ""
        except ValueParked:
            # Whatever it is, it is no text; to lose the others for it would be worse.
            return ""
