"""Carrying files to the other side, one after the other: downloaded to a temporary file, committed, then sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import structlog

from ebond.attachments import File, FileState
from ebond.children import Carriage
from ebond.definitions.attachments import FileRule
from ebond.errors import (
    ENDS_THE_RUN,
    AnswerError,
    BondStopped,
    Denied,
    EbondError,
    NotSent,
    Paused,
    RateLimited,
    Refused,
    Stale,
    TooLarge,
    Unknown,
)
from ebond.gateway.stream import Spool, allowance
from ebond.records.attachments import FileClient
from ebond.state import Entry, LinkState, Side
from ebond.store import FILE_TABLE
from ebond.sync import hints
from ebond.sync.attachments.collect import files_way, in_detail
from ebond.sync.attachments.fitting import free_name, largest, refusal, short_name, too_large, type_of
from ebond.sync.children.keeping import Keeping
from ebond.sync.context import BondContext, RunContext
from ebond.sync.endings import may_go_on
from ebond.sync.intend import new_sync_id

log = structlog.get_logger("ebond.attachments")

#: How often a file is hung to its record anew in a run because somebody edits that while we write.
TRIES: Final = 3
#: A file that failed so often is set aside: its link must not be parked for it.
DOUBTS: Final = 3


@dataclass(frozen=True, slots=True)
class _Way:
    """One file's way: its clients, its record there, and which files that side takes."""

    source: FileClient
    target: FileClient
    parent: str
    internal: bool


class FileDeliverer:
    """Carries the files of links for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext, rule: FileRule) -> None:
        self.bond, self.run, self.rule = bond, run, rule
        self._kept = Keeping(bond, run, FILE_TABLE)

    def deliver(self, link: LinkState) -> int:
        """Carry what waits to be carried, until the run has had enough; return how many went.

        One that cannot go is set aside or waits, and the others go on. Raises what ends the run; what became of one
        that nobody can tell of is raised in the end.
        """
        trouble: EbondError | None = None
        count = 0
        for one in self._waiting(link):
            if self.run.enough():
                self._kept.note(link, [one], again=True)
                break
            try:
                count += self._send(link, one)
            except Denied as error:
                trouble = trouble or error
            except ENDS_THE_RUN:
                raise
            except EbondError as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble
        return count

    def _waiting(self, link: LinkState) -> Sequence[FileState]:
        return [one for one in self._kept.known(link).all if one.state is Carriage.WAITING]

    # -- one file -----------------------------------------------------------------------------------------

    def _send(self, link: LinkState, one: FileState) -> bool:
        way = self._way(link, one)
        if one.token is not None:
            return self._guarded(link, one, lambda: self._hung(self._opened(link, one), way))
        limits = files_way(self.rule, one.side)
        most = largest(way.target.files, limits)
        reason = refusal(one.file, way.target.files, limits)
        if not reason and one.tries >= DOUBTS:
            reason = f"it was tried {one.tries} times: {one.reason}"
        if reason:
            self._held(link, replace(one, tries=0), reason)
            return False
        kinds = (way.source.files.algorithm, way.target.files.algorithm)
        with Spool(limit=most, media_type=type_of(one.file), algorithms=kinds) as spool:
            reason = self._downloaded(link, one, way, spool)
            # Not every system says how large a file is.
            reason = reason or refusal(replace(one.file, size=spool.size), way.target.files, limits)
            if reason:
                self._held(link, one, reason)
                return False
            return self._guarded(link, one, lambda: self._uploaded(link, one, way, spool))

    def _way(self, link: LinkState, one: FileState) -> _Way:
        limits = files_way(self.rule, one.side)
        becomes = limits.internal if one.file.internal else limits.public
        target = one.side.other
        return _Way(self._client(one.side), self._client(target), link.side(target).id, becomes == "internal")

    def _downloaded(self, link: LinkState, one: FileState, way: _Way, spool: Spool) -> str:
        """Download it; return why it cannot be had. Raises what has nothing to do with this file."""
        file_id = one.about or one.id

        def download() -> None:
            way.source.download(link.side(one.side).id, file_id, one.file, spool)

        try:
            try:
                download()
            except AnswerError:
                # Broken off in the middle, as often as not.
                download()
        except TooLarge:
            return too_large(spool.limit or 0)
        except (Unknown, Denied) as error:
            self._kept.note(link, [_failed(one, error)], again=True)
            raise
        except BondStopped as error:
            # What one file's call is not allowed is no reason to stop the records.
            return str(error)
        except ENDS_THE_RUN:
            raise
        except EbondError as error:
            return f"its content cannot be had: {hints.reason(error) if isinstance(error, Refused) else error}"
        return ""

    def _guarded(self, link: LinkState, one: FileState, send: Callable[[], tuple[FileState, str | None]]) -> bool:
        """Send it, and store what came of that."""
        self.run.guard()
        try:
            self._carried(link, *send())
        except (NotSent, RateLimited, Paused, Stale):
            self._put_back(link, one)
            raise
        except Denied as error:
            failed = _failed(self._kept.stored(link, one), error)
            self._kept.note(link, [replace(failed, state=Carriage.WAITING)], again=True)
            raise
        except BondStopped as error:
            self._held(link, replace(one, token=None, partner=None), str(error))
            return False
        except ENDS_THE_RUN:
            raise
        except (Unknown, AnswerError) as error:
            self._unknown(link, one, error)
            raise
        except EbondError as error:
            # What was uploaded may not be taken any more: another try begins anew.
            refused = replace(one, token=None, partner=None)
            self._held(link, refused, hints.reason(error) if isinstance(error, Refused) else str(error))
            return False
        return True

    def _uploaded(self, link: LinkState, one: FileState, way: _Way, spool: Spool) -> tuple[FileState, str | None]:
        """Upload it; return its row as committed, and the id that it has there, where the answer tells."""
        files, client = way.target.files, way.target
        name = self._name(link, one, way)
        digest = spool.digest(files.algorithm if files.digest else "sha256")
        copy = File(name, spool.size, type_of(one.file), digest, internal=way.internal)
        once_url = client.reserve_once(way.parent)
        one = self._opened(link, replace(one, copy=copy, once_url=once_url))
        made, token = client.upload(
            way.parent, copy, spool, media_type=copy.type, sync_id=str(one.sync_id), once_url=once_url
        )
        log.info("file sent", bond=self.bond.name, link=link.id, to=one.side.other, bytes=spool.size)
        if token is None:
            return one, made
        one = replace(one, partner=made, token=token)
        self._kept.note(link, [one])
        return self._hung(one, way)

    def _hung(self, one: FileState, way: _Way) -> tuple[FileState, str | None]:
        """Hang to its record what was uploaded."""
        copy = one.copy or one.file
        for left in reversed(range(TRIES)):
            try:
                way.target.attach(way.parent, str(one.token), copy, media_type=type_of(copy))
                break
            except Stale:
                # The record moved between our read and our write.
                if not left:
                    raise
        return one, one.partner

    def _name(self, link: LinkState, one: FileState, way: _Way) -> str:
        """Return the name that it goes by there: as long as that side takes, and one that is free where each is there
        once."""
        name = short_name(one.file.name, way.target.resource.fields[way.target.files.name].max)
        if way.target.files.names == "any":
            return name
        files, target = self._kept.known(link), one.side.other
        taken = [other.file.name for other in files.of(target)]
        sent = [other.copy.name for other in files.of(one.side) if other.copy is not None and other.id != one.id]
        return free_name(name, [*taken, *sent])

    def _opened(self, link: LinkState, one: FileState) -> FileState:
        """Commit what will be sent before it is."""
        patience = self.bond.side(one.side.other).patience + allowance(one.copy.size or 0 if one.copy else 0)
        opened = replace(
            one,
            state=Carriage.OPEN,
            sync_id=one.sync_id or new_sync_id(),
            run_id=self.run.run_id,
            at=self.bond.clock.now() + timedelta(seconds=patience),
        )
        self._kept.note(link, [opened])
        return opened

    # -- what it can come to ------------------------------------------------------------------------------

    def _carried(self, link: LinkState, one: FileState, made: str | None) -> None:
        carried = replace(one, state=Carriage.CARRIED, partner=made, token=None, tries=0, reason="")
        rows, target = [carried], one.side.other
        if made is not None:
            copy = one.copy or one.file
            rows.append(FileState(target, link.side(target).id, made, Carriage.COPY, copy, partner=one.about or one.id))
        self._kept.note(link, rows, entries=[self._entry(link, "attached", one, **{"as": made or ""})])

    def _put_back(self, link: LinkState, one: FileState) -> None:
        """Nothing was sent: it waits again. What was uploaded and not hung to its record yet stays so."""
        self._kept.note(link, [replace(self._kept.stored(link, one), state=Carriage.WAITING)], again=True)

    def _unknown(self, link: LinkState, one: FileState, error: EbondError) -> None:
        """Note since when it can be seen whether it arrived."""
        stored = self._kept.stored(link, one)
        patience = self.bond.side(one.side.other).patience if may_go_on(error) else 0.0
        at = self.bond.clock.now() + timedelta(seconds=patience)
        doubted = replace(_failed(stored, error), state=Carriage.UNKNOWN, at=at)
        entry = self._entry(link, "file_unknown", one, reason=str(error))
        self._kept.note(link, [doubted], again=True, entries=[entry])

    def _held(self, link: LinkState, one: FileState, reason: str) -> None:
        entry = self._entry(link, "file_held", one, reason=reason)
        self._kept.note(link, [replace(one, state=Carriage.HELD, reason=reason)], entries=[entry])
        self.bond.watcher.holding(one.side, one.record_id, f"file {one.file.name} was not carried: {reason}")

    def _entry(self, link: LinkState, event: str, one: FileState, **detail: Any) -> Entry:
        return Entry(event, link.id, one.side, one.record_id, detail=in_detail(one, **detail))

    def _client(self, side: Side) -> FileClient:
        client = self.bond.side(side).files
        assert client is not None, "checked with the definitions"
        return client


def _failed(one: FileState, error: EbondError) -> FileState:
    """Count a failure that may pass."""
    return replace(one, tries=one.tries + 1, reason=str(error))
