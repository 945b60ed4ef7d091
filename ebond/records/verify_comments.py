"""Comparing what a definition says of comments with the system itself: a read or two, nothing written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ebond.comments import Shown
from ebond.errors import EbondError
from ebond.mapping.path import getter
from ebond.records.comments import CommentClient
from ebond.records.resource import ResourceClient
from ebond.records.rows import Seen
from ebond.records.verify import Finding

#: Records whose comments are looked at; one for whose comments a call has to be made each.
_SAMPLE: Final = 5


def probe_comments(records: ResourceClient, client: CommentClient) -> Iterator[Finding]:
    """Compare the definition of comments with those of a few records; whatever cannot be read is a finding, too."""
    try:
        shown = list(_shown(records, client))
    except EbondError as error:
        yield Finding("error", f"comments cannot be read: {error}")
        return
    yield from _of(shown, client)


def _shown(records: ResourceClient, client: CommentClient) -> Iterator[Shown]:
    comments = client.comments
    if comments.source == "feed":
        page = next(client.feed(None), None)
        rows = page.rows if page else ()
        yield from (client.reader.shown(seen) for seen in rows if client.reader.parent(seen) is not None)
        return
    for row in _sample(records):
        seen = row if comments.in_list else records.read(row.id)
        if comments.source == "list":
            yield from next(client.pages(seen.id), [])
            return
        value = getter(comments.at or "")(seen.record)
        if comments.source == "in_record":
            yield from client.in_record(value)
        elif ids := client.ids(value):
            one = client.read(seen.id, ids[0])
            yield from [one] if one else []
            return


def _sample(records: ResourceClient) -> Iterable[Seen]:
    page = next(records.pages(None, size=_SAMPLE), None)
    return page.rows[:_SAMPLE] if page else ()


def _of(shown: list[Shown], client: CommentClient) -> Iterator[Finding]:
    comments = client.comments
    if not shown:
        yield Finding("warn", "no comment was found to compare the definition with")
        return
    said = sum(bool(one.body.text) for one in shown)
    path = client.resource.fields[comments.text].path
    yield Finding("ok" if said else "error", f"{said} of {len(shown)} comments have a text at {path!r}")
    for name, found in (
        (comments.author, sum(bool(one.body.author) for one in shown)),
        (comments.made, sum(one.body.made is not None for one in shown)),
    ):
        if name is not None and not found:
            yield Finding("warn", f"no comment shows {name!r} at {client.resource.fields[name].path!r}")
