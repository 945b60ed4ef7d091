"""Carrying comments to the other side: one after the other, in their order, each committed before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from ebond.children import IN_DOUBT, Carriage
from ebond.comments import Body, CommentState
from ebond.definitions.comments import CommentRule
from ebond.errors import (
    ENDS_THE_RUN,
    AnswerError,
    Denied,
    EbondError,
    Gone,
    NotSent,
    Paused,
    RateLimited,
    Refused,
    Stale,
    Unknown,
)
from ebond.records.comments import CommentClient
from ebond.state import Entry, LinkState, Side
from ebond.store import COMMENT_TABLE
from ebond.sync import hints
from ebond.sync.children.keeping import Keeping
from ebond.sync.comments.collect import way_from
from ebond.sync.comments.wording import shortened, worded
from ebond.sync.context import BondContext, RunContext
from ebond.sync.endings import may_go_on
from ebond.sync.intend import new_sync_id

log = structlog.get_logger("ebond.comments")

#: How often a comment is sent anew in a run because somebody edits its record while we write.
TRIES: Final = 3
TOO_LONG: Final = "its text is longer than the other side takes"


class Deliverer:
    """Carries the comments of links for one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext, rule: CommentRule) -> None:
        self.bond, self.run, self.rule = bond, run, rule
        self._kept = Keeping(bond, run, COMMENT_TABLE)

    def deliver(self, link: LinkState) -> int:
        """Carry what waits to be carried, until the run has had enough; return how many went.

        Raises what ends the run, and Unknown or AnswerError where nobody knows whether the last one arrived: those
        after it wait. One that is refused is set aside, and the others go on.
        """
        # What goes one way changes nothing of what waits to go the other way.
        talk = self._kept.known(link)
        return sum(self._side(link, _waiting(talk.of(source))) for source in Side)

    def _side(self, link: LinkState, waiting: Sequence[CommentState]) -> int:
        count = 0
        for one in waiting:
            if self.run.enough():
                self._kept.note(link, [one], again=True)
                break
            count += self._send(link, one)
        return count

    # -- one comment --------------------------------------------------------------------------------------

    def _send(self, link: LinkState, one: CommentState) -> bool:
        client = self._client(one.side.other)
        body = self._body(one, client)
        most = client.resource.fields[client.comments.text].max
        if most is not None and len(body.text) > most and self.rule.too_long == "park":
            self._held(link, one, f"{TOO_LONG} ({len(body.text)} characters, and it takes {most})")
            return False
        body = replace(body, text=shortened(body.text, most))
        try:
            self._carried(link, *self._added(link, one, client, body))
        except (NotSent, RateLimited, Paused, Stale, Gone, Denied):
            self._put_back(link, one)
            raise
        except ENDS_THE_RUN:
            raise
        except (Unknown, AnswerError) as error:
            self._unknown(link, one, error)
            raise
        except EbondError as error:
            self._held(link, one, hints.reason(error) if isinstance(error, Refused) else str(error))
            return False
        return True

    def _body(self, one: CommentState, client: CommentClient) -> Body:
        way = way_from(self.rule, one.side)
        internal = (way.internal if one.body is not None and one.body.internal else way.public) == "internal"
        named = client.takes(client.comments.author) and client.takes(client.comments.made)
        system = self.bond.side(one.side).system
        return worded(one, self.rule, way, system=system, named=named, internal=internal)

    def _added(
        self, link: LinkState, one: CommentState, client: CommentClient, body: Body
    ) -> tuple[CommentState, str | None]:
        """Send it; return its row as committed, and the id that it has there, where the answer tells."""
        target, parent = one.side.other, link.side(one.side.other).id
        self.run.guard()
        if one.partner is not None:
            # It was made before, and only has to be hung to its record.
            _again(lambda: client.attach(parent, str(one.partner)))
            return one, one.partner
        one = self._opened(link, one, client, parent, body)
        match client.comments.add:
            case "create":
                made = client.create(parent, body, sync_id=str(one.sync_id), once_url=one.once_url)
                if made is not None and client.comments.attach is not None:
                    one = replace(one, partner=made)
                    self._kept.note(link, [one])
                    _again(lambda: client.attach(parent, made))
                return one, made
            case "append":
                _again(lambda: client.append(parent, body))
            case "whole_list":
                _again(lambda: client.send_whole_list(parent, body, sync_id=str(one.sync_id)))
            case "json_patch":
                _again(lambda: client.add_to_list(parent, body, sync_id=str(one.sync_id)))
        log.info("comment sent", bond=self.bond.name, link=link.id, to=target)
        return one, one.sync_id if client.names_them else None

    def _opened(
        self, link: LinkState, one: CommentState, client: CommentClient, parent: str, body: Body
    ) -> CommentState:
        """Commit what will be sent before it is."""
        now = self.bond.clock.now()
        patience = timedelta(seconds=self.bond.side(one.side.other).patience)
        opened = replace(
            one,
            state=Carriage.OPEN,
            sync_id=one.sync_id or new_sync_id(),
            once_url=client.reserve_once(parent),
            copy=client.reader.copy_digest(body.text),
            run_id=self.run.run_id,
            at=now + patience,
        )
        self._kept.note(link, [opened])
        return opened

    # -- what it can come to ------------------------------------------------------------------------------

    def _carried(self, link: LinkState, one: CommentState, made: str | None) -> None:
        carried = replace(one, state=Carriage.CARRIED, partner=made, body=None, reason="")
        rows, target = [carried], one.side.other
        if made is not None and one.about is None:
            rows.append(CommentState(target, link.side(target).id, made, Carriage.COPY, partner=one.id))
        elif made is not None:
            rows.append(CommentState(target, link.side(target).id, made, Carriage.COPY, partner=one.about))
        detail = {"comment": one.id, "as": made or ""}
        self._kept.note(link, rows, entries=[Entry("commented", link.id, one.side, one.record_id, detail=detail)])
        self.run.carried()

    def _put_back(self, link: LinkState, one: CommentState) -> None:
        """Nothing was sent: it waits again. What was made and not hung to its record yet stays as it is."""
        stored = self._kept.stored(link, one)
        waits = [replace(stored, state=Carriage.WAITING)] if stored.partner is None else []
        self._kept.note(link, waits, again=True)

    def _unknown(self, link: LinkState, one: CommentState, error: EbondError) -> None:
        """Note since when it can be seen whether it arrived."""
        stored = self._kept.stored(link, one)
        patience = self.bond.side(one.side.other).patience if may_go_on(error) else 0.0
        at = self.bond.clock.now() + timedelta(seconds=patience)
        detail = {"comment": one.id, "reason": str(error)}
        entry = Entry("comment_unknown", link.id, one.side, one.record_id, detail=detail)
        self._kept.note(link, [replace(stored, state=Carriage.UNKNOWN, at=at)], again=True, entries=[entry])

    def _held(self, link: LinkState, one: CommentState, reason: str) -> None:
        detail = {"comment": one.id, "reason": reason}
        entry = Entry("comment_held", link.id, one.side, one.record_id, detail=detail)
        self._kept.note(link, [replace(one, state=Carriage.HELD, reason=reason)], entries=[entry])
        self.bond.watcher.holding(one.side, one.record_id, f"comment {one.id} was not carried: {reason}")

    def _client(self, side: Side) -> CommentClient:
        client = self.bond.side(side).comments
        assert client is not None, "checked with the definitions"
        return client


def _waiting(mine: Sequence[CommentState]) -> Sequence[CommentState]:
    """Return what can be sent now, in order: nothing while the one before it is in doubt."""
    if any(one.state in IN_DOUBT and one.partner is None for one in mine):
        return ()
    return [one for one in mine if one.state is Carriage.WAITING or (one.state in IN_DOUBT and one.partner)]


def _again(call: Callable[[], None]) -> None:
    """Make a call anew where the record moved between our read and our write."""
    for left in reversed(range(TRIES)):
        try:
            call()
        except Stale:
            if not left:
                raise
        else:
            return
