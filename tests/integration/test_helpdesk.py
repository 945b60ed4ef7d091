"""Snapshot mode: a bond between Kinto and django-helpdesk, which tells nobody what changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ebond.demo.people import HelpdeskPeople
from ebond.testing.faults import answer_after, lose_answer
from tests.integration.deal import Deal, creates, writes
from tests.integration.kinto_talk import let_kinto_talk

STATES = {1: "new", 2: "reopened", 3: "resolved", 4: "closed"}


@pytest.fixture
def desk(deal: Deal, helpdesk: HelpdeskPeople) -> HelpdeskPeople:
    """Redefine the deal: the help desk in Roundup's place."""
    for path in deal.folder.glob("*.yaml"):
        path.unlink()
    for path in (Path(__file__).parent / "helpdesk").glob("*.yaml"):
        shutil.copy(path, deal.folder / path.name)
    deal.define("gateways", "https://gateway.example", deal.proxy.url)
    deal.bond = "support-partner"
    return helpdesk


def in_step(deal: Deal, desk: HelpdeskPeople, expected: int) -> None:
    """Assert that both systems hold the same tickets, by their own word."""
    tickets = sorted(
        (row["title"], row["description"], STATES[row["status"]], row["priority"]) for row in desk.all().values()
    )
    documents = sorted(
        (row["summary"], row["details"], row["state"], row["severity"]) for row in deal.partner.all().values()
    )
    assert (tickets, len(tickets)) == (documents, expected)


def ticket(number: int, **values: object) -> dict[str, object]:
    return {"title": f"ticket {number}", "description": "it is broken", "priority": 3, **values}


def document(number: int, **values: object) -> dict[str, object]:
    return {"summary": f"ticket {number}", "details": "it is broken", "severity": 3, "state": "new", **values}


def fill(deal: Deal, desk: HelpdeskPeople) -> None:
    """Seven tickets, of which two are the partner's too, and three documents more."""
    for number in range(7):
        desk.create(ticket(number))
    for number in range(5, 10):
        deal.partner.create(document(number))


def test_snapshots_keep_both_in_step(deal: Deal, desk: HelpdeskPeople) -> None:
    """Matching, creating and pages until 404 or a short one: everything stands on both sides, once."""
    fill(deal, desk)
    report = deal.sync()
    assert (report.ok, report.paired, report.books.created) == (True, 2, 8)
    in_step(deal, desk, 10)


def test_edits_are_seen_by_comparing(deal: Deal, desk: HelpdeskPeople) -> None:
    """No stamp, no version: what differs from what was seen last is an edit; both sides' edits meet."""
    fill(deal, desk)
    deal.sync()
    ours = next(iter(desk.all()))
    theirs = deal.partner_of(ours)
    desk.edit(ours, {"priority": 1, "status": 3})
    deal.partner.edit(theirs, {"details": "it is fixed"})
    assert deal.sync().ok
    assert (desk.all()[ours]["description"], deal.partner.show(theirs)["state"]) == ("it is fixed", "resolved")
    in_step(deal, desk, 10)


def test_nothing_changed_costs_its_pages_only(deal: Deal, desk: HelpdeskPeople) -> None:
    """Ten tickets in pages of five: the pages and not one read by id, no write."""
    fill(deal, desk)
    deal.sync()
    deal.sync()
    with deal.counting() as made:
        assert deal.sync().ok
    lines = [call.line for call in made]
    assert (lines.count("GET /support/tickets/"), lines.count("GET /partner/v1/records"), len(lines)) == (3, 1, 4)


def test_a_follow_up_is_no_edit(deal: Deal, desk: HelpdeskPeople) -> None:
    """Lists inline every comment; what no rule names is not compared."""
    fill(deal, desk)
    deal.sync()
    desk.follow_up(next(iter(desk.all())), "An engineer is on the way.")
    report = deal.sync()
    assert (report.ok, report.books.updated) == (True, 0)


def test_a_status_ignored_at_create_is_written_afterwards(deal: Deal, desk: HelpdeskPeople) -> None:
    """A closed document makes an open ticket: the rest is carried in an update, in the same run (edge case 49)."""
    deal.partner.create(document(1, state="closed"))
    assert deal.sync().ok
    deal.sync()
    in_step(deal, desk, 1)
    assert [row["status"] for row in desk.all().values()] == [4]


def test_a_document_without_details_is_held_before_it_is_sent(deal: Deal, desk: HelpdeskPeople) -> None:
    """The help desk fails (500) without a description: the contract says required, so nothing is even tried."""
    deal.partner.create(document(1, details=None))
    deal.partner.create(document(2))
    report = deal.sync()
    assert (report.ok, report.books.held, report.books.created, len(desk.all())) == (True, 1, 1, 1)


def test_a_create_that_fails_for_ever_doubles_nothing(deal: Deal, desk: HelpdeskPeople) -> None:
    """Where the contract does not say required, the 500 tells nothing: held, and not tried again and again (93)."""
    deal.define("bond", "normalise: [trim], required: true}", "normalise: [trim]}")
    deal.partner.create(document(1, details=None))
    for _ in range(3):
        deal.sync()
    posts = [call.status for call in deal.proxy.calls if creates("/support")(call.raw)]
    assert (posts, desk.all()) == ([500], {})
    assert [what for what, _ in deal.held()] != []


@pytest.mark.parametrize("fault", [lose_answer, answer_after(500)], ids=["reset", "500"])
def test_a_lost_create_is_found_in_the_next_snapshot(deal: Deal, desk: HelpdeskPeople, fault: object) -> None:
    """There is no look-up here: the list shows our correlation, and the ticket is adopted (edge cases 24, 29)."""
    deal.partner.create(document(1))
    deal.proxy.faults.next(fault, when=creates("/support"))  # type: ignore[arg-type]
    for _ in range(3):
        deal.sync()
    in_step(deal, desk, 1)
    assert deal.held() == []


def test_an_edit_just_before_our_write_stands(deal: Deal, desk: HelpdeskPeople) -> None:
    """No ETag here: ebond reads just before it writes, and writes only the field that moved (edge case 51)."""
    desk.create(ticket(1))
    deal.sync()
    ours = next(iter(desk.all()))
    deal.partner.edit(deal.partner_of(ours), {"severity": 1})
    deal.proxy.faults.before = lambda raw: (
        desk.edit(ours, {"title": "renamed meanwhile"}) if writes("/support")(raw) else None
    )
    deal.sync()
    deal.proxy.faults.clear()
    deal.sync()
    row = desk.all()[ours]
    assert (row["title"], row["priority"]) == ("renamed meanwhile", 1)
    in_step(deal, desk, 1)


def test_a_deleted_ticket_is_reported_only(deal: Deal, desk: HelpdeskPeople) -> None:
    """Missing in the list, gone by id twice: reported as deleted; the document stays, nothing is made again (68)."""
    fill(deal, desk)
    deal.sync()
    ours = next(iter(desk.all()))
    theirs = deal.partner_of(ours)
    desk.delete(ours)
    for _ in range(4):
        assert deal.sync().ok
    assert (len(desk.all()), len(deal.partner.all()), theirs in deal.partner.all()) == (9, 10, True)
    assert deal.cli("status")[1]["bonds"][0]["deleted"] == 1


FOLLOW_UPS = """\
    comments:
      resource: followup
      source: in_record
      at: /followup_set
      made: made
      internal: {/public: false}
      add: create
      mark_public: {/public: true, /user: null}
    fields:
      title:"""
FOLLOW_UP = """\
  followup:
    id: /id
    create: {path: /followups/, constants: {/ticket: "{parent}"}, id: /id}
    fields:
      text: {path: /comment, normalise: [trim], required: true}
      made: {path: /date, type: instant, write: never}
---
version: 1
system: partner-desk
"""


def test_follow_ups_cross_as_comments(deal: Deal, desk: HelpdeskPeople) -> None:
    """What lies inside of a ticket, and what in a collection of its own: each comment stands on both sides once.

    The help desk itself makes a follow-up of each new ticket's description.
    """
    deal.define("bond", "    fields:\n      title:", FOLLOW_UPS)
    deal.define("bond", "---\nversion: 1\nsystem: partner-desk\n", FOLLOW_UP)
    let_kinto_talk(deal, "bond")
    deal.define(
        "bond", "\nfields:\n  - {left: title", "\ncomments: {to_left: {template: '{text}'}}\nfields:\n  - {left: title"
    )
    ours = desk.create(ticket(1))
    assert deal.sync().ok
    theirs = deal.partner_of(ours)
    desk.follow_up(ours, "We look into it")
    deal.partner.comment(theirs, "Any news?")
    deal.partner.comment(theirs, "They are slow", internal=True)
    for _ in range(4):
        assert deal.sync().ok
    said = [one["comment"] for one in desk.all()[ours]["followup_set"] if one["comment"]]
    assert said == ["it is broken", "We look into it", "Any news?"]
    there = [one["text"] for one in deal.partner.comments(theirs)]
    assert there == ["it is broken", "Any news?", "They are slow", "We look into it"]
