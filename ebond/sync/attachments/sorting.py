"""Sorting out what a side shows of its files: which are ours, which are to be carried, which stay. Pure.

======================================  ==================================================================
a file that is shown                    becomes
======================================  ==================================================================
known, as it was                        what it was
known and carried, other content since  a file of its own, to be carried
known and kept or held, changed since   looked at anew
unknown, by an id that we were told     the copy of that one of ours
unknown, like one of ours in doubt      the copy of that one: by who added it, name and content, as far as shown
unknown, while it may be one of ours    nothing yet
unknown, equal to one that was there    the counterpart of that one, where the link is new
unknown, older than the link            stays, where the mapping wants no history
unknown, internal or public             what the way to the other side says: to be carried, or it stays
======================================  ==================================================================

The same name with other content is another file, and so is the same content under another name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ebond.attachments import File, FileState, ShownFile
from ebond.children import IN_DOUBT, Carriage
from ebond.definitions.attachments import FileRule, FilesWay
from ebond.state import Entry, Side
from ebond.sync.attachments.likeness import like_name, same_content, same_digest, same_name
from ebond.sync.children.found import Found

#: Between a file's id and what tells of its new content.
ABOUT: Final = "~"
INTERNAL: Final = "it is internal, and the mapping lets none leave"
ONE_WAY: Final = "the mapping carries no files that way"
OLDER: Final = "it is older than the link"
OWN: Final = "ebond's own account added it"
GONE: Final = "deleted there; deletions of files are not carried"


@dataclass(frozen=True, slots=True)
class Case:
    """One side of a link, as it shows its files."""

    side: Side
    record_id: str
    shown: Sequence[ShownFile]
    known: Sequence[FileState]
    """All that is known of both sides' files."""
    rule: FileRule
    way: FilesWay
    """From this side to the other."""
    whole: bool = True
    """All files of the record are shown: what is missing is gone."""
    first: bool = False
    """The files of this side were never looked at before."""
    doubt_over: bool = True
    """Whatever was sent before can be seen by now, if it arrived."""
    marked: bool = False
    """This side shows which files our own account added: no other is a copy of what we sent."""


def sort_out(case: Case) -> Found[FileState]:
    """Decide about every file that a side shows."""
    return _Sorter(case).sorted()


def untold(case: Case) -> Iterator[tuple[ShownFile, FileState]]:
    """Yield the files whose content has to be read before anybody can tell whether they are one of ours, or a twin."""
    sorter = _Sorter(case)
    for one in case.shown:
        if one.only_there or one.id in sorter.known or one.id in sorter.named:
            continue
        for other, file in sorter.candidates(one):
            if same_name(one.look, file) and same_content(one.look, file) is None:
                yield one, other


class _Sorter:
    def __init__(self, case: Case) -> None:
        self.case, self.result = case, Found[FileState]()
        self.known = {one.id: one for one in case.known if one.side is case.side}
        theirs = [one for one in case.known if one.side is case.side.other]
        self.named = {one.partner: one for one in theirs if one.partner is not None}
        self.missed = [one for one in theirs if _is_missed(one)]
        # On a new link, what is there on both sides already is one file, however it came there.
        waiting = [one for one in theirs if one.state is Carriage.WAITING and one.about is None]
        self.twins = waiting if case.first else []
        self.place = 1 + max((one.order for one in self.known.values()), default=-1)

    def candidates(self, stranger: ShownFile) -> Iterator[tuple[FileState, File]]:
        """Yield what a stranger may turn out to be, and what it would look like then."""
        if stranger.own or not self.case.marked:
            yield from ((one, one.copy) for one in self.missed if one.copy is not None)
        yield from ((one, _look(one)) for one in self.twins)

    def sorted(self) -> Found[FileState]:
        strangers = []
        for one in self.case.shown:
            known = self.known.get(one.id)
            if one.only_there:
                self.result.waiting |= known is None
            elif known is None:
                strangers.append(one)
            elif known.file.print != one.file.print:
                self._changed(one, known)
        strangers = self._without_ours(strangers)
        self._give_up_missed()
        for one in strangers:
            if self._may_be_ours(one):
                self.result.waiting = True
            else:
                self._stranger(one)
        if self.case.whole:
            self._deleted()
        return self.result

    # -- ours ---------------------------------------------------------------------------------------------

    def _without_ours(self, strangers: Sequence[ShownFile]) -> list[ShownFile]:
        rest = []
        for one in strangers:
            ours = self._ours(one)
            if ours is None:
                rest.append(one)
            else:
                self._is_copy(one, ours)
        return rest

    def _ours(self, one: ShownFile) -> FileState | None:
        """Return the file whose copy this is; the surest sign first."""
        if one.id in self.named:
            return self.named[one.id]
        if self.case.marked and not one.own:
            return None
        look = one.look
        signs: tuple[Callable[[File], bool | None], ...] = (
            lambda copy: same_name(copy, look) and same_content(copy, look),
            lambda copy: like_name(copy, look) and same_content(copy, look),
            # Of two names with one content somebody else may have made the other; where it is ours, the system did.
            lambda copy: one.own and (same_digest(copy, look) or like_name(copy, look) or same_content(copy, look)),
        )
        found = (ours for sign in signs for ours in self.missed if ours.copy is not None and sign(ours.copy))
        return next(found, None)

    def _is_copy(self, one: ShownFile, ours: FileState) -> None:
        self._keep(one, Carriage.COPY, partner=ours.about or ours.id)
        if ours in self.missed:
            self.missed.remove(ours)
            self.result.changes.append(replace(ours, state=Carriage.CARRIED, partner=one.id, token=None, reason=""))

    def _give_up_missed(self) -> None:
        """What was sent and cannot be found now, never arrived, or was not hung to its record: that is done anew."""
        if not self.case.doubt_over:
            return
        for one in [one for one in self.missed if one.state in IN_DOUBT]:
            self.missed.remove(one)
            self.result.changes.append(replace(one, state=Carriage.WAITING, once_url=None, at=None))

    def _may_be_ours(self, one: ShownFile) -> bool:
        """May this be what we miss, in a name or with a content that the system made of it?"""
        if self.case.marked and not one.own:
            return False
        doubtful = (ours.copy for ours in self.missed if ours.state in IN_DOUBT and ours.copy is not None)
        return any(like_name(copy, one.look) or same_content(copy, one.look) is not False for copy in doubtful)

    # -- people's -----------------------------------------------------------------------------------------

    def _stranger(self, one: ShownFile) -> None:
        twin = next(
            (two for two in self.twins if same_name(_look(two), one.look) and same_content(_look(two), one.look)), None
        )
        if twin is not None:
            self.twins.remove(twin)
            self._keep(one, Carriage.COPY, partner=twin.id)
            self.result.changes.append(replace(twin, state=Carriage.CARRIED, partner=one.id))
            return
        reason = self._stays(one)
        if reason:
            self._keep(one, Carriage.KEPT, reason=reason)
            self._note("file_kept", one, reason)
        else:
            self._keep(one, Carriage.WAITING)

    def _stays(self, one: ShownFile) -> str:
        """Say why a file is not carried; nothing where it is."""
        way, internal = self.case.way, one.file.internal
        becomes = way.internal if internal else way.public
        reasons = (
            (becomes == "never", INTERNAL if internal else ONE_WAY),
            (one.own, OWN),
            (self.case.first and self.case.rule.history == "none", OLDER),
        )
        return next((reason for holds, reason in reasons if holds), "")

    def _changed(self, one: ShownFile, known: FileState) -> None:
        """A file got another name or content; or one that stayed or was refused may not have to any more."""
        if known.state in (Carriage.KEPT, Carriage.HELD):
            self._stranger(one)
            return
        self.result.changes.append(replace(known, file=one.file))
        if known.state is Carriage.CARRIED and same_content(known.file, one.file) is False and not self._stays(one):
            self._tell(one)

    def _tell(self, one: ShownFile) -> None:
        """Have the new content carried as a file of its own: nothing is written over."""
        row = FileState(
            self.case.side,
            self.case.record_id,
            f"{one.id}{ABOUT}{one.file.print.hex()}",
            Carriage.WAITING,
            one.file,
            about=one.id,
            order=self._next_place(),
        )
        if row.id not in self.known:
            self.result.changes.append(row)
            self._note("file_changed", one, "")

    def _deleted(self) -> None:
        shown = {one.id for one in self.case.shown}
        for known in self.known.values():
            if known.id in shown or known.about is not None or known.reason == GONE:
                continue
            if known.state in (Carriage.WAITING, Carriage.HELD) and known.token is None:
                # What is gone before it went is not carried any more.
                self.result.changes.append(replace(known, state=Carriage.KEPT, reason=GONE))
            elif known.state is Carriage.CARRIED:
                self.result.changes.append(replace(known, reason=GONE))
                self._note("file_deleted", ShownFile(known.id, known.file), GONE)

    # -- small things -------------------------------------------------------------------------------------

    def _keep(self, one: ShownFile, state: Carriage, *, partner: str | None = None, reason: str = "") -> None:
        known = self.known.get(one.id)
        order = known.order if known else self._next_place()
        row = FileState(self.case.side, self.case.record_id, one.id, state, one.file, own=one.own, partner=partner)
        self.result.changes.append(replace(row, order=order, reason=reason))

    def _next_place(self) -> int:
        self.place += 1
        return self.place - 1

    def _note(self, event: str, one: ShownFile, reason: str) -> None:
        detail = {"file": one.id, "name": one.file.name, "reason": reason}
        self.result.entries.append(Entry(event, side=self.case.side, record_id=self.case.record_id, detail=detail))


def _look(one: FileState) -> File:
    """Return all that is known of a file that is not sent yet: with its content where that had to be read."""
    return one.copy or one.file


def _is_missed(one: FileState) -> bool:
    """May a copy of ours be there under an id that we do not know?"""
    return one.state in IN_DOUBT or (one.state is Carriage.CARRIED and one.partner is None)
