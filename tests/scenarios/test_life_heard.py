"""A ticket whose partner tells of its changes by a hub: they are carried at once, and no list is read for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from ebond.secrets import Secret
from ebond.sync.heard import NOTIFIED
from ebond.sync.run import run_bond
from ebond.testing.faults import lose_answer
from ebond.testing.interference import writes
from tests.scenarios.life_stories import STORIES, Story, Tale
from tests.scenarios.test_life import done, lived
from tests.scenarios.world import BOND
from workers.listen.inbox import Inbox, routes
from workers.listen.subscriptions import keep_subscribed, take_away

HERE, TOKEN = "https://ebond.example", "t0ken"
LISTEN = """
    listen:
      path: /notify/theirs
      verify: {{kind: bearer, secrets: [env:HOOK]}}
      subscribe: {{path: /hub, body: {{callback: "{{callback}}"}}, remove: {{path: "/hub/{{id}}"}}}}
      id: {place}
"""
#: Where an event names the ticket: TMF621 sends it whole, MEF 124 its id alone.
PLACES: Mapping[str, str] = {
    "servicenow-tmf4": "/event/troubleTicket/id",
    "servicenow-tmf5": "/event/troubleTicket/id",
    "servicenow-mef": "/event/id",
}


class Ear:
    """``ebond listen`` and a worker, without the sockets between them."""

    def __init__(self, tale: Tale) -> None:
        self.life, self.outcomes = tale.life, []
        resolve: Callable[..., Secret] = lambda _: Secret(TOKEN)  # noqa: E731
        self.inbox = Inbox(
            routes(self.life.definitions, resolve, behind=False),
            self.life.store,
            self.life.clock,
            ring=lambda _: True,
            count=lambda _, outcome: self.outcomes.append(outcome),
        )
        tale.theirs.hub.post = self.receive
        keep_subscribed(self.life.bench, HERE)

    def receive(self, where: str, body: bytes) -> int:
        address = urlsplit(where)
        assert f"{address.scheme}://{address.netloc}" == HERE
        route = self.inbox.route(address.path)
        assert route is not None, where
        return self.inbox.receive(route, {"Authorization": f"Bearer {TOKEN}"}.get, body)

    def work(self, *, lists: bool = False) -> None:
        """Do what is due because something was told of it; no list may be read for that, unless ``lists``."""
        with self.life.counting() as calls:
            while BOND in self.life.store.overdue(now=self.life.clock.now()):
                report = run_bond(self.life.bench.bond(BOND), owner="a test", kind=NOTIFIED)
                assert (report.ok, report.books.balanced) == (True, True)
        assert lists or [call for side in calls.values() for call in side if _is_list(call)] == []


def _is_list(call: str) -> bool:
    return re.match(r"GET [^?]*/(troubleTicket|incident|sys_journal_field)(\?|$)", call) is not None


def listening(name: str) -> Story:
    right = STORIES[name].right
    heard = replace(right, definition=right.definition + LISTEN.format(place=PLACES[name]))
    return replace(STORIES[name], right=heard)


@pytest.mark.parametrize("name", PLACES)
def test_what_a_partner_tells_is_carried_without_a_list(name, tell):
    """21: each event causes a read by id; echoes of our own writes cause no write; the life is the same as ever."""
    story = listening(name)
    tale = tell(story)
    done(tale, story.stages[0])
    ear = Ear(tale)
    for stage in story.stages[1:]:
        before = len(tale.ours.writes)

        def hear(stage=stage, before=before):
            ear.work()
            if not stage.right:
                assert (stage.name, len(tale.ours.writes) - before) == (stage.name, len(stage.left))

        assert (stage.name, *done(tale, stage, first=hear)) == (stage.name, list(stage.left), list(stage.right))
    lived(story, tale)
    assert set(ear.outcomes) == {"accepted"}
    assert (take_away(tale.life.bench), tale.theirs.hub.open) == (True, {})


def test_a_comment_in_doubt_is_looked_for_whoever_tells_of_something(tell):
    """77: the answer was lost, and the next event is of something else: the journal is read before it is sent again."""
    story = listening("servicenow-tmf4")
    tale = tell(story)
    done(tale, story.stages[0])
    ear = Ear(tale)
    tale.theirs.person_says(tale.two, "we look")
    tale.life.left.faults.next(lose_answer, when=writes)
    ear.work(lists=True)
    for severity in ("Critical", "Major", "Minor"):
        tale.life.clock.advance(600)
        tale.theirs.person_edits(tale.two, severity=severity)
        ear.work(lists=True)
    tale.life.settle()
    assert [text for _, text in tale.ours.said(tale.one)] == ["we look"]
