"""Answers that are lost, torn, late or somebody else's, on the wire before real systems: each record exactly once."""

from __future__ import annotations

from threading import Event

import pytest

from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.fault_proxy import tear
from ebond.testing.faults import App, Fault, answer_after, drop, login_page, lose_answer, truncate
from tests.integration.deal import Deal, creates, reads, writes

SIDES = pytest.mark.parametrize("system", ["/itsm/v2", "/partner/v1"])


def login_after(app: App, raw: Raw) -> RawAnswer:
    """The system commits, and a single sign-on page answers with 200."""
    app(raw)
    return login_page(app, raw)


AFTER_COMMIT: dict[str, Fault] = {
    "reset": lose_answer,
    "torn": tear,
    "truncated": truncate,
    "500": answer_after(500),
    "502": answer_after(502),
    "504": answer_after(504),
    "login page": login_after,
}


def one_to_create(deal: Deal, system: str) -> None:
    """Have one record that a run will create on that system."""
    if system == "/itsm/v2":
        deal.file_document()
    else:
        deal.file_issue()


@SIDES
@pytest.mark.parametrize("fault", AFTER_COMMIT.values(), ids=AFTER_COMMIT)
def test_a_create_with_a_lost_answer_is_made_once(deal: Deal, system: str, fault: Fault) -> None:
    """The system has made the record, nobody told us: found again, never made twice (edge cases 24, 26, 27)."""
    one_to_create(deal, system)
    deal.proxy.faults.next(fault, when=creates(system))
    deal.sync()
    assert [name for _, name in deal.proxy.faults.fired] != []
    assert deal.sync().ok
    deal.in_step(1)
    deal.sync()
    deal.quiet()


@SIDES
def test_answers_lost_again_and_again_make_one_record(deal: Deal, system: str) -> None:
    """The first create, its repetition and the look-up lose their answers, run after run: still one (edge case 35)."""
    one_to_create(deal, system)
    deal.proxy.faults.next(lose_answer, tear, answer_after(502), when=creates(system))
    for _ in range(5):
        deal.sync()
    assert deal.proxy.faults.pending == 0 or deal.partner.all()
    deal.proxy.faults.clear()
    assert deal.sync().ok
    deal.in_step(1)


@SIDES
@pytest.mark.parametrize("fault", [drop, login_page], ids=["reset", "login page"])
def test_a_create_that_never_arrived_is_made_later(deal: Deal, system: str, fault: Fault) -> None:
    """The call was cut off, or somebody else answered it: looked up, not there, made (edge cases 19, 24)."""
    one_to_create(deal, system)
    deal.proxy.faults.next(fault, when=creates(system))
    deal.sync()
    assert deal.sync().ok
    deal.in_step(1)


@SIDES
@pytest.mark.parametrize("fault", AFTER_COMMIT.values(), ids=AFTER_COMMIT)
def test_a_patch_with_a_lost_answer_is_written_once(deal: Deal, system: str, fault: Fault) -> None:
    """The edit stands over there: the next run sees that both agree, and settles without a write (edge case 54)."""
    issue, document = deal.pair(site="Brno")
    if system == "/itsm/v2":
        deal.partner.edit(document, {"location": "Lyon"})
    else:
        deal.roundup.edit(issue, {"site": "Lyon"})
    deal.proxy.faults.next(fault, when=writes(system))
    deal.sync()
    with deal.counting() as made:
        assert deal.sync().ok
    assert [call.line for call in made if writes()(call.raw)] == []
    deal.in_step(1)
    deal.quiet()


@SIDES
def test_an_edit_made_while_the_answer_was_lost_stands(deal: Deal, system: str) -> None:
    """Our write landed, its answer was lost, somebody wrote over it: theirs is the newer edit (edge cases 52, 54)."""
    issue, document = deal.pair(site="Brno")
    ours = system == "/itsm/v2"
    deal.partner.edit(document, {"location": "Lyon"}) if ours else deal.roundup.edit(issue, {"site": "Lyon"})
    deal.proxy.faults.next(lose_answer, when=writes(system))
    deal.sync()
    deal.roundup.edit(issue, {"site": "Wien"}) if ours else deal.partner.edit(document, {"location": "Wien"})
    for _ in range(3):
        deal.sync()
    sites = deal.roundup.show(issue)["site"], deal.partner.show(document)["location"]
    assert sites == ("Wien", "Wien") or deal.held() == [("conflict", "site")]


@SIDES
@pytest.mark.parametrize("fault", [truncate, login_page, tear], ids=["truncated", "login page", "torn"])
def test_a_garbled_list_is_no_empty_list(deal: Deal, system: str, fault: Fault) -> None:
    """A page that is no page ends the run with a reason; nothing is deleted, nothing lost (edge cases 19, 73)."""
    deal.pair()
    one_to_create(deal, system)
    deal.proxy.faults.always(fault, when=reads(system))
    report = deal.sync()
    assert (report.status, report.error is not None) in [("failed", True), ("stopped", True)]
    assert deal.held() == []
    deal.proxy.faults.clear()
    assert deal.sync().ok
    deal.in_step(2)


@SIDES
def test_a_late_answer_is_a_lost_answer(deal: Deal, system: str) -> None:
    """The read time-out strikes while the system still works on a create: unknown, looked up, once (edge case 24)."""
    deal.define("gateways", "quota:", "timeouts: {read: 1s}\nquota:")
    one_to_create(deal, system)
    done = Event()

    def late(app: App, raw: Raw) -> RawAnswer:
        answer = app(raw)
        # Held until the client has given up; the run's next call shows that it has.
        done.wait(30)
        return answer

    deal.proxy.faults.next(late, when=creates(system))
    deal.sync()
    done.set()
    assert deal.sync().ok
    deal.sync()
    deal.in_step(1)


def test_an_empty_list_where_records_stood_is_an_alarm(deal: Deal) -> None:
    """A full scan that shows nothing of 20 records ends the run; nothing is taken for deleted (edge case 18)."""
    for _ in range(20):
        deal.file_issue()
    assert deal.sync().ok
    deal.define("bond", "{every: 60s, sweep_every: 1d}", "{every: 1ms, sweep_every: 1ms}")
    deal.proxy.faults.always(shown_empty, when=reads("/itsm/v2"))
    report = deal.sync()
    assert (report.status, "empty list" in str(report.error)) == ("failed", True)
    deal.proxy.faults.clear()
    assert deal.sync().ok
    deal.in_step(20)


def shown_empty(_app: App, _raw: Raw) -> RawAnswer:
    """The account lost its rights: everything is hidden from it."""
    return RawAnswer(200, {"Content-Type": "application/json"}, b'{"data": {"collection": [], "@total_size": 0}}')


@pytest.mark.parametrize("count", [1, 3])
def test_a_row_without_an_id_stops_no_other(deal: Deal, count: int) -> None:
    """Rows whose id got lost on the way are failures of their own (issue: one bad record never stops the others)."""
    for _ in range(4):
        deal.file_document()

    def nameless(app: App, raw: Raw) -> RawAnswer:
        answer = app(raw)
        return RawAnswer(answer.status, answer.headers, answer.content.replace(b'"id":', b'"xx":', count))

    deal.proxy.faults.next(nameless, when=reads("/partner/v1"))
    report = deal.sync()
    assert (report.ok, report.books.failed, report.books.created) == (True, count, 4 - count)
    deal.sync()
    deal.in_step(4)
