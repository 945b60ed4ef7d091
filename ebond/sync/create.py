"""Creating records on the other side, exactly once.

The intent is committed before the call. Whatever happens to the answer, the intent says what was wanted, and
the next run finds out what became of it before it does anything else. While a create is open, a stranger on the
target side may be its record: it is not created back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

from ebond.errors import ENDS_THE_RUN, AnswerError, EbondError, Exists, NotSent, Paused, RateLimited, Refused, Unknown
from ebond.records.resource import Written as Answered
from ebond.state import Intent, IntentState, Observation, Stranger
from ebond.sync import hints
from ebond.sync.context import BondContext, RunContext, SideContext
from ebond.sync.endings import DROPPED, Endings
from ebond.sync.intend import new_sync_id
from ebond.sync.recover import Found, Step, after_lookup, can_look_up, next_step


class Creator:
    """Carries creates out for one run of a bond; its methods may be called from several threads."""

    def __init__(self, bond: BondContext, run: RunContext) -> None:
        self.bond, self.run = bond, run
        self.endings = Endings(bond, run)

    def create(self, intent: Intent) -> None:
        """Send one committed create and link what came of it, or record why not.

        An intent whose state is OPEN was never sent before. Raises what ends the run: BondStopped, LeaseLost,
        StoreError, and NotSent, RateLimited or Paused after the create was given up for now.
        """
        try:
            self._send(intent)
        except ENDS_THE_RUN:
            # Unless it was given back, the create may have been applied: its intent stays, the next run finds out.
            raise
        except (Unknown, AnswerError) as error:
            self.endings.unknown(intent, error)
        except EbondError as error:
            self.endings.dropped(intent, str(error), hold=True)

    def _send(self, intent: Intent) -> None:
        try:
            answer = self._post(intent)
        except (NotSent, RateLimited, Paused) as error:
            if intent.state is IntentState.OPEN:
                self.give_back(intent, str(error))
            raise
        except Refused as refusal:
            self._refused(intent, refusal)
        else:
            self.endings.adopted(intent, answer)

    def _refused(self, intent: Intent, refusal: Refused) -> None:
        if intent.state is not IntentState.OPEN:
            self._refused_again(intent, refusal)
        elif isinstance(refusal, Exists):
            self._exists(intent, refusal)
        else:
            self._without_the_culprits(intent, refusal)

    def _post(self, intent: Intent) -> Answered:
        self.run.guard()
        side = self.bond.side(intent.target)
        if intent.once_url is None:
            url = side.client.reserve_once()
            if url is not None:
                self.bond.store.set_once_url(intent.sync_id, url)
                intent = replace(intent, once_url=url)
        return side.client.create(intent.values, sync_id=intent.sync_id, once_url=intent.once_url)

    def give_back(self, intent: Intent, reason: str) -> None:
        """Forget a create that was certainly not sent; its source is a stranger again."""
        self.endings.dropped(intent, reason, hold=False)

    # -- refusals -----------------------------------------------------------------------------------------

    def _without_the_culprits(self, intent: Intent, refusal: Refused) -> None:
        """Hold the optional fields that the refusal names, and create the rest.

        It is a create of its own, with an id of its own: a server that knows the first one's idempotency key
        would not take another body for it, and a lost answer has to be looked up by what was really sent.
        """
        resource = self.bond.side(intent.target).resource
        blamed = hints.blamed(refusal, resource, intent.values)
        optional = [name for name in blamed if not resource.fields[name].required]
        if not optional or len(optional) < len(blamed) or len(optional) == len(intent.values):
            self.endings.dropped(intent, hints.reason(refusal), hold=True)
            return
        values = hints.split(intent.values, optional)
        rest = self.endings.reopened(intent, replace(intent, sync_id=new_sync_id(), values=values))
        self._send_the_rest(rest, dict.fromkeys(optional, hints.reason(refusal)))

    def _send_the_rest(self, rest: Intent, refused: dict[str, str]) -> None:
        try:
            self.endings.adopted(rest, self._post(rest), refused=refused)
        except (NotSent, RateLimited, Paused) as error:
            self.give_back(rest, str(error))
            raise
        except (Unknown, AnswerError) as error:
            self.endings.unknown(rest, error)
        except Refused as again:
            self.endings.dropped(rest, hints.reason(again), hold=True)

    def _refused_again(self, intent: Intent, refusal: Refused) -> None:
        """A repetition was refused: that says nothing of the first try, which may have made the record, or yet will.

        A server takes a one-time URL as used when the first try arrives, and makes the record afterwards.
        """
        side = self.bond.side(intent.target)
        trails = side.resource.lookup is not None and side.resource.lookup.lag > 0
        if not can_look_up(side.resource):
            self.endings.stuck(intent)
        elif trails or self.bond.clock.now() < intent.at:
            self.endings.unknown(intent, refusal)
        else:
            self._look_up(intent, side)

    def _exists(self, intent: Intent, exists: Exists) -> None:
        """The system says that the record is there already: it is ours if it carries our correlation."""
        side = self.bond.side(intent.target)
        found = side.client.find(intent.sync_id) if can_look_up(side.resource) else []
        if len(found) == 1:
            later = replace(intent, state=IntentState.UNKNOWN)
            self.endings.adopted(later, Answered(found[0].id, found[0], found[0].version))
            return
        reason = f"the {intent.target} system says it exists already; {hints.reason(exists)}"
        self.endings.dropped(intent, reason, hold=True)

    # -- finding out --------------------------------------------------------------------------------------

    def recover(self, intent: Intent) -> None:
        """Find out what became of a create that an earlier run left open, and finish it."""
        side, now = self.bond.side(intent.target), self.bond.clock.now()
        step = next_step(intent, side.resource, now=now)
        if intent.state is IntentState.OPEN:
            # Whoever sent it is gone; what it sent may still be on its way for as long as it would have waited.
            intent = replace(intent, at=now + timedelta(seconds=side.patience))
        match step:
            case Step.WAIT:
                if intent.state is IntentState.OPEN:
                    self.endings.waiting(intent, [])
            case Step.REPEAT:
                self.create(replace(intent, state=IntentState.UNKNOWN))
            case Step.HOLD:
                self.endings.stuck(intent)
            case Step.LOOK_UP:
                self._look_up(intent, side)

    def _look_up(self, intent: Intent, side: SideContext) -> None:
        """Look the record up; where it was never made, start afresh."""
        found = side.client.find(intent.sync_id)
        match after_lookup(len(found)):
            case Found.ADOPT:
                later = replace(intent, state=IntentState.UNKNOWN)
                self.endings.adopted(later, Answered(found[0].id, found[0], found[0].version))
            case Found.REPEAT if self.endings.drops_correlation(intent):
                self.endings.stuck(intent, DROPPED)
            case Found.REPEAT:
                self.create(self.endings.reopened(intent, intent))
            case Found.HOLD:
                self._several(intent, [seen.id for seen in found])

    def _several(self, intent: Intent, ids: Sequence[str]) -> None:
        """A person may have copied our record, correlation and all: which is ours, nobody can tell."""
        reason = f"more than one record carries our correlation: {', '.join(sorted(ids))}"
        self.endings.stuck(intent, reason)

    def adopt_seen(self, intents: Sequence[Intent], strangers: Iterable[Stranger], side: SideContext) -> None:
        """Adopt the stranger that carries the correlation of an open create: its answer was lost, the feed shows it."""
        correlation = side.resource.correlation
        if correlation is None:
            return
        wanted = {intent.sync_id: intent for intent in intents if intent.target is side.side}
        carriers: dict[str, list[Stranger]] = {}
        for stranger in strangers:
            sync_id = str(stranger.view.get(correlation))
            if sync_id in wanted:
                carriers.setdefault(sync_id, []).append(stranger)
        for sync_id, found in carriers.items():
            if len(found) == 1:
                self.endings.linked(wanted[sync_id], _observation(found[0]), {})
            else:
                self._several(wanted[sync_id], [stranger.id for stranger in found])


def _observation(stranger: Stranger) -> Observation:
    return Observation(stranger.id, stranger.version, stranger.updated, stranger.view, stranger.digest)
