"""The gateway goes away, and so does ebond, at any moment: nothing is lost, nothing is doubled."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

import pytest

from ebond.demo.processes import Server
from ebond.gateway.wire import Raw
from tests.integration.deal import Deal, creates, reads, writes


class Outage:
    """A gateway that can be killed and started again on its port, with its database."""

    def __init__(self, deal: Deal) -> None:
        self._deal = deal
        self._name = f"outage-{deal.folder.name}"
        self.server: Server = deal.stack.another_gateway(self._name)

    def end(self) -> None:
        self.server.process.kill()
        self.server.process.wait()

    def back(self) -> None:
        port = urlsplit(self.server.url).port
        self.server = self._deal.stack.another_gateway(self._name, port=port or 0)


@pytest.fixture
def gateway(deal: Deal) -> Iterator[Outage]:
    outage = Outage(deal)
    # No proxy in between: what cannot be connected to must look so.
    deal.define("gateways", deal.proxy.url, outage.server.url)
    yield outage
    outage.server.stop()


def test_a_gateway_that_is_down_costs_nothing(deal: Deal, gateway: Outage) -> None:
    """Down between two runs: the run fails with a reason, and the next one carries all that waited (87)."""
    issue, document = deal.pair(site="Brno")
    gateway.end()
    deal.roundup.edit(issue, {"site": "Lyon"})
    deal.file_document()
    report = deal.sync()
    assert (report.status, "no connection" in str(report.error)) == ("failed", True)
    deal.partner.edit(document, {"severity": 1})
    gateway.back()
    assert deal.sync().ok
    deal.in_step(2)
    assert deal.held() == []


@pytest.mark.parametrize("at", [2, 5, 9])
def test_a_gateway_that_dies_in_mid_run_doubles_nothing(deal: Deal, gateway: Outage, at: int) -> None:
    """The process is killed between two calls of a run; once it is back, everybody has everything, once (24, 27)."""
    for _ in range(5):
        deal.file_issue()
        deal.file_document()
    deal.define("gateways", gateway.server.url, deal.proxy.url)
    deal.proxy.upstream = gateway.server.url
    countdown = iter(range(at, -1, -1))

    def kill(raw: Raw) -> None:
        if creates("")(raw) and next(countdown, -1) == 0:
            gateway.end()

    deal.proxy.faults.before = kill
    assert not deal.sync().ok or gateway.server.process.poll() is not None
    deal.proxy.faults.clear()
    gateway.back()
    deal.restart()
    for _ in range(2):
        assert deal.sync(after=600).ok
    deal.in_step(10)
    deal.quiet()


#: Where a sync is killed: which call, how many of them before, and whether before or after the system saw it.
POINTS: Final[dict[str, tuple[Callable[[Raw], bool], int, bool]]] = {
    "reading": (reads("/partner/v1"), 0, True),
    "first one-time address": (lambda raw: raw.url.endswith("/@poe"), 0, False),
    "first create, before": (creates("/itsm/v2"), 0, True),
    "first create, after": (creates("/itsm/v2"), 0, False),
    "second create at the partner's, after": (creates("/partner/v1"), 1, False),
    "patch, after": (lambda raw: raw.method == "PATCH", 0, False),
}


@pytest.mark.parametrize("point", POINTS.values(), ids=POINTS)
def test_a_killed_sync_is_finished_by_the_next(deal: Deal, point: tuple[Callable[[Raw], bool], int, bool]) -> None:
    """kill -9 in mid-run: the next sync finishes it, both sides agree, nothing is doubled (edge cases 14, 25, 94)."""
    when, skip, before = point
    issue, document = deal.pair(site="Brno")
    deal.roundup.edit(issue, {"site": "Lyon"})
    deal.partner.edit(document, {"severity": 1})
    for _ in range(4):
        deal.file_issue()
        deal.file_document()
    kill_at(deal, when, skip, before=before)
    deal.clock.ahead *= 0
    for _ in range(2):
        assert deal.sync(after=100).ok
    deal.in_step(9)
    deal.quiet()


def kill_at(deal: Deal, when: Callable[[Raw], bool], skip: int, *, before: bool) -> None:
    """Run ``ebond sync`` in a process of its own and kill it around a call."""
    sync = None
    left = iter(range(skip, -1, -1))

    def kill(raw: Raw) -> None:
        if when(raw) and next(left, -1) == 0 and sync is not None:
            sync.send_signal(signal.SIGKILL)
            sync.wait()

    if before:
        deal.proxy.faults.before = kill
    else:
        deal.proxy.faults.after = kill
    sync = deal.start("sync", deal.bond)
    assert sync.wait(timeout=120) == -signal.SIGKILL
    deal.proxy.faults.clear()


def test_two_syncs_at_once_are_one(deal: Deal) -> None:
    """A second ``ebond sync`` while the first works ends with 'in use' and calls nothing (edge cases 23, 28)."""
    deal.file_issue()
    codes = []

    def meanwhile(raw: Raw) -> None:
        if writes()(raw) and not codes:
            codes.append(deal.cli("sync", deal.bond)[0])

    deal.proxy.faults.before = meanwhile
    assert deal.sync(after=0).ok
    assert codes == [2]
    deal.in_step(1)
