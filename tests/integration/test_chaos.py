"""Everything at once: people edit on both sides during syncs, the wire fails at random, and then it is quiet."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pytest

from ebond.errors import EbondError
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.fault_proxy import tear
from ebond.testing.faults import (
    App,
    Fault,
    answer,
    answer_after,
    drop,
    expire_token,
    login_page,
    lose_answer,
    throttle,
    truncate,
)
from tests.integration.deal import Deal, writes

FAULTS: tuple[Fault, ...] = (
    drop, lose_answer, tear, truncate, answer(503), answer_after(500), answer_after(502), login_page, throttle("1"),
    expire_token,
)  # fmt: skip
SITES = ("Brno", "Lyon-3", "Wien 22", "Köln Süd", "Århus")
STATES = {"unread": "new", "in-progress": "in_progress", "deferred": "waiting", "resolved": "resolved"}


@dataclass(frozen=True)
class Typed:
    """A title that a person or ebond gave a record, in the order in which the systems took them."""

    by: str
    side: str
    record: str
    title: str


class People:
    """Edits at random, on both sides; all titles that are typed in are different."""

    def __init__(self, deal: Deal, dice: random.Random) -> None:
        self.deal, self.dice, self._lock = deal, dice, Lock()
        self.born = 0
        self.tape: list[Typed] = []

    def act(self) -> None:
        """Do one thing; threads may call it while a sync runs."""
        with self._lock:
            try:
                self.dice.choice((self._file, self._store, self._edit_issue, self._edit_document, self._talk))()
            except EbondError as error:
                # Somebody else was faster: people see a 412 too, and give up.
                if "412" not in str(error):
                    raise

    def get_in_the_way(self, raw: Raw) -> None:
        """Rename the very record that ebond is about to change."""
        record = raw.url.rpartition("/")[2]
        if raw.method != "PATCH":
            return
        with self._lock:
            title = f"in the way {self.dice.getrandbits(64):x}"
            if "/itsm/" in raw.url:
                self.deal.roundup.edit(record, {"title": title})
                self._note("left", record, title)
            else:
                self.deal.partner.edit(record, {"summary": title})
                self._note("right", record, title)

    def watching(self, fault: Fault | None) -> Fault:
        """Have a fault happen, or nothing, and write down what the system made of the call."""

        def watched(app: App, raw: Raw) -> RawAnswer:
            def taped(raw: Raw) -> RawAnswer:
                with self._lock:
                    real = app(raw)
                    self._note_write(raw, real)
                return real

            return fault(taped, raw) if fault else taped(raw)

        return watched

    def _note_write(self, raw: Raw, real: RawAnswer) -> None:
        if not writes()(raw) or real.status >= 300:
            return
        sent, side = json.loads(raw.content), "left" if "/itsm/" in raw.url else "right"
        sent = sent.get("data", sent)
        if title := sent.get("title") or sent.get("summary"):
            made = json.loads(real.content)["data"]["id"] if raw.method == "POST" else None
            self.tape.append(Typed("ebond", side, str(made or raw.url.rpartition("/")[2]), title))

    def _note(self, side: str, record: str, title: str | None) -> None:
        if title is not None:
            self.tape.append(Typed("somebody", side, record, title))

    def _file(self) -> None:
        if self.born < 30:
            self.born += 1
            incident = self.deal.incident()
            self._note("left", self.deal.file_issue(incident), incident.title)

    def _store(self) -> None:
        if self.born < 30:
            self.born += 1
            incident = self.deal.incident()
            self._note("right", self.deal.file_document(incident), incident.title)

    def _edit_issue(self) -> None:
        if issues := list(self.deal.roundup.all(("title",))):
            issue = self.dice.choice(issues)
            values = self._values("title", "site", "status", list(STATES))
            self.deal.roundup.edit(issue, values)
            self._note("left", issue, values.get("title"))

    def _edit_document(self) -> None:
        if documents := list(self.deal.partner.all()):
            document = self.dice.choice(documents)
            values = self._values("summary", "location", "state", list(STATES.values()))
            self.deal.partner.edit(document, values)
            self._note("right", document, values.get("summary"))

    def _talk(self) -> None:
        if issues := list(self.deal.roundup.all(("title",))):
            self.deal.roundup.add_message(self.dice.choice(issues), "Any news?")

    def _values(self, title: str, site: str, state: str, states: list[str]) -> dict[str, Any]:
        kind = self.dice.choice((title, site, state))
        if kind == title:
            return {title: f"typed {self.dice.getrandbits(64):x}"}
        return {site: self.dice.choice(SITES)} if kind == site else {state: self.dice.choice(states)}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_all_ends_well(deal: Deal, seed: int) -> None:
    """After rounds of edits and faults: quiet, both agree or hold a conflict, nothing doubled, no edit gone."""
    dice = random.Random(seed)
    # A login page or a rejected token stops a run, and a full breaker the next ones: quick tries find more.
    people, chance = People(deal, dice), 0.12

    def draw(_raw: Raw) -> Fault:
        return people.watching(dice.choice(FAULTS) if dice.random() < chance else None)

    def meddle(raw: Raw) -> None:
        if writes()(raw) and dice.random() < 0.3:
            dice.choice((lambda _: people.act(), people.get_in_the_way))(raw)

    for _ in range(8):
        for _ in range(5):
            people.act()
        deal.proxy.faults.draw, deal.proxy.faults.before = draw, meddle
        deal.sync(after=4000)
        deal.proxy.faults.clear()
        deal.proxy.faults.draw = lambda _raw: people.watching(None)
        deal.restart()
    for _ in range(6):
        deal.sync(after=4000)
    deal.quiet()
    ends_well(deal, people)


def ends_well(deal: Deal, people: People) -> None:
    issues, documents = deal.roundup.all(("title", "site", "status")), deal.partner.all()
    links = dict(deal.store.links_of(deal.bond))
    assert (sorted(links), sorted(links.values())) == (sorted(issues), sorted(documents))
    assert len(links) == people.born
    held = {(one["left"], one["field"]) for one in deal.store.held(deal.bond)}
    for issue, document in links.items():
        ours = (issues[issue]["title"], issues[issue]["site"])
        theirs = (documents[document]["summary"], documents[document]["location"])
        for name, left, right in zip(("title", "site"), ours, theirs, strict=True):
            assert left == right or (issue, name) in held, (issue, name, left, right)
        no_title_lost([one for one in people.tape if one.record in (issue, document)])


def no_title_lost(tape: list[Typed]) -> None:
    """ebond wrote over nobody's title before it had carried it to the other side (the policy is ``manual``)."""
    waiting: dict[str, str] = {}
    for one in tape:
        if one.by == "somebody":
            waiting[one.side] = one.title
            continue
        assert waiting.get(one.side) in (None, one.title), (one, tape)
        other = "left" if one.side == "right" else "right"
        if waiting.get(other) == one.title:
            del waiting[other]
