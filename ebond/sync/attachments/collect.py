"""Reading what a link's sides show of their files, where something shows that they moved, and storing what follows.

What is to be carried is stored before the link's fields are settled, so a crash in between leaves the link dirty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ebond.attachments import FILES, File, FileState, ShownFile
from ebond.comments import IN_DOUBT, Carriage
from ebond.definitions.attachments import FileRule, FilesWay
from ebond.errors import AnswerError, Refused, TooLarge
from ebond.gateway.stream import Spool
from ebond.mapping.frozen import fingerprint
from ebond.records.attachments import FileClient
from ebond.state import Entry, LinkState, RecordState, Side
from ebond.store import Files
from ebond.sync.attachments.marked import is_read_apart
from ebond.sync.attachments.sorting import Case, Sorted, sort_out, untold
from ebond.sync.context import BondContext, RunContext

#: Files whose records are read by id before what they say is stored.
BATCH: Final = 50


def files_way(rule: FileRule, side: Side) -> FilesWay:
    """Return what becomes of one side's files on the other."""
    return rule.to_right if side is Side.LEFT else rule.to_left


@dataclass(frozen=True, slots=True)
class _Batch:
    shown: Sequence[ShownFile]
    last: bool
    whole: bool


class FileCollector:
    """Collects the files of links for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext, rule: FileRule) -> None:
        self.bond, self.run, self.rule = bond, run, rule

    def collect(self, link: LinkState) -> None:
        """Bring what is known of a link's files up to date; the link stays dirty while any is to be carried.

        Raises what reading their records raises; what was read until then is stored.
        """
        files = self._files(link)
        for side in Side:
            record, client = link.side(side), self._client(side)
            mark = fingerprint(record.view.get(FILES), size=8).hex()
            if mark == files.read[side] and not _doubtful(files, side):
                continue
            for batch in self._batches(client, record, files, side):
                self._sort(link, side, files, batch, mark)
                files = self._files(link)

    def _files(self, link: LinkState) -> Files:
        return self.bond.store.files(self.bond.name, link.id)

    def _client(self, side: Side) -> FileClient:
        client = self.bond.side(side).files
        assert client is not None, "checked with the definitions"
        return client

    def _sort(self, link: LinkState, side: Side, files: Files, batch: _Batch, mark: str) -> None:
        doubtful = _doubtful(files, side)
        case = Case(
            side=side,
            record_id=link.side(side).id,
            shown=batch.shown,
            known=files.files,
            rule=self.rule,
            way=files_way(self.rule, side),
            whole=batch.whole,
            first=files.read[side] is None,
            doubt_over=batch.last and all(self._is_over(one) for one in doubtful),
            marked=bool(self._client(side).files.own),
        )
        found = sort_out(self._read_where_nothing_tells(link, case))
        self._store(link, side, found, mark if batch.last and not found.waiting else None)

    def _store(self, link: LinkState, side: Side, found: Sorted, mark: str | None) -> None:
        again = found.waiting or any(one.state is Carriage.WAITING for one in found.changes)
        self.bond.store.note_files(
            self.bond.name,
            link.id,
            found.changes,
            fence=link.fence,
            run_id=self.run.run_id,
            now=self.bond.clock.now(),
            read={} if mark is None else {side: mark},
            again=again,
            entries=[_of_link(entry, link.id) for entry in found.entries],
        )

    def _is_over(self, one: FileState) -> bool:
        """Can what was sent be seen by now, if it arrived? What this run sent, it has not looked for yet."""
        return one.run_id != self.run.run_id and (one.at is None or self.bond.clock.now() >= one.at)

    # -- reading ------------------------------------------------------------------------------------------

    def _batches(self, client: FileClient, record: RecordState, known: Files, side: Side) -> Iterator[_Batch]:
        files, doubtful = client.files, bool(_doubtful(known, side))
        # What was seen last may be older than what we sent.
        apart = is_read_apart(files) or (doubtful and client.reads_records and files.source != "list")
        value = client.list_of(record.id) if apart else record.view.get(FILES)
        match files.source:
            case "in_record":
                yield _Batch(client.in_record(value), last=True, whole=True)
            case "ids":
                yield from self._by_id(client, record.id, client.ids(value), known.of(side))
            case "list":
                none = not doubtful and files.at is not None and value in (0, "0", None, [])
                yield _Batch([] if none else client.listed(record.id), last=True, whole=True)

    def _by_id(
        self, client: FileClient, parent: str, ids: Sequence[str], known: Sequence[FileState]
    ) -> Iterator[_Batch]:
        stored, gone = {one.id for one in known}, set()
        unknown = [one for one in ids if one not in stored]
        for start in range(0, len(unknown), BATCH):
            asked = unknown[start : start + BATCH]
            read = {one: client.read(parent, one) for one in asked}
            gone |= {one for one, shown in read.items() if shown is None}
            yield _Batch([one for one in read.values() if one is not None], last=False, whole=False)
        there = [ShownFile(one, File(""), only_there=True) for one in ids if one not in gone]
        yield _Batch(there, last=True, whole=True)

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


def _doubtful(files: Files, side: Side) -> list[FileState]:
    """Return what was sent to a side and may or may not have arrived."""
    return [one for one in files.of(side.other) if one.state in IN_DOUBT]


def _of_link(entry: Entry, link_id: int) -> Entry:
    return replace(entry, link_id=link_id)


def in_detail(one: FileState, **more: Any) -> Mapping[str, Any]:
    """Return what the journal says of a file."""
    return {"file": one.about or one.id, "name": one.file.name, **more}
