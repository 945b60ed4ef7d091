"""What a create can come to: a link, an unknown outcome, a hold, nothing. Each is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog

from ebond.errors import AnswerError, CallError, EbondError, LeaseLost
from ebond.records.resource import Written as Answered
from ebond.state import Entry, Fate, Intent, IntentState, Observation, Origin
from ebond.store import AlreadyLinked
from ebond.sync import adopt
from ebond.sync.context import BondContext, RunContext
from ebond.sync.intend import opened

log = structlog.get_logger("ebond.create")

CANNOT_TELL: Final = (
    "the answer to the create was lost and the contract has no way to look the record up; "
    "see whether it exists on the other side before you release this one"
)
DROPPED: Final = (
    "the answer to the create was lost, and the system does not keep the correlation that it is given; "
    "see whether the record exists on the other side before you release this one"
)

_TIMED_OUT: Final = 408
_FAILED: Final = 500


class Endings:
    """Ends creates of one run of a bond; threads may share it."""

    def __init__(self, bond: BondContext, run: RunContext) -> None:
        self.bond, self.run = bond, run
        self._again: dict[str, str] = {}

    def last_tries(self, intents: Iterable[Intent]) -> list[str]:
        """Return the ids that creates go by now: another try in the place of one has an id of its own."""
        return [self._last(intent.sync_id) for intent in intents]

    def _last(self, sync_id: str) -> str:
        while sync_id in self._again:
            sync_id = self._again[sync_id]
        return sync_id

    # -- it was made --------------------------------------------------------------------------------------

    def adopted(self, intent: Intent, answer: Answered, *, refused: Mapping[str, str] | None = None) -> None:
        """Link the record that an answer or a look-up names; raises AnswerError where it names none."""
        if answer.id is None:
            raise AnswerError("the create was answered without the new record's id")
        if answer.seen is not None:
            record = adopt.shown(self.bond.mapping, intent, answer.seen)
        else:
            correlation = self.bond.side(intent.target).resource.correlation
            record = adopt.assumed(
                self.bond.mapping, intent, answer.id, version=answer.version, correlation=correlation
            )
        self.linked(intent, record, refused or {}, request=answer.request_id)

    def linked(self, intent: Intent, record: Observation, refused: Mapping[str, str], *, request: str = "") -> None:
        """Link an intent with its record."""
        now, drops = self.bond.clock.now(), self._drops_ours(intent, record)
        record = self._doubted(intent, record)
        start = adopt.adoption(intent, record, self.bond.mapping, refused=refused, salt=self.bond.policy.salt, now=now)
        tells = self.bond.tells
        told = tells.base(intent.target, intent.values) if tells else {}
        try:
            self.bond.store.adopt(
                intent,
                target_record=record,
                base_source=start.base_source,
                base_target={**start.base_target, **told},
                unconfirmed_target=start.unconfirmed,
                holds=start.holds,
                again=start.again or self.bond.has_streams or tells is not None,
                run_id=self.run.run_id,
                now=now,
                entries=[entry(intent, "created", target=record.id, request=request)],
                awaited=self.bond.awaited,
                flag=None if drops is None else (_drops_key(intent), drops),
            )
        except (AlreadyLinked, LeaseLost) as error:
            # What the answer told of the system holds whosever the record is.
            if drops is not None:
                self.bond.store.put(_drops_key(intent), drops)
            if isinstance(error, LeaseLost):
                raise
            reason = f"record {record.id} on the {intent.target} side belongs to another link"
            self.dropped(intent, reason, hold=True)

    def _doubted(self, intent: Intent, record: Observation) -> Observation:
        """Return the record as it is to be stored, where a list has shown something else than a later answer.

        A server may answer a repetition with what it answered the first time; a list that went past an edit made
        since then does not show it again. So a read by id has to tell, or where there is none the list did.
        """
        if intent.state is IntentState.OPEN or record.origin is Origin.FEED:
            # Nothing is scanned between an intent and the answer to it.
            return record
        seen = self.bond.store.seen_stranger(self.bond.name, intent.target, record.id)
        if seen is None or seen.gone or seen.digest == record.digest:
            return record
        if self.bond.side(intent.target).resource.read is None:
            return seen
        return record if record.origin is Origin.ASSUMED else replace(record, origin=Origin.STUB)

    def _drops_ours(self, intent: Intent, record: Observation) -> bool | None:
        """Did the system drop the correlation? Then a look-up proves nothing. None where nobody can tell."""
        name = self.bond.side(intent.target).resource.correlation
        if name is None or record.origin is not Origin.ANSWER or name not in record.view:
            return None
        return bool(record.view[name] != intent.sync_id)

    def drops_correlation(self, intent: Intent) -> bool:
        """Did the last answer to a create show our correlation dropped, or written over?"""
        return bool(self.bond.store.get(_drops_key(intent)))

    # -- nobody knows -------------------------------------------------------------------------------------

    def unknown(self, intent: Intent, error: EbondError) -> None:
        """Note that the answer was lost, and since when nothing can be under way; a later run finds out."""
        log.warning("create outcome unknown", bond=self.bond.name, sync_id=intent.sync_id, reason=str(error))
        line = entry(intent, "unknown", reason=str(error))
        patience = self.bond.side(intent.target).patience if may_go_on(error) else 0.0
        quiet = self.bond.clock.now() + timedelta(seconds=patience)
        self.waiting(replace(intent, at=max(intent.at, quiet)), [line])

    def waiting(self, intent: Intent, entries: list[Entry]) -> None:
        """Note since when nothing of a create can be under way any more."""
        self.bond.store.set_unknown(intent, run_id=self.run.run_id, entries=entries, now=self.bond.clock.now())

    def stuck(self, intent: Intent, reason: str = CANNOT_TELL) -> None:
        """Nobody can tell: the source is held, and strangers on the target side with it, until a human has looked."""
        entries = [] if intent.state is IntentState.STUCK else [entry(intent, "held", reason=reason)]
        self.bond.store.set_stuck(intent, reason, run_id=self.run.run_id, entries=entries, now=self.bond.clock.now())
        self.bond.watcher.holding(intent.target.other, intent.source_id, reason)

    # -- it was not made ----------------------------------------------------------------------------------

    def dropped(self, intent: Intent, reason: str, *, hold: bool) -> None:
        """Give the create up: nothing was made. A refused source is held; any other is a stranger again."""
        self.bond.store.drop(
            intent.sync_id,
            run_id=self.run.run_id,
            hold=reason if hold else None,
            fate=Fate.HELD if hold else Fate.FAILED,
            entries=[entry(intent, "held" if hold else "failed", reason=reason)],
            now=self.bond.clock.now(),
        )
        self.bond.watcher.holding(intent.target.other, intent.source_id, reason)

    def put_back(self, intent: Intent, reason: str) -> None:
        """Let somebody else do a create that was not begun: its source is a stranger again."""
        self.bond.store.drop(
            intent.sync_id,
            run_id=self.run.run_id,
            hold=None,
            fate=Fate.OPEN,
            entries=[entry(intent, "put_back", reason=reason)],
            now=self.bond.clock.now(),
        )

    def reopened(self, old: Intent, new: Intent) -> Intent:
        """Commit another try in place of one that made nothing, before it is sent."""
        now = self.bond.clock.now()
        new = replace(new, state=IntentState.OPEN, at=now, once_url=None)
        if new.sync_id != old.sync_id:
            self._again[old.sync_id] = new.sync_id
        self.bond.store.reopen(old.sync_id, new, run_id=self.run.run_id, entries=[opened(new)], now=now)
        return new


def may_go_on(error: EbondError) -> bool:
    """May the system still be at work on a create whose answer we did not get, and commit it later?

    Nobody answered, or a gateway grew tired of waiting; an answer of the system itself comes when it is done.
    """
    return isinstance(error, CallError) and (
        error.status is None or error.status == _TIMED_OUT or error.status > _FAILED
    )


def _drops_key(intent: Intent) -> str:
    return f"drops-correlation:{intent.bond}:{intent.target}"


def entry(intent: Intent, event: str, **detail: str) -> Entry:
    """Return a line of the journal about a create."""
    return Entry(
        event,
        side=intent.target.other,
        record_id=intent.source_id,
        detail={"sync_id": intent.sync_id, **detail},
    )
