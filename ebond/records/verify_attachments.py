"""Comparing what a definition says of files with the system itself: a read or two, nothing downloaded or written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ebond.attachments import ShownFile
from ebond.errors import EbondError
from ebond.mapping.path import getter
from ebond.records.attachments import FileClient
from ebond.records.resource import ResourceClient
from ebond.records.verify import Finding

#: Records whose files are looked at, until one has some.
_SAMPLE: Final = 5


def probe_files(records: ResourceClient, client: FileClient) -> Iterator[Finding]:
    """Compare the definition of attachments with those of a few records; what cannot be read is a finding, too."""
    try:
        shown = _shown(records, client)
    except EbondError as error:
        yield Finding("error", f"attachments cannot be read: {error}")
        return
    if not shown:
        yield Finding("warn", "no attachment was found to compare the definition with")
        return
    fields = client.resource.fields
    named = [one for one in shown if one.file.name != f"file {one.id}"]
    path = fields[client.files.name].path
    yield Finding("ok" if named else "error", f"{len(named)} of {len(shown)} attachments have a name at {path!r}")
    for name, known in (
        (client.files.size, [one for one in shown if one.file.size is not None]),
        (client.files.type, [one for one in shown if one.file.type]),
        (client.files.digest, [one for one in shown if one.file.digest]),
        (client.files.content.url, [one for one in shown if one.file.url]),
    ):
        if name is not None and not known:
            yield Finding("warn", f"no attachment shows {name!r} at {fields[name].path!r}")


def _shown(records: ResourceClient, client: FileClient) -> list[ShownFile]:
    """Return the files of the first records that have some."""
    files = client.files
    page = next(records.pages(None, size=_SAMPLE), None)
    for seen in page.rows[:_SAMPLE] if page else ():
        value = getter(files.at or "")(seen.record) if files.in_list else client.list_of(seen.id)
        match files.source:
            case "list":
                shown = client.listed(seen.id)
            case "in_record":
                shown = client.in_record(value)
            case "ids":
                first = client.ids(value)[:1]
                shown = [one for file_id in first if (one := client.read(seen.id, file_id)) is not None]
        if shown:
            return shown
    return []
