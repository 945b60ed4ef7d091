"""Is a resource's contract whole? What one key promises, another must give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from ebond.definitions.nearest import nearest
from ebond.definitions.system import Paging, Resource, StampFormat, System
from ebond.definitions.yaml_source import Document, Path_
from ebond.errors import Problem

#: What each kind of paging cannot do without.
_PAGING_NEEDS: Final = {
    "single": (),
    "offset": ("param",),
    "page": ("param",),
    "cursor": ("param", "cursor"),
    "header_token": ("param", "header"),
    "link": (),
    "next_url": ("cursor",),
    "header_url": ("header",),
}


def check_resource(system: System, name: str, resource: Resource, document: Document) -> Iterator[Problem]:
    """Yield what is wrong with one resource."""
    check = _Check(system, resource, document, ("resources", name))
    yield from check.problems()


class _Check:
    def __init__(self, system: System, resource: Resource, document: Document, path: Path_) -> None:
        self.system, self.resource, self.document, self.path = system, resource, document, path

    def problems(self) -> Iterator[Problem]:
        yield from self._stamps()
        yield from self._paging(self.resource.list.paging)
        yield from self._listing()
        yield from self._writes()
        yield from self._correlation()
        yield from self._verbs()

    def _fault(self, message: str, *path: str | int, todo: str = "") -> Problem:
        return self.document.at((*self.path, *path)).problem(message, todo)

    def _stamps(self) -> Iterator[Problem]:
        yield from self._stamp(self.resource.updated_stamp, "updated_stamp")
        if self.resource.list.since is not None:
            yield from self._stamp(self.resource.list.since.stamp, "list", "since", "stamp")
        for name, field in self.resource.fields.items():
            yield from self._stamp(field.stamp, "fields", name, "stamp")

    def _stamp(self, form: StampFormat, *path: str) -> Iterator[Problem]:
        try:
            ZoneInfo(form.zone)
        except Exception:  # zoneinfo raises several kinds for bad names
            yield self._fault(
                f"there is no time zone {form.zone!r}", *path, "zone", todo="use an IANA name: Europe/Paris"
            )
        if form.format != "pattern":
            return
        if form.pattern is None:
            yield self._fault("'format: pattern' needs 'pattern'", *path)
            return
        moment = datetime(2026, 11, 24, 13, 5, 9, tzinfo=UTC)
        try:
            datetime.strptime(moment.strftime(form.pattern), form.pattern)  # noqa: DTZ007  # only tried
        except ValueError as error:
            yield self._fault(f"{form.pattern!r} is no pattern of a date: {error}", *path, "pattern")

    def _paging(self, paging: Paging) -> Iterator[Problem]:
        for key in _PAGING_NEEDS[paging.kind]:
            if getattr(paging, key) is None:
                yield self._fault(f"paging by {paging.kind!r} needs {key!r}", "list", "paging")

    def _listing(self) -> Iterator[Problem]:
        resource = self.resource
        if resource.list.since is not None and resource.updated is None:
            yield self._fault(
                "'since' needs 'updated': without it nobody knows how far the feed was read", "list", "since"
            )
        if resource.list.since is not None and not any(
            "{since}" in text for text in resource.list.since.params.values()
        ):
            yield self._fault("no parameter holds {since}", "list", "since", "params")
        if not resource.list.complete and resource.read is None:
            yield self._fault("a list of stubs needs 'read'", "list", "complete")
        for key in ("read", "update"):
            part = getattr(resource, key)
            if part is not None and "{id}" not in part.path and key == "read":
                yield self._fault("the path has no {id}", key, "path")

    def _writes(self) -> Iterator[Problem]:
        update, create = self.resource.update, self.resource.create
        versioned = self.resource.version is not None or self.resource.version_header is not None
        if update is not None and update.precondition != "compare" and not versioned:
            yield self._fault(f"precondition {update.precondition!r} needs 'version' or 'version_header'", "update")
        if update is not None and update.precondition == "body_version" and update.version_at is None:
            yield self._fault("precondition 'body_version' needs 'version_at'", "update")
        if update is not None and self.resource.read is None:
            yield self._fault("'update' needs 'read': a lost race is planned anew from a fresh read", "update")
        if create is None:
            return
        if create.once.kind == "one_time_url" and create.once.url_path is None:
            yield self._fault("once by 'one_time_url' needs 'url_path'", "create", "once")
        if create.once.kind == "client_id" and "{sync_id}" not in create.path:
            yield self._fault("once by 'client_id' needs {sync_id} in the path", "create", "path")

    def _correlation(self) -> Iterator[Problem]:
        name, fields = self.resource.correlation, self.resource.fields
        if name is not None and name not in fields:
            yield self._fault(
                f"there is no field {name!r} to carry the correlation",
                "correlation",
                todo=nearest(name, fields),
            )
        if self.resource.lookup is not None and name is None:
            yield self._fault("'lookup' needs 'correlation': the field that carries our id", "lookup")

    def _verbs(self) -> Iterator[Problem]:
        resource = self.resource
        wanted = {"list": resource.list.method}
        wanted |= {key: part.method for key in ("create", "update") if (part := getattr(resource, key)) is not None}
        for key, verb in wanted.items():
            if verb not in self.system.verbs:
                allowed = ", ".join(self.system.verbs)
                yield self._fault(f"the contract does not allow {verb}", key, todo=f"it allows {allowed}")
