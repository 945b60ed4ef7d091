"""Sorting out what a side shows of its comments: which are ours, which are to be carried, which stay. Pure.

A comment is ours where its id says so, never by its looks, as long as the answers to our own writes were not lost.
Where one was, a comment that no row knows is compared by its text; while that is open, nothing unknown is carried.

======================================  ==================================================================
a comment that is shown                 becomes
======================================  ==================================================================
known, as it was                        what it was
known and carried, changed since        what the policy for edits says
known and kept, changed since           looked at anew: an internal one may be public now
unknown, with an id of ours             the copy of that one; where ours bear one, the next two do not hold
unknown, with the text of one of ours   the copy of that one
unknown, by our own account             the copy of the oldest that is missed; or it stays
unknown, while one of ours is missed    nothing yet
unknown, equal to one that was there    the counterpart of that one, where the link is new
unknown, older than the link            stays, where the mapping wants no history
unknown, internal or public             what the way to the other side says: to be carried, or it stays
======================================  ==================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ebond.children import IN_DOUBT, Carriage
from ebond.comments import Body, CommentState, Shown
from ebond.definitions.comments import CommentRule, CommentsWay
from ebond.state import Entry, Side
from ebond.sync.children.found import Found

#: Between a comment's id and what tells of its change or deletion.
ABOUT = "~"
INTERNAL = "it is internal, and the mapping lets none leave"
ONE_WAY = "the mapping carries no comments that way"
OLDER = "it is older than the link"
OWN = "ebond's own account wrote it"
EMPTY = "it holds no text"
GONE = "deleted there"
EDITED = "changed after it was carried; the mapping ignores that"


@dataclass(frozen=True, slots=True)
class Case:
    """One side of a link, as it shows its comments."""

    side: Side
    record_id: str
    shown: Sequence[Shown]
    known: Sequence[CommentState]
    """All that is known of both sides' comments."""
    rule: CommentRule
    way: CommentsWay
    """From this side to the other."""
    copy_digest: Callable[[str], bytes]
    """What tells one text from another on this side."""
    named: bool = False
    """Our own bear an id of ours there: nothing else is a copy of what we sent."""
    whole: bool = True
    """All comments of the record are shown: what is missing is gone."""
    first: bool = False
    """The comments of this side were never looked at before."""
    doubt_over: bool = True
    """Whatever was sent before can be seen by now, if it arrived."""


def sort_out(case: Case) -> Found[CommentState]:
    """Decide about every comment that a side shows."""
    return _Sorter(case).sorted()


class _Sorter:
    def __init__(self, case: Case) -> None:
        self.case, self.result = case, Found[CommentState]()
        self.known = {one.id: one for one in case.known if one.side is case.side}
        theirs = [one for one in case.known if one.side is case.side.other]
        ours = [one for one in theirs if one.partner is None]
        self.missed = [one for one in ours if one.state in IN_DOUBT or one.state is Carriage.CARRIED]
        self.named = {one.partner: one for one in theirs if one.partner is not None}
        # On a new link, what is there on both sides already is one comment, however it came there.
        self.twins = (
            [one for one in theirs if one.state is Carriage.WAITING and one.about is None] if case.first else []
        )
        self.place = 1 + max((one.order for one in self.known.values()), default=-1)

    def sorted(self) -> Found[CommentState]:
        strangers = []
        for one in self.case.shown:
            known = self.known.get(one.id)
            if one.only_there:
                self.result.waiting |= known is None
            elif known is None or known.state is Carriage.SHOWN:
                strangers.append(one)
            elif known.digest != one.digest:
                self._changed(one, known)
            elif known.is_news:
                # It was changed, and changed back before anybody looked.
                self.result.changes.append(replace(known, body=None))
        strangers = self._without_ours(strangers)
        self._give_up_missed()
        for one in strangers:
            if self._in_doubt():
                # It may be the one that we miss, in words that the system made of it.
                self.result.waiting = True
            else:
                self._stranger(one)
        if self.case.whole:
            self._deleted()
        return self.result

    # -- ours ---------------------------------------------------------------------------------------------

    def _without_ours(self, strangers: Sequence[Shown]) -> list[Shown]:
        rest = []
        for one in strangers:
            ours = self._ours(one)
            if ours is None:
                rest.append(one)
            else:
                self._is_copy(one, ours)
        return rest

    def _ours(self, one: Shown) -> CommentState | None:
        """Return the comment whose copy this is, by its text; by its author, where the system changed the text."""
        if one.id in self.named:
            return self.named[one.id]
        if self.case.named:
            return next((missed for missed in self.missed if missed.sync_id == one.id), None)
        digest = self.case.copy_digest(one.body.text)
        same = next((missed for missed in self.missed if missed.copy == digest), None)
        return same or (self.missed[0] if one.own and self.missed else None)

    def _is_copy(self, one: Shown, ours: CommentState) -> None:
        self._keep(one, Carriage.COPY, partner=ours.id)
        if ours in self.missed:
            self.missed.remove(ours)
            self.result.changes.append(replace(ours, state=Carriage.CARRIED, partner=one.id, body=None, reason=""))

    def _give_up_missed(self) -> None:
        """What was sent and cannot be found now, never arrived: it is carried anew."""
        if not self.case.doubt_over:
            return
        for one in [one for one in self.missed if one.state in IN_DOUBT]:
            self.missed.remove(one)
            self.result.changes.append(replace(one, state=Carriage.WAITING, once_url=None, at=None))

    def _in_doubt(self) -> bool:
        return any(one.state in IN_DOUBT for one in self.missed)

    # -- people's -----------------------------------------------------------------------------------------

    def _stranger(self, one: Shown) -> None:
        twin = self._twin(one)
        if twin is not None:
            self.twins.remove(twin)
            self._keep(one, Carriage.COPY, partner=twin.id)
            self.result.changes.append(replace(twin, state=Carriage.CARRIED, partner=one.id, body=None))
            return
        reason = self._stays(one)
        if reason:
            self._keep(one, Carriage.KEPT, reason=reason)
            self._note("comment_kept", one.id, reason)
        else:
            self._keep(one, Carriage.WAITING)

    def _twin(self, one: Shown) -> CommentState | None:
        digest = self.case.copy_digest
        mine = digest(one.body.text)
        return next((twin for twin in self.twins if twin.body and digest(twin.body.text) == mine), None)

    def _stays(self, one: Shown) -> str:
        """Say why a comment is not carried; nothing where it is."""
        way, body = self.case.way, one.body
        becomes = way.internal if body.internal else way.public
        reasons = (
            (becomes == "never", INTERNAL if body.internal else ONE_WAY),
            (one.own, OWN),
            (self.case.first and self.case.rule.history == "none", OLDER),
            (not body.text.strip(), EMPTY),
        )
        return next((reason for holds, reason in reasons if holds), "")

    def _changed(self, one: Shown, known: CommentState) -> None:
        """A carried comment was edited; or one that stayed or was refused, which may not have to any more."""
        if known.state in (Carriage.KEPT, Carriage.HELD):
            self._stranger(one)
            return
        on_its_way = known.state in (Carriage.WAITING, *IN_DOUBT)
        self.result.changes.append(replace(known, digest=one.digest, body=one.body if on_its_way else None))
        if known.state is not Carriage.CARRIED:
            return
        if self.case.rule.edits == "ignore" or self._stays(one):
            self._note("comment_changed", one.id, EDITED)
        else:
            self._tell(one.id, one, one.digest.hex())

    def _deleted(self) -> None:
        shown = {one.id for one in self.case.shown}
        for known in self.known.values():
            if known.id in shown or known.about is not None or known.reason == GONE:
                continue
            if known.state in (Carriage.WAITING, Carriage.HELD):
                # What is gone before it went is not carried any more.
                self.result.changes.append(replace(known, state=Carriage.KEPT, body=None, reason=GONE))
            elif known.state is Carriage.CARRIED:
                self.result.changes.append(replace(known, reason=GONE))
                self._note("comment_deleted", known.id, GONE)
                if self.case.rule.deletions == "append":
                    self._tell(known.id, None, "deleted")

    # -- small things -------------------------------------------------------------------------------------

    def _tell(self, about: str, one: Shown | None, what: str) -> None:
        """Have the other side told of a change or deletion by a comment of its own."""
        row = CommentState(
            self.case.side,
            self.case.record_id,
            f"{about}{ABOUT}{what}",
            Carriage.WAITING,
            digest=one.digest if one else b"",
            # What a deleted one said is not kept.
            body=one.body if one else Body(""),
            about=about,
            order=self._next_place(),
        )
        if row.id not in self.known:
            self.result.changes.append(row)

    def _keep(self, one: Shown, state: Carriage, *, partner: str | None = None, reason: str = "") -> None:
        known = self.known.get(one.id)
        # What a feed has shown gets its place now, among all that it showed of the record.
        placed = known is not None and known.state is not Carriage.SHOWN
        self.result.changes.append(
            CommentState(
                self.case.side,
                self.case.record_id,
                one.id,
                state,
                digest=one.digest,
                body=one.body if state is Carriage.WAITING else None,
                own=one.own,
                partner=partner,
                order=known.order if known is not None and placed else self._next_place(),
                reason=reason,
            )
        )

    def _next_place(self) -> int:
        self.place += 1
        return self.place - 1

    def _note(self, event: str, comment_id: str, reason: str) -> None:
        detail = {"comment": comment_id, "reason": reason}
        self.result.entries.append(Entry(event, side=self.case.side, record_id=self.case.record_id, detail=detail))
