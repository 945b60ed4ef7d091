"""Reading what a link's sides show of their comments, in the order they were made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Final

from ebond.comments import COMMENTS, Body, CommentState, Shown
from ebond.definitions.comments import CommentRule, CommentsWay
from ebond.records.comments import CommentClient
from ebond.state import LinkState, RecordState, Side
from ebond.store import COMMENT_TABLE, Known
from ebond.sync.children.batches import Batch, by_id, shows_none
from ebond.sync.children.collect import ChildCollector
from ebond.sync.children.found import Found
from ebond.sync.comments.sorting import Case, sort_out
from ebond.sync.context import BondContext, RunContext

_EARLIEST: Final = datetime.min.replace(tzinfo=UTC)


def way_from(rule: CommentRule, side: Side) -> CommentsWay:
    """Return what becomes of one side's comments on the other."""
    return rule.to_right if side is Side.LEFT else rule.to_left


class Collector(ChildCollector[CommentState, Shown]):
    """Collects the comments of links for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext, rule: CommentRule) -> None:
        super().__init__(bond, run, COMMENT_TABLE, shown_by=COMMENTS)
        self.rule = rule

    def _client(self, side: Side) -> CommentClient:
        client = self.bond.side(side).comments
        assert client is not None, "checked with the definitions"
        return client

    def _mark(self, link: LinkState, side: Side) -> str:
        return "feed" if self._client(side).comments.source == "feed" else super()._mark(link, side)

    def _is_doubtful(self, one: CommentState) -> bool:
        # One that has its id there was made, and only has to be hung to its record.
        return super()._is_doubtful(one) and one.partner is None

    def _must_look(self, known: Known[CommentState], side: Side) -> bool:
        """Is there news of a feed, or something of ours whose arrival is in doubt?"""
        return any(one.is_news for one in known.of(side)) or super()._must_look(known, side)

    def _found(
        self, link: LinkState, side: Side, known: Known[CommentState], batch: Batch[Shown], *, doubt_over: bool
    ) -> Found[CommentState]:
        return sort_out(
            Case(
                side=side,
                record_id=link.side(side).id,
                shown=_in_order(batch.shown),
                known=known.all,
                rule=self.rule,
                way=way_from(self.rule, side),
                copy_digest=self._client(side).reader.copy_digest,
                named=self._client(side).names_them,
                whole=batch.whole,
                first=known.read[side] is None,
                doubt_over=doubt_over,
            )
        )

    def _batches(self, side: Side, record: RecordState, known: Known[CommentState]) -> Iterator[Batch[Shown]]:
        client, value = self._client(side), record.view.get(COMMENTS)
        match client.comments.source:
            case "in_record":
                yield Batch(client.in_record(value), last=True, whole=True)
            case "ids":
                yield from by_id(client.ids(value), known.of(side), read=partial(client.read, record.id), there=_there)
            case "list":
                none = shows_none(client.comments.at, value)
                yield Batch([] if none else client.listed(record.id), last=True, whole=True)
            case "feed":
                news = [Shown(one.id, one.body or Body(""), one.own) for one in known.of(side) if one.is_news]
                yield Batch(news, last=True, whole=False)


def _there(comment_id: str) -> Shown:
    return Shown(comment_id, Body(""), only_there=True)


def _in_order(shown: Sequence[Shown]) -> list[Shown]:
    """Put comments in the order they were made; those without a time stay where they stand."""
    if any(one.body.made is None for one in shown):
        return list(shown)
    return sorted(shown, key=lambda one: one.body.made or _EARLIEST)
