"""Reading what a link's sides show of their files, and their contents where nothing else tells them apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from ebond.attachments import FILES, File, FileState, ShownFile
from ebond.definitions.attachments import FileRule, FilesWay
from ebond.errors import AnswerError, Refused, TooLarge
from ebond.gateway.stream import Spool
from ebond.records.attachments import FileClient
from ebond.state import LinkState, RecordState, Side
from ebond.store import FILE_TABLE, Known
from ebond.sync.attachments.marked import is_read_apart
from ebond.sync.attachments.sorting import Case, sort_out, untold
from ebond.sync.children.batches import Batch, by_id, shows_none
from ebond.sync.children.collect import ChildCollector
from ebond.sync.children.found import Found
from ebond.sync.context import BondContext, RunContext


def files_way(rule: FileRule, side: Side) -> FilesWay:
    """Return what becomes of one side's files on the other."""
    return rule.to_right if side is Side.LEFT else rule.to_left


class FileCollector(ChildCollector[FileState, ShownFile]):
    """Collects the files of links for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext, rule: FileRule) -> None:
        super().__init__(bond, run, FILE_TABLE, shown_by=FILES)
        self.rule = rule

    def _client(self, side: Side) -> FileClient:
        client = self.bond.side(side).files
        assert client is not None, "checked with the definitions"
        return client

    def _found(
        self, link: LinkState, side: Side, known: Known[FileState], batch: Batch[ShownFile], *, doubt_over: bool
    ) -> Found[FileState]:
        case = Case(
            side=side,
            record_id=link.side(side).id,
            shown=batch.shown,
            known=known.all,
            rule=self.rule,
            way=files_way(self.rule, side),
            whole=batch.whole,
            first=known.read[side] is None,
            doubt_over=doubt_over,
            marked=bool(self._client(side).files.own),
        )
        return sort_out(self._read_where_nothing_tells(link, case))

    def _batches(self, side: Side, record: RecordState, known: Known[FileState]) -> Iterator[Batch[ShownFile]]:
        client, doubtful = self._client(side), bool(self._doubtful(known, side))
        files = client.files
        # What was seen last may be older than what we sent.
        apart = is_read_apart(files) or (doubtful and client.reads_records and files.source != "list")
        value = client.list_of(record.id) if apart else record.view.get(FILES)
        match files.source:
            case "in_record":
                yield Batch(client.in_record(value), last=True, whole=True)
            case "ids":
                yield from by_id(client.ids(value), known.of(side), read=partial(client.read, record.id), there=_there)
            case "list":
                none = not doubtful and shows_none(files.at, value)
                yield Batch([] if none else client.listed(record.id), last=True, whole=True)

    # -- contents -----------------------------------------------------------------------------------------

    def _read_where_nothing_tells(self, link: LinkState, case: Case) -> Case:
        """Read the contents of files that may be one of ours, or a twin, where neither size nor digest is shown."""
        read: dict[str, ShownFile] = {}
        others: dict[str, FileState] = {}
        for one, other in list(untold(case)):
            if one.id not in read:
                read[one.id] = replace(one, read=self._content(link, case.side, one.id, one.file))
            if other.copy is None and other.id not in others:
                content = self._content(link, case.side.other, other.id, other.file)
                others[other.id] = replace(other, copy=content)
        if not read:
            return case
        known = [others.get(one.id, one) if one.side is not case.side else one for one in case.known]
        return replace(case, shown=[read.get(one.id, one) for one in case.shown], known=known)

    def _content(self, link: LinkState, side: Side, file_id: str, file: File) -> File:
        """Return a file with the size and digest of its content; as it is where that cannot be had."""
        client = self._client(side)
        try:
            with Spool(limit=client.files.max, media_type=file.type, algorithms=(client.files.algorithm,)) as spool:
                client.download(link.side(side).id, file_id, file, spool)
                return replace(file, size=spool.size, digest=spool.digest())
        except (Refused, AnswerError, TooLarge):
            return file


def _there(file_id: str) -> ShownFile:
    return ShownFile(file_id, File(""), only_there=True)


def in_detail(one: FileState, **more: Any) -> Mapping[str, Any]:
    """Return what the journal says of a file."""
    return {"file": one.about or one.id, "name": one.file.name, **more}
