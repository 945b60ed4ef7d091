"""People edit on both sides, and the two systems have habits of their own."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest

from tests.integration.deal import Deal, reads, writes


def test_edits_of_different_fields_meet(deal: Deal) -> None:
    """One record, a field edited on each side: both edits cross, in one write a side (edge case 38)."""
    issue, document = deal.pair(urgency=4, site="Brno")
    deal.roundup.edit(issue, {"priority": "critical"})
    deal.partner.edit(document, {"location": "Lyon-4"})
    with deal.counting() as made:
        assert deal.sync().ok
    sent = [call.raw.method for call in made if writes()(call.raw)]
    assert (sorted(sent), deal.roundup.show(issue)["site"], deal.partner.show(document)["severity"]) == (
        ["PATCH", "PATCH"], "Lyon-4", 1,
    )  # fmt: skip
    deal.in_step(1)
    deal.quiet()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("left_wins", ("ours", "ours")),
        ("right_wins", ("theirs", "theirs")),
        ("manual", ("ours", "theirs")),
        ("newest_wins", ("theirs", "theirs")),
    ],
)
def test_conflicts_follow_the_policy(deal: Deal, policy: str, expected: tuple[str, str]) -> None:
    """Both sides rewrite one field: the policy decides, ``manual`` holds that field alone (edge cases 38, 60)."""
    deal.define("mapping", "conflict: left_wins", f"conflict: {policy}")
    issue, document = deal.pair()
    deal.roundup.edit(issue, {"description": "ours", "site": "Brno"})
    # Roundup shows whole seconds: only what is later by more than that can be told to be newer (edge case 61).
    stamp = {"last_modified": int(time.time() * 1000) + 10_000} if policy == "newest_wins" else {}
    deal.partner.edit(document, {"details": "theirs", **stamp})
    assert deal.sync().ok
    left, right = deal.roundup.show(issue), deal.partner.show(document)
    assert ((left["description"], right["details"]), right["location"]) == (expected, "Brno")
    assert deal.held() == ([("conflict", "description")] if policy == "manual" else [])
    deal.quiet()


def test_a_held_conflict_ends_when_people_agree(deal: Deal) -> None:
    """Somebody types the other side's value in: nothing is written, and nothing is held any more (edge case 60)."""
    deal.define("mapping", "conflict: left_wins", "conflict: manual")
    issue, document = deal.pair()
    deal.roundup.edit(issue, {"description": "ours"})
    deal.partner.edit(document, {"details": "theirs"})
    assert deal.sync().ok
    deal.partner.edit(document, {"details": "ours"})
    with deal.counting() as made:
        assert deal.sync().ok
    assert ([call.line for call in made if writes()(call.raw)], deal.held()) == ([], [])
    deal.in_step(1)


def test_roundup_moves_a_status_itself(deal: Deal) -> None:
    """A message makes 'chatting' of 'unread': that is an edit of Roundup's, and it crosses (edge case 50)."""
    issue, document = deal.pair(state="new")
    deal.roundup.add_message(issue, "An engineer is on the way.")
    assert deal.sync().ok
    assert (deal.roundup.show(issue)["status"]["name"], deal.partner.show(document)["state"]) == (
        "chatting", "acknowledged",
    )  # fmt: skip
    deal.quiet()


def test_a_collapsed_status_does_not_come_back(deal: Deal) -> None:
    """'testing' is 'in progress' over there; the other side's edits do not turn it into ours (edge case 48)."""
    issue, document = deal.pair(state="working")
    deal.roundup.edit(issue, {"status": "testing"})
    assert deal.sync().ok
    deal.partner.edit(document, {"location": "Brno"})
    assert deal.sync().ok
    left = deal.roundup.show(issue)
    assert (left["status"]["name"], left["site"]) == ("testing", "Brno")
    deal.quiet()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  blanks around  ", "blanks around"),
        ("two\r\nlines", "two\nlines"),
        ("Störung <b>&amp;</b> 100 % ✅ \u2028 e\u0301", "Störung <b>&amp;</b> 100 % ✅ \u2028 \u00e9"),
    ],
)
def test_text_that_roundup_changes_is_written_once(deal: Deal, typed: str, kept: str) -> None:
    """Roundup strips, and makes LF of CRLF: one write, then silence; the partner keeps what was typed (39, 40, 45)."""
    issue, document = deal.pair()
    deal.partner.edit(document, {"details": typed})
    with deal.counting() as made:
        assert deal.sync().ok
    assert [call.raw.method for call in made if writes()(call.raw)] == ["PATCH"]
    assert (deal.roundup.show(issue)["description"], deal.partner.show(document)["details"]) == (kept, typed)
    assert deal.sync().ok
    deal.quiet()
    assert deal.partner.show(document)["details"] == typed


@pytest.mark.parametrize("empty", [None, ""])
def test_clearing_crosses_both_ways(deal: Deal, empty: str | None) -> None:
    """Roundup drops null and clears by ""; null, "" and a missing member are one 'nothing' (edge case 42)."""
    issue, document = deal.pair(site="Brno", details="long story")
    deal.partner.edit(document, {"details": empty})
    deal.roundup.edit(issue, {"site": ""})
    assert deal.sync().ok
    left, right = deal.roundup.show(issue), deal.partner.show(document)
    assert (left["description"], left["site"], right.get("location")) == (None, None, None)
    assert deal.sync().ok
    deal.quiet()


def test_a_revert_between_two_runs_writes_nothing(deal: Deal) -> None:
    """A→B→A before anybody looked is no edit (edge case 41)."""
    issue, _ = deal.pair(site="Brno")
    deal.roundup.edit(issue, {"site": "Lyon"})
    deal.roundup.edit(issue, {"site": "Brno"})
    with deal.counting() as made:
        assert deal.sync().ok
    assert [call.line for call in made if writes()(call.raw)] == []


def test_an_unknown_priority_holds_its_field_only(deal: Deal) -> None:
    """A severity that no priority stands for parks that field; the rest of the record crosses (edge case 47)."""
    issue, document = deal.pair(urgency=3)
    deal.partner.edit(document, {"severity": 9, "location": "Brno"})
    assert deal.sync().ok
    left = deal.roundup.show(issue)
    assert (left["priority"]["name"], left["site"], deal.held()) == ("bug", "Brno", [("parked", "priority")])
    deal.partner.edit(document, {"severity": 2})
    assert deal.sync().ok
    assert (deal.roundup.show(issue)["priority"]["name"], deal.held()) == ("urgent", [])


def test_a_priority_that_roundup_lacks_is_held(deal: Deal) -> None:
    """The mapping and the contract name a priority that Roundup refuses: that field is held, the rest goes on."""
    deal.define("mapping", '{left: wish, right: "5"}', '{left: Wish, right: "5"}')
    deal.define("systems", "      description: {path: /description", PRIORITY)
    issue, document = deal.pair(urgency=3)
    deal.partner.edit(document, {"severity": 5, "location": "Brno"})
    deal.sync()
    left = deal.roundup.show(issue)
    assert (left["priority"]["name"], left["site"], deal.held()) == ("bug", "Brno", [("parked", "priority")])


PRIORITY = """\
      priority: {path: /priority/name, write_path: /priority, values: [critical, urgent, bug, feature, Wish]}
      description: {path: /description"""


def test_a_title_too_long_for_the_partner_is_parked(deal: Deal) -> None:
    """The contract says 120 characters: a longer title parks its field, the rest crosses (edge case 66)."""
    issue, document = deal.pair(title="short", site="Brno")
    deal.roundup.edit(issue, {"title": "x" * 121, "site": "Lyon"})
    assert deal.sync().ok
    right = deal.partner.show(document)
    assert (right["summary"], right["location"], deal.held()) == ("short", "Lyon", [("parked", "title")])


def test_an_edit_under_our_hands_stands(deal: Deal) -> None:
    """Somebody edits in Roundup between our read and our write: 412, planned again, both edits stand (edge case 51)."""
    issue, document = deal.pair(site="Brno", urgency=3)
    deal.partner.edit(document, {"location": "Lyon"})
    meddle = iter([{"priority": "critical"}])

    def before(raw: object) -> None:
        if writes("/itsm/v2")(raw) and (values := next(meddle, None)):  # type: ignore[arg-type]
            deal.roundup.edit(issue, values)

    deal.proxy.faults.before = before
    with deal.counting() as made:
        assert deal.sync().ok
    assert 412 in [call.status for call in made]
    deal.proxy.faults.clear()
    assert deal.sync().ok
    left = deal.roundup.show(issue)
    assert (left["site"], left["priority"]["name"]) == ("Lyon", "critical")
    deal.in_step(1)
    deal.quiet()


def test_an_edit_between_our_write_and_the_next_run_stands(deal: Deal) -> None:
    """Somebody edits the very field that we have just written: it is their edit, and it crosses (edge case 52)."""
    issue, document = deal.pair(site="Brno")
    deal.partner.edit(document, {"location": "Lyon"})

    def after(raw: object) -> None:
        if writes("/itsm/v2")(raw):  # type: ignore[arg-type]
            deal.proxy.faults.clear()
            deal.roundup.edit(issue, {"site": "Köln"})

    deal.proxy.faults.after = after
    assert deal.sync().ok
    assert deal.sync().ok
    assert (deal.roundup.show(issue)["site"], deal.partner.show(document)["location"]) == ("Köln", "Köln")
    deal.quiet()


def test_a_record_is_read_by_id_only_where_it_must_be(deal: Deal) -> None:
    """An edit from Kinto costs a page a side, one read for Roundup's ETag and one write; back, no read at all."""
    issue, document = deal.pair(site="Brno")
    deal.sync()
    deal.partner.edit(document, {"location": "Lyon"})
    with deal.counting() as made:
        assert deal.sync().ok
    assert len(made) == 4
    deal.sync()
    deal.roundup.edit(issue, {"site": "Köln"})
    with deal.counting() as made:
        assert deal.sync().ok
    assert [call.raw.method for call in made if not reads("/itsm/v2")(call.raw)] == ["GET", "PATCH"]
    assert len(made) == 3


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_wrong_clock_of_ours_loses_nothing(deal: Deal, minutes: int) -> None:
    """Our clock is ten minutes off: what to ask for is told by the systems' clocks alone (edge case 4)."""
    deal.clock.ahead = timedelta(minutes=minutes)
    issue, document = deal.pair(site="Brno")
    for site in ("Lyon", "Wien"):
        deal.roundup.edit(issue, {"site": site})
        assert deal.sync(after=0).ok
        deal.partner.edit(document, {"details": f"now in {site}"})
        assert deal.sync(after=0).ok
        deal.in_step(1)
