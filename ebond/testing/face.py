"""How a fake system's records look on the wire: the other side of a ``Resource`` definition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ebond.definitions.system import Resource
from ebond.testing.fake_system import FakeSystem
from ebond.testing.manners import Manners
from ebond.testing.pointers import ABSENT, look, parts, put
from ebond.testing.revision import Refusal, Revision
from ebond.testing.stamping import shown


class Face:
    """Turns revisions into JSON and bodies of writes into values, by the resource's definition."""

    def __init__(self, system: FakeSystem, resource: Resource, manners: Manners) -> None:
        self.system = system
        self.resource = resource
        self.manners = manners
        heads = {
            parts(path)[0]
            for field in resource.fields.values()
            for path in (field.path, field.written_at, field.created_at)
        }
        known = (resource.id, resource.version, resource.updated)
        heads |= {parts(pointer)[0] for pointer in known if pointer}
        for writing in (resource.create, resource.update):
            heads |= {parts(pointer)[0] for pointer in writing.constants} if writing else set()
        if resource.update and resource.update.version_at:
            heads.add(parts(resource.update.version_at)[0])
        self._heads = heads

    def version(self, revision: Revision) -> str | None:
        """Return the version in its plain spelling, or None where the system has none."""
        if self.system.habits.version == "stamp":
            return str(shown(revision.updated, self.resource.updated_stamp))
        return self.system.version(revision)

    def header_version(self, revision: Revision) -> str | None:
        """Return the version as a header spells it."""
        version = self.version(revision)
        if version is None:
            return None
        return {"plain": f'"{version}"', "weak": f'W/"{version}"', "gzip": f'"{version}-gzip"'}[self.system.habits.etag]

    def row(self, revision: Revision, *, stub: bool = False) -> dict[str, Any]:
        """Return the record as JSON; a stub holds what identifies it and no fields."""
        resource = self.resource
        row: dict[str, Any] = {}
        put(row, resource.id, int(revision.id) if resource.id_type == "number" else revision.id)
        if resource.number:
            put(row, resource.number, f"{self.manners.number_prefix}{revision.id}")
        if resource.version:
            put(row, resource.version, self._version_value(revision))
        if resource.updated:
            put(row, resource.updated, shown(revision.updated, resource.updated_stamp))
        if not stub:
            self._fill(row, revision.values)
        return row

    def _version_value(self, revision: Revision) -> str | int | None:
        version = self.version(revision)
        as_number = self.resource.version_order == "number" and not self.manners.all_text
        return int(version) if version is not None and as_number else version

    def _fill(self, row: dict[str, Any], values: Mapping[str, Any]) -> None:
        for name, field in self.resource.fields.items():
            value = values.get(name)
            if value is not None:
                put(row, field.path, value)
            elif look(row, field.path) is ABSENT and self.manners.empties != "omit":
                put(row, field.path, None if self.manners.empties == "null" else "")

    def tombstone(self, revision: Revision, marks: Mapping[str, Any]) -> dict[str, Any]:
        """Return what stands for a deleted record."""
        row = self.row(revision, stub=True)
        for pointer, mark in marks.items():
            put(row, pointer, mark)
        return row

    def body(self, document: Any) -> Any:
        """Take the wrapping off a write's body. Raises Refusal (400) where it is no object."""
        inner, wrap = document, self.resource.wrap
        if wrap and isinstance(document, dict):
            inner = document.get(wrap)
        if not isinstance(inner, dict):
            raise Refusal(400, "bad_body", "the body is no object")
        return inner

    def values(self, body: Mapping[str, Any], *, new: bool = False) -> dict[str, Any]:
        """Return the fields that a body names, a create's where ``new``. Raises Refusal (400) for unknown keys."""
        if self.manners.unknown_fields == "refused":
            unknown = body.keys() - self._heads
            if unknown:
                raise Refusal(400, "unknown_field", f"unknown: {', '.join(sorted(unknown))}")
        found = {
            name: look(body, field.created_at if new else field.written_at)
            for name, field in self.resource.fields.items()
        }
        return {name: self._meant(name, value) for name, value in found.items() if value is not ABSENT}

    def _meant(self, name: str, value: Any) -> Any:
        """Translate a value from the words of writes to those of reads."""
        words = self.resource.fields[name].write_values
        return next((read for read, written in words.items() if written == value), value)

    def patched(self, operations: Any, revision: Revision) -> dict[str, Any]:
        """Return the fields that a JSON Patch changes. Raises Refusal (400/409) for what it can't do."""
        if not isinstance(operations, list):
            raise Refusal(400, "bad_patch", "a JSON patch is a list")
        document, names = self.row(revision), {f.written_at: n for n, f in self.resource.fields.items()}
        constants = self.resource.update.constants if self.resource.update else {}
        changes: dict[str, Any] = {}
        for operation in operations:
            path = operation.get("path", "")
            if operation.get("op") == "test":
                if look(document, path) != operation.get("value"):
                    raise Refusal(409, "test_failed", f"{path} holds another value")
            elif path in constants:
                continue
            elif path not in names:
                raise Refusal(400, "bad_path", f"no such path: {path}")
            else:
                changes[names[path]] = None if operation["op"] == "remove" else operation.get("value")
        return changes
