"""Comparing what a definition says of look-ups with the system itself: a few reads, nothing written.

A record of the list is looked up by its own key: it has to be found, alone, and with what the mapping wants of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ebond.definitions.lookups import LookupSide
from ebond.errors import EbondError
from ebond.records.lookups import LookupClient, Question
from ebond.records.resource import ResourceClient
from ebond.records.rows import Seen
from ebond.records.verify import Finding

_SAMPLE: Final = 5


def probe_lookup(client: LookupClient, own: LookupSide, *, fold: bool) -> Iterator[Finding]:
    """Look a record up as a mapping does; whatever cannot be read is a finding, too."""
    try:
        yield from _probed(client, own, fold=fold)
    except EbondError as error:
        yield Finding("error", f"nobody can be looked up: {error}")


def _probed(client: LookupClient, own: LookupSide, *, fold: bool) -> Iterator[Finding]:
    if not client.resource.is_listed:
        yield Finding("warn", f"there is no list to take somebody from and look up by {own.by!r}")
        return
    rows = client.whole() if client.resource.small else _sample(client)
    if client.resource.small:
        yield Finding("ok", f"the whole list is read: {len(rows)} records")
    known = [row for row in rows if client.shown(row, own.by) is not None]
    if not known:
        yield Finding("error" if rows else "warn", f"none of {len(rows)} records shows {own.by!r}")
        return
    yield _found(client, own, known[0], fold=fold)
    if own.gives is not None and client.shown(known[0], own.gives) is None:
        yield Finding("error", f"a record shows no {own.gives!r} at {client.resource.fields[own.gives].path!r}")
    if own.gives is None and client.resource.read is not None and not client.resource.small:
        yield _read(client, own, known[0])


def _sample(client: LookupClient) -> list[Seen]:
    listed = ResourceClient(client.sender, client.resource, name=client.name)
    page = next(listed.pages(None, size=_SAMPLE), None)
    return list(page.rows[:_SAMPLE]) if page else []


def _found(client: LookupClient, own: LookupSide, sample: Seen, *, fold: bool) -> Finding:
    if not client.resource.small and own.by not in client.resource.search:
        return Finding("ok", f"{own.by!r} is shown; nothing is searched by it")
    question = Question(client.name, own.by, client.shown(sample, own.by) or "", own.gives, fold=fold)
    found = client.rows(question)
    if sample.id not in {row.id for row in found}:
        return Finding("error", f"a record is not found by its own {own.by!r}: see 'search' of the resource")
    if len(found) > 1:
        return Finding("warn", f"{len(found)} records have one {own.by!r}: which of them is meant, nobody could tell")
    return Finding("ok", f"a record is found by its {own.by!r}")


def _read(client: LookupClient, own: LookupSide, sample: Seen) -> Finding:
    rows = client.rows(Question(client.name, None, sample.id, own.by))
    shown = client.shown(rows[0], own.by) if rows else None
    if shown is None:
        return Finding("error", f"a read by id shows no {own.by!r}")
    return Finding("ok", f"a read by id shows its {own.by!r}")
