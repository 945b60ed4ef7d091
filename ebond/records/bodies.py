"""Request bodies: what a create and each style of update sends, from raw values by field name.

A list inside a record can only be replaced whole, in merge patches and plain updates alike (RFC 7396). A
field that lies within one (``/party/0/name``) therefore brings the whole list along, as the record shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from ebond.definitions.system import Resource, ResourceField
from ebond.definitions.writing import Remark
from ebond.errors import ContractError
from ebond.mapping.path import Setter, getter, in_list, setter, split
from ebond.records.patch import json_patch
from ebond.records.place import filled

Record = Mapping[str, Any]

_LEFT_OUT: Final = object()
_EMPTY: Final[Mapping[str, Any]] = {"null": None, "text": "", "list": [], "omit": _LEFT_OUT}


@dataclass(frozen=True, slots=True)
class Slot:
    """A field's place in a body."""

    name: str
    field: ResourceField
    list_at: str | None
    """Pointer of the outermost list that it lies in."""
    place: Setter
    """Puts a value there; compiled once."""

    def put(self, body: dict[str, Any], value: Any) -> None:
        """Write a value at the field's place, in the words that writes use."""
        words = self.field.write_values
        self.place(body, words.get(value, value) if isinstance(value, str) else value)

    def shown(self, record: Record | None) -> Any:
        """Return what a record holds there."""
        return None if record is None else getter(self.field.path)(record)


class Bodies:
    """Builds the bodies of one resource's writes."""

    def __init__(self, resource: Resource) -> None:
        self._resource = resource
        self._slots = {name: _slot(name, field, field.written_at) for name, field in resource.fields.items()}
        self._new = {name: _slot(name, field, field.created_at) for name, field in resource.fields.items()}

    def create(self, values: Record, *, sync_id: str) -> Any:
        """Build the body of a create; empty values are left out, unless the system requires the field."""
        creating = self._resource.create
        body: dict[str, Any] = {}
        constants_in(body, creating.constants if creating else {}, sync_id=sync_id)
        for known, value in self._chosen(values):
            slot = self._new[known.name]
            if slot.field.write == "never" or slot.field.actions or (is_empty(value) and not slot.field.required):
                continue
            _put(slot, body, value)
        by_path = creating is not None and creating.once.kind == "upsert"
        if self._resource.correlation is not None and not by_path:
            self._new[self._resource.correlation].put(body, sync_id)
        return self._wrapped(body)

    def needs_record(self, changes: Record) -> bool:
        """Tell whether an update cannot be built without the record as it is now."""
        style = self._resource.update.style if self._resource.update else None
        if self._remark(changes) is not None:
            return True
        if style == "json_patch":
            return any("[" in slot.field.written_at for slot, _ in self._chosen(changes))
        return style == "put_full" or any(slot.list_at is not None for slot, _ in self._chosen(changes))

    def _remark(self, changes: Record) -> Remark | None:
        """Return what has to be said with changes."""
        remark = self._resource.update.remark if self._resource.update else None
        return remark if remark is not None and not changes.keys().isdisjoint(remark.fields) else None

    def update(
        self,
        record_id: str,
        changes: Record,
        *,
        version: str | None,
        current: Record | None,
        words: Mapping[str, Any] | None = None,
    ) -> Any:
        """Build the body of an update in the resource's style; None where nothing is left to send.

        ``words`` are what remarks may have filled in.

        Raises ContractError for a change that cannot be said in that style.
        """
        updating = self._resource.update
        if updating is None:
            raise ContractError("the contract has no update for this resource")
        chosen = [(slot, value) for slot, value in self._chosen(changes) if slot.field.write == "always"]
        if not chosen:
            raise ContractError(f"none of the fields may be updated: {', '.join(changes) or 'no change'}")
        stamp = None
        if updating.precondition == "body_version":
            stamp = self._version_value(version, current)
        counted = self._resource.id_type == "number" and record_id.isdigit()
        typed_id: Any = int(record_id) if counted else record_id
        if updating.style == "json_patch":
            return self._patched(chosen, current, stamp, typed_id)
        body = self._merged(chosen, current)
        if (remark := self._remark(changes)) is not None:
            _say(remark, body, current, words or {})
        constants_in(body, updating.constants, id=typed_id)
        if stamp is not None and updating.version_at is not None:
            setter(updating.version_at)(body, stamp)
        return self._wrapped(body)

    def _merged(self, chosen: list[tuple[Slot, Any]], current: Record | None) -> dict[str, Any]:
        style = self._resource.update.style if self._resource.update else ""
        whole = style == "put_full"
        body: dict[str, Any] = self._writable(current) if whole else {}
        for slot, value in chosen:
            if not whole:
                _bring_list(slot, body, current)
            if is_empty(value) and slot.field.empty == "omit":
                self._leave_out(slot, body, style)
            elif is_empty(value) and style == "merge_patch" and slot.field.empty == "null":
                slot.put(body, None)
            else:
                _put(slot, body, value)
        return body

    def _leave_out(self, slot: Slot, body: dict[str, Any], style: str) -> None:
        """Empty a field whose system knows no other way than its absence."""
        if style == "merge_patch":
            slot.put(body, None)
        elif style == "put_full":
            _remove(body, split(slot.field.written_at))
        else:
            raise ContractError(
                f"field {slot.name!r} cannot be emptied: the system knows no empty value for it",
                todo="Hold the field, or give 'empty' of the field another form",
            )

    def _writable(self, current: Record | None) -> dict[str, Any]:
        """Copy what a full replacement must repeat: the writable fields as the record shows them."""
        if current is None:
            raise ContractError("a full replacement needs the record as it is", todo="Read the record first")
        body: dict[str, Any] = {}
        for slot in self._slots.values():
            if slot.field.write != "always":
                continue
            if slot.list_at is not None:
                _bring_list(slot, body, current)
            else:
                _put(slot, body, deepcopy(slot.shown(current)))
        return body

    def _patched(
        self, chosen: Iterable[tuple[Slot, Any]], current: Record | None, stamp: Any, typed_id: Any
    ) -> list[dict[str, Any]] | None:
        updating = self._resource.update
        changes = [(slot.field.written_at, _removed_or(slot.field, value)) for slot, value in chosen]
        if updating is not None:
            changes += [(at, filled(value, {"id": typed_id})) for at, value in updating.constants.items()]
        operations = json_patch(changes, current)
        if not operations:
            return None
        at = (updating.version_at if updating else None) or self._resource.version
        if stamp is not None and at is not None:
            operations.insert(0, {"op": "test", "path": at, "value": stamp})
        return operations

    def _version_value(self, version: str | None, current: Record | None) -> Any:
        """Return the version in the JSON type that the system itself gives it."""
        if version is None or version == "":
            raise ContractError("this update needs the version, and none is known", todo="Read the record first")
        pointer = self._resource.version
        shown = getter(pointer)(current) if pointer is not None and current is not None else None
        if shown is not None and str(shown) == version:
            return shown
        counts = self._resource.version_order == "number" and version.isascii() and version.isdigit()
        return int(version) if counts else version

    def _chosen(self, values: Record) -> Iterable[tuple[Slot, Any]]:
        unknown = [name for name in values if name not in self._slots]
        if unknown:
            raise ContractError(f"the resource has no field {unknown[0]!r}")
        return ((self._slots[name], value) for name, value in values.items())

    def _wrapped(self, body: dict[str, Any]) -> dict[str, Any]:
        return body if self._resource.wrap is None else {self._resource.wrap: body}


def is_empty(value: Any) -> bool:
    """Tell whether a raw value stands for 'no value': null, empty text, an empty list."""
    return value is None or value in ("", [])


def _put(slot: Slot, body: dict[str, Any], value: Any) -> None:
    """Write a value, an empty one in the form that the system wants."""
    if is_empty(value):
        value = _EMPTY[slot.field.empty]
    if value is not _LEFT_OUT:
        slot.put(body, [] if value == [] else value)


def _removed_or(field: ResourceField, value: Any) -> Any:
    if not is_empty(value):
        return field.write_values.get(value, value) if isinstance(value, str) else value
    return {"text": "", "list": []}.get(field.empty)


def _slot(name: str, field: ResourceField, at: str) -> Slot:
    parts = at[1:].split("/")
    index = next((i for i, part in enumerate(parts) if in_list(part)), None)
    return Slot(name, field, "/" + "/".join(parts[:index]) if index else None, setter(at))


def _bring_list(slot: Slot, body: dict[str, Any], current: Record | None) -> None:
    if slot.list_at is None or getter(slot.list_at)(body) is not None:
        return
    if current is None:
        raise ContractError(
            f"field {slot.name!r} lies in a list that is only replaced whole", todo="Read the record first"
        )
    shown = getter(slot.list_at)(current)
    if isinstance(shown, list):
        setter(slot.list_at)(body, deepcopy(shown))


def _say(remark: Remark, body: dict[str, Any], current: Record | None, words: Mapping[str, Any]) -> None:
    """Add a remark to its list, which goes along whole."""
    item: dict[str, Any] = {}
    constants_in(item, remark.item, **words)
    standing = getter(remark.at)(body) or (getter(remark.at)(current) if current is not None else None) or []
    setter(remark.at)(body, [*deepcopy(standing), item])


def constants_in(body: dict[str, Any], constants: Mapping[str, Any], **known: Any) -> None:
    """Write constants into a body; a whole text such as ``{id}`` or ``{sync_id}`` stands for the value itself."""
    for pointer, value in constants.items():
        setter(pointer)(body, filled(value, known))


def _remove(body: Any, path: tuple[str, ...]) -> None:
    for part in path[:-1]:
        body = body.get(part) if isinstance(body, dict) else None
    if isinstance(body, dict):
        body.pop(path[-1], None)
