"""Deletes are detected on each system and reported; what follows from them is the bond's to say."""

from __future__ import annotations

from tests.integration.deal import Deal, writes


def sweep(deal: Deal) -> None:
    """Have every run read everything."""
    deal.define("bond", "{every: 60s, sweep_every: 1d}", "{every: 1ms, sweep_every: 1ms}")


def deleted(deal: Deal) -> int:
    return int(deal.cli("status")[1]["bonds"][0]["deleted"])


def test_a_tombstone_is_reported_and_nothing_follows(deal: Deal) -> None:
    """Kinto's feed tells of the delete: the issue stays as it is, nothing is created again (edge case 68)."""
    issue, document = deal.pair()
    deal.sync()
    deal.partner.delete(document)
    with deal.counting() as made:
        for _ in range(3):
            assert deal.sync().ok
    assert [call.line for call in made if writes()(call.raw)] == []
    assert (deleted(deal), list(deal.roundup.all(("title",))), deal.partner.all()) == (1, [issue], {})


def test_an_edit_of_what_was_deleted_over_there_is_not_lost(deal: Deal) -> None:
    """The document is gone, the issue is edited: the edit stands where it is, and the link waits (edge case 69)."""
    issue, document = deal.pair(site="Brno")
    deal.sync()
    deal.partner.delete(document)
    deal.roundup.edit(issue, {"site": "Lyon"})
    for _ in range(3):
        assert deal.sync().ok
    assert (deal.roundup.show(issue)["site"], deal.partner.all(), deleted(deal)) == ("Lyon", {}, 1)


def test_both_deleted_is_quiet(deal: Deal) -> None:
    """Deleted on both sides: no error, nothing written, nothing made again (edge case 70)."""
    issue, document = deal.pair()
    deal.sync()
    deal.partner.delete(document)
    deal.roundup.retire(issue)
    for _ in range(3):
        assert deal.sync().ok
    assert (deal.roundup.all(("title",)), deal.partner.all()) == ({}, {})


def test_a_retired_issue_can_be_read_and_is_not_made_again(deal: Deal) -> None:
    """Roundup hides it from lists and still answers by id: no proof of a delete, so the pair is left alone."""
    issue, document = deal.pair()
    deal.pair()
    sweep(deal)
    deal.roundup.retire(issue)
    for _ in range(4):
        assert deal.sync().ok
    assert (len(deal.roundup.all(("title",))), len(deal.partner.all())) == (1, 2)
    assert document in deal.partner.all()


def test_an_edit_for_a_retired_issue_is_kept_and_told(deal: Deal) -> None:
    """Roundup refuses to change what is retired (409): the partner's edit stays there, the link waits for a human."""
    issue, document = deal.pair(site="Brno")
    kept, _ = deal.pair(site="Wien")
    deal.roundup.retire(issue)
    deal.partner.edit(document, {"location": "Lyon"})
    deal.roundup.edit(kept, {"site": "Liège"})
    for _ in range(12):
        deal.sync(after=4000)
    assert deal.partner.show(document)["location"] == "Lyon"
    assert deal.partner.show(deal.partner_of(kept))["location"] == "Liège"
    assert deal.held() != []


def test_what_is_out_of_the_filter_is_not_deleted(deal: Deal) -> None:
    """A server-side filter is set later: what it hides is neither deleted nor made again (edge case 16)."""
    deal.pair(site="Brno")
    deal.pair(site="Lyon")
    deal.define("bond", "workers: 4", 'workers: 4\nleft: {params: {"site:": Brno}}')
    for _ in range(3):
        assert deal.sync().ok
    assert deleted(deal) == 0
    deal.in_step(2)


CLOSED = "workers: 4\nleft: {partner_deleted: {policy: close, set: {status: resolved}}}"


def test_a_tombstone_closes_the_issue_once(deal: Deal) -> None:
    """Kinto's feed tells of the delete: the issue is resolved with one change, and no document is made again."""
    deal.define("bond", "workers: 4", CLOSED)
    issue, document = deal.pair(state="new")
    other, _ = deal.pair(state="new")
    deal.partner.delete(document)
    with deal.counting() as made:
        for _ in range(3):
            assert deal.sync().ok
    assert len([call.line for call in made if writes()(call.raw)]) == 1
    assert (status(deal, issue), status(deal, other) == "resolved", len(deal.partner.all())) == ("resolved", False, 1)
    assert deleted(deal) == 0


def test_a_document_that_is_stored_again_reopens_its_issue(deal: Deal) -> None:
    """Under the id that was deleted: the issue has the status that it had, and edits go through as before."""
    deal.define("bond", "workers: 4", CLOSED)
    issue, document = deal.pair(state="new")
    before, content = status(deal, issue), deal.partner.show(document)
    deal.partner.delete(document)
    assert deal.sync().ok
    deal.partner.create({**content, "location": "Lyon"})
    for _ in range(3):
        assert deal.sync().ok
    assert (status(deal, issue), deal.roundup.show(issue)["site"]) == (before, "Lyon")
    assert (len(deal.partner.all()), deal.partner_of(issue)) == (1, document)


def test_an_issue_is_retired_with_its_document(deal: Deal) -> None:
    """Policy `delete`, with the etag that was read; an issue that somebody edited meanwhile is held."""
    deal.define("systems", "extends: roundup\n", "extends: roundup\nverbs: [GET, POST, PATCH, DELETE]\n")
    deal.define("systems", "  issue:\n", '  issue:\n    delete: {path: "/issue/{id}", precondition: if_match}\n')
    deal.define("bond", "workers: 4", "workers: 4\nleft: {partner_deleted: {policy: delete}}")
    _, document = deal.pair()
    edited, kept = deal.pair(site="Brno")
    deal.partner.delete(document)
    deal.partner.delete(kept)
    deal.roundup.edit(edited, {"site": "Lyon"})
    with deal.counting() as made:
        for _ in range(3):
            assert deal.sync().ok
    assert [call.raw.method for call in made if writes()(call.raw)] == ["DELETE"]
    assert (list(deal.roundup.all(("title",))), deal.partner.all()) == ([edited], {})
    held = deal.cli("status", deal.bond)[1]["bonds"][0]["details"]["deleted"]
    assert [(one["left"], one["state"]) for one in held] == [(edited, "held")]


def test_a_purge_waits_for_an_approval(deal: Deal) -> None:
    """Twelve of twelve documents vanish: nothing follows, and status says what to type; then all of it does."""
    deal.define("bond", "workers: 4", CLOSED)
    issues = [deal.file_issue(deal.incident(state="new")) for _ in range(12)]
    for _ in range(2):
        assert deal.sync().ok
    for document in deal.partner.all():
        deal.partner.delete(document)
    for _ in range(2):
        assert deal.sync().ok
    waiting = deal.cli("status")[1]["bonds"][0]["to_approve"]
    assert (waiting, {status(deal, issue) for issue in issues}) == (12, {"unread"})
    codes = [deal.cli("approve", deal.bond, "--up-to", count)[0] for count in ("11", "12")]
    assert codes == [2, 0]
    assert deal.sync().ok
    assert {status(deal, issue) for issue in issues} == {"resolved"}


def status(deal: Deal, issue: str) -> str:
    return str(deal.roundup.all(("status",))[issue]["status"]["name"])
