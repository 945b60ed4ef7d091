"""Reading what a link's sides show of their comments, where something shows that they moved, and storing what follows.

What is to be carried is stored before the link's fields are settled, so a crash in between leaves the link dirty.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from ebond.comments import COMMENTS, IN_DOUBT, Body, Carriage, CommentState, Shown
from ebond.definitions.comments import CommentRule, CommentsWay
from ebond.mapping.frozen import fingerprint
from ebond.records.comments import CommentClient
from ebond.state import Entry, LinkState, RecordState, Side
from ebond.store import Talk
from ebond.sync.comments.sorting import Case, Sorted, sort_out
from ebond.sync.context import BondContext, RunContext

#: Comments that are read by id before what they say is stored.
BATCH: Final = 50
_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def way_from(rule: CommentRule, side: Side) -> CommentsWay:
    """Return what becomes of one side's comments on the other."""
    return rule.to_right if side is Side.LEFT else rule.to_left


@dataclass(frozen=True, slots=True)
class _Batch:
    shown: Sequence[Shown]
    last: bool
    whole: bool


class Collector:
    """Collects the comments of links for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext, rule: CommentRule) -> None:
        self.bond, self.run, self.rule = bond, run, rule

    def collect(self, link: LinkState) -> None:
        """Bring what is known of a link's comments up to date; the link stays dirty while any is to be carried.

        Raises what reading them raises; what was read until then is stored.
        """
        talk = self._talk(link)
        for side in Side:
            record, client = link.side(side), self._client(side)
            mark = _mark(record, client)
            if mark == talk.read[side] and not self._must_look(talk, side):
                continue
            for batch in self._batches(client, record, talk.of(side)):
                self._sort(link, side, talk, batch, mark)
                talk = self._talk(link)

    def _talk(self, link: LinkState) -> Talk:
        return self.bond.store.talk(self.bond.name, link.id)

    def _client(self, side: Side) -> CommentClient:
        client = self.bond.side(side).comments
        assert client is not None, "checked with the definitions"
        return client

    def _must_look(self, talk: Talk, side: Side) -> bool:
        """Is there news of a feed, or something of ours whose arrival is in doubt?"""
        return any(one.is_news for one in talk.of(side)) or bool(_doubtful(talk, side))

    def _sort(self, link: LinkState, side: Side, talk: Talk, batch: _Batch, mark: str) -> None:
        doubtful = _doubtful(talk, side)
        found = sort_out(
            Case(
                side=side,
                record_id=link.side(side).id,
                shown=batch.shown,
                known=talk.comments,
                rule=self.rule,
                way=way_from(self.rule, side),
                copy_digest=self._client(side).reader.copy_digest,
                named=self._client(side).names_them,
                whole=batch.whole,
                first=talk.read[side] is None,
                doubt_over=batch.last and all(self._is_over(one) for one in doubtful),
            )
        )
        self._store(link, side, found, mark if batch.last and not found.waiting else None)

    def _store(self, link: LinkState, side: Side, found: Sorted, mark: str | None) -> None:
        again = found.waiting or any(one.state is Carriage.WAITING for one in found.changes)
        self.bond.store.note_comments(
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

    def _is_over(self, one: CommentState) -> bool:
        """Can what was sent be seen by now, if it arrived? What this run sent, it has not looked for yet."""
        return one.run_id != self.run.run_id and (one.at is None or self.bond.clock.now() >= one.at)

    # -- reading ------------------------------------------------------------------------------------------

    def _batches(self, client: CommentClient, record: RecordState, known: Sequence[CommentState]) -> Iterator[_Batch]:
        value = record.view.get(COMMENTS)
        match client.comments.source:
            case "in_record":
                yield _Batch(_in_order(client.in_record(value)), last=True, whole=True)
            case "ids":
                yield from self._by_id(client, record.id, client.ids(value), known)
            case "list":
                shown = [] if _shows_none(client, value) else [one for page in client.listed(record.id) for one in page]
                yield _Batch(_in_order(shown), last=True, whole=True)
            case "feed":
                news = [Shown(one.id, one.body or Body(""), one.own) for one in known if one.is_news]
                yield _Batch(_in_order(news), last=True, whole=False)

    def _by_id(
        self, client: CommentClient, parent: str, ids: Sequence[str], known: Sequence[CommentState]
    ) -> Iterator[_Batch]:
        stored, gone = {one.id for one in known}, set()
        unknown = [one for one in ids if one not in stored]
        for start in range(0, len(unknown), BATCH):
            asked = unknown[start : start + BATCH]
            read = {one: client.read(parent, one) for one in asked}
            gone |= {one for one, shown in read.items() if shown is None}
            yield _Batch(_in_order([one for one in read.values() if one is not None]), last=False, whole=False)
        there = [Shown(one, Body(""), only_there=True) for one in ids if one not in gone]
        yield _Batch(there, last=True, whole=True)


def _mark(record: RecordState, client: CommentClient) -> str:
    """Return what shows whether a record's comments moved since they were last read."""
    if client.comments.source == "feed":
        return "feed"
    return fingerprint(record.view.get(COMMENTS), size=8).hex()


def _doubtful(talk: Talk, side: Side) -> list[CommentState]:
    """Return what was sent to a side and may or may not have arrived."""
    return [one for one in talk.of(side.other) if one.state in IN_DOUBT and one.partner is None]


def _shows_none(client: CommentClient, value: Any) -> bool:
    """Does the record itself say that it has no comments?"""
    return client.comments.at is not None and value in (0, "0", None, [])


def _in_order(shown: Sequence[Shown]) -> list[Shown]:
    """Put comments in the order they were made; those without a time stay where they stand."""
    if any(one.body.made is None for one in shown):
        return list(shown)
    return sorted(shown, key=lambda one: one.body.made or _EARLIEST)


def _of_link(entry: Entry, link_id: int) -> Entry:
    return replace(entry, link_id=link_id)
