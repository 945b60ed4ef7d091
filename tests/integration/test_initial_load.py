"""The first runs of a bond on real systems."""

from __future__ import annotations

from tests.integration.deal import IDLE, Deal


def shared(deal: Deal, count: int) -> None:
    """Have incidents typed in on both sides, not quite alike."""
    for _ in range(count):
        incident = deal.incident()
        deal.file_issue(incident)
        deal.file_document(incident, details="As reported by phone.")


def test_what_both_have_is_matched_and_the_rest_created(deal: Deal) -> None:
    """Every incident ends up once on each side, whoever had it before (edge case 30)."""
    shared(deal, 3)
    for _ in range(4):
        deal.file_issue()
        deal.file_document()
    report = deal.sync()
    assert (report.ok, report.paired, report.books.created) == (True, 3, 8)
    deal.in_step(11)
    deal.quiet()


def test_a_first_run_costs_pages_and_writes(deal: Deal) -> None:
    """A page a side, a one-time address and a create for each issue, one create for each document."""
    for _ in range(3):
        deal.file_issue()
        deal.file_document()
    assert deal.sync().calls == {"acme-itsm": 1 + 2 * 3, "partner-desk": 1 + 3}


def test_the_preview_is_what_the_run_does(deal: Deal) -> None:
    """``plan`` announces the very writes that ``sync`` then makes, and makes none itself (edge case 100)."""
    shared(deal, 1)
    deal.file_issue()
    deal.file_document()
    with deal.counting() as made:
        code, preview = deal.cli("plan", deal.bond)
    assert (code, [call.line for call in made if call.raw.method != "GET"]) == (0, [])
    code, report = deal.cli("sync", deal.bond)
    assert (code, preview["totals"]["matched"], preview["totals"]["update_right"]) == (0, report["matched"], 1)
    assert preview["totals"]["create_left"] + preview["totals"]["create_right"] == report["books"]["created"]
    deal.in_step(3)


def test_the_same_record_is_typed_in_twice(deal: Deal) -> None:
    """Two candidates for one partner: none is guessed, all others go on (edge case 30)."""
    incident = deal.incident()
    deal.file_issue(incident)
    deal.file_document(incident)
    deal.file_document(incident)
    deal.file_issue()
    report = deal.sync()
    assert (report.books.created, report.paired, report.books.held) == (1, 0, 3)
    assert len(deal.partner.all()) == 3


def test_nothing_changed_costs_one_page_a_side(deal: Deal) -> None:
    """By the command line, too: two calls, no write."""
    deal.pair()
    code, report = deal.cli("sync", deal.bond)
    assert (code, report["calls"]) == (0, IDLE)
    code, report = deal.cli("sync", deal.bond)
    assert (code, report["calls"], report["books"]["updated"]) == (0, IDLE, 0)
