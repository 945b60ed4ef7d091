"""Comparing a system definition with the system itself: at most three reads, nothing written.

This is what ``ebond check`` asks of each resource: are id, version, stamp and fields where the definition
says, does the filter filter, does the page size hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from ebond.definitions.system import Resource, Since
from ebond.errors import EbondError
from ebond.mapping.path import getter
from ebond.records.resource import Page, ResourceClient, Seen
from ebond.records.since import asked

Level = Literal["ok", "warn", "error"]

_SAMPLE: Final = 5
#: So many rows tell of an order.
_FEWEST: Final = 3
_ORDER: Final = re.compile("sort|order", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was compared."""

    level: Level
    text: str


def probe(client: ResourceClient, resource: Resource, *, extra: Mapping[str, str] | None = None) -> list[Finding]:
    """Compare a resource's definition with a few of its records; whatever cannot be read is a finding too."""
    findings: list[Finding] = []
    try:
        page = _first(client, None, extra)
    except EbondError as error:
        return [Finding("error", f"the list cannot be read: {error}")]
    findings += _of_page(resource, page)
    since = resource.list.since
    if since is not None and page.server_now is not None:
        earliest = asked(since, page.server_now) - _step(resource, since)
        findings.append(_of_filter(client, page.server_now, earliest, extra))
    canary = None
    if resource.canary is not None and resource.read is not None:
        canary, found = _of_canary(client, resource.canary)
        findings.append(found)
    findings += _of_versions(resource, page.rows if resource.list.rows != "ids" else (), canary)
    whole = [seen.record for seen in page.rows] if resource.list.complete else []
    findings += _of_fields(resource, [*whole, *([canary.record] if canary else [])])
    return findings


def _first(client: ResourceClient, since: datetime | None, extra: Mapping[str, str] | None) -> Page:
    return next(client.pages(since, extra, size=_SAMPLE), Page((), (), None, last=True))


def _of_page(resource: Resource, page: Page) -> Iterable[Finding]:
    count = len(page.rows) + len(page.faults)
    for reason in sorted({fault.reason for fault in page.faults}):
        yield Finding("error", f"{len(page.faults)} of {count} rows cannot be read: {reason}")
    if count == 0:
        yield Finding("warn", "the list is empty: nothing to compare the definition with")
    elif page.rows:
        yield Finding("ok", f"{len(page.rows)} rows with an id at {resource.id!r}")
    if page.rows and resource.updated is not None and resource.list.rows != "ids":
        stamped = sum(seen.updated is not None for seen in page.rows)
        level: Level = "ok" if stamped else "error"
        yield Finding(level, f"{stamped} of {len(page.rows)} rows show 'updated' at {resource.updated!r}")
    if resource.list.paging.size_param is not None and count > _SAMPLE:
        yield Finding("warn", f"asked for {_SAMPLE} rows a page and got {count}: the size is not honoured")
    elif resource.list.paging.size_param is not None and count and not page.last:
        yield Finding("ok", "the page size is honoured")
    yield from _of_order(resource, page)
    if page.server_now is None:
        yield Finding("warn", "answers carry no Date: a stamp in the future cannot be told from a real one")


def _of_order(resource: Resource, page: Page) -> Iterable[Finding]:
    """Where the list asks for an order: are stamps or ids in one? Pages of a list without order lose rows."""
    asks = any(_ORDER.search(name) or _ORDER.search(value) for name, value in resource.list.params.items())
    if not asks or len(page.rows) < _FEWEST:
        return
    stamps = [seen.updated for seen in page.rows if seen.updated is not None]
    ids = [(len(seen.id), seen.id) for seen in page.rows]
    if _in_order(stamps) or _in_order(ids):
        yield Finding("ok", "rows come in order")
    else:
        yield Finding("warn", "rows come in no order of stamp or id, though the list asks for one: see its 'params'")


def _in_order(keys: Sequence[Any]) -> bool:
    return len(keys) >= _FEWEST and list(keys) in (sorted(keys), sorted(keys, reverse=True))


def _step(resource: Resource, since: Since) -> timedelta:
    return timedelta(seconds=max(1.0, since.stamp.granularity, resource.updated_stamp.granularity))


def _of_filter(client: ResourceClient, now: datetime, earliest: datetime, extra: Mapping[str, str] | None) -> Finding:
    """Ask for what changed since just now: whatever is older shows a filter that the system ignores."""
    try:
        page = _first(client, now, extra)
    except EbondError as error:
        return Finding("error", f"the since filter is refused: {error}")
    older = [seen for seen in page.rows if seen.updated is not None and seen.updated < earliest]
    if older:
        return Finding("error", f"the since filter is ignored: {len(older)} of {len(page.rows)} rows are older than it")
    if len(page.rows) >= _SAMPLE and (client.resource.updated is None or client.resource.list.rows == "ids"):
        return Finding("warn", "the since filter shows a full page of the last minute: it may be ignored")
    return Finding("ok", f"the since filter is honoured ({len(page.rows)} rows since just now)")


def _of_canary(client: ResourceClient, record_id: str) -> tuple[Seen | None, Finding]:
    try:
        seen = client.read(record_id)
    except EbondError as error:
        return None, Finding("error", f"the canary {record_id} cannot be read: {error}")
    if seen.id != record_id:
        return seen, Finding("warn", f"the canary {record_id} answers as {seen.id}")
    return seen, Finding("ok", f"the canary {record_id} can be read by id")


def _of_versions(resource: Resource, rows: Iterable[Seen], canary: Seen | None) -> Iterable[Finding]:
    if resource.version is None and resource.version_header is None:
        return
    sample = [*rows, *([canary] if canary else [])]
    versions = sum(seen.version is not None for seen in sample)
    if versions:
        yield Finding("ok", f"{versions} of {len(sample)} records show their version")
    elif canary is not None or (sample and resource.version is not None and resource.version_header is None):
        needed = resource.update is not None and resource.update.precondition != "compare"
        yield Finding("error" if needed else "warn", "no record shows a version")


def _of_fields(resource: Resource, records: list[dict[str, Any]]) -> Iterable[Finding]:
    if not records:
        return
    absent = [
        name for name, field in resource.fields.items() if all(getter(field.path)(record) is None for record in records)
    ]
    shown = len(resource.fields) - len(absent)
    yield Finding("ok", f"{shown} of {len(resource.fields)} fields show a value in the sample")
    if absent:
        names = ", ".join(absent)
        yield Finding("warn", f"no value in {len(records)} records for: {names}; compare their paths")
