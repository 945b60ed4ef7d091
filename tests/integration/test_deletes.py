"""Deletes are detected on each system, and reported; nothing follows from them."""

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
