"""A run as somebody sees it who collects spans or reads logs: run, transaction, request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, MutableMapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import replace
from typing import Any

import pytest
import structlog
from structlog.contextvars import merge_contextvars

from ebond.sync.run import run_bond
from tests.scenarios.world import BOND, World


class Spans:
    """A tracer that keeps what it is told, each span with the names of those around it."""

    def __init__(self) -> None:
        self._around: ContextVar[tuple[str, ...]] = ContextVar("around", default=())
        self.paths: Counter[str] = Counter()

    @contextmanager
    def span(self, name: str, **facts: Any) -> Iterator[Spans]:
        path = (*self._around.get(), facts.get("part", name))
        self.paths["/".join(path)] += 1
        token = self._around.set(path)
        try:
            yield self
        finally:
            self._around.reset(token)

    def note(self, **facts: Any) -> None: ...

    def headers(self) -> dict[str, str]:
        return {"traceparent": "/".join(self._around.get())}


def traced(world: World) -> Spans:
    """Run the world's bond with a tracer, and return what it was told."""
    spans = Spans()
    for name in world.bench.definitions.gateways:
        world.bench.connection(name).tracer = spans
    world.clock.advance(60)
    run_bond(replace(world.bench.bond(BOND), tracer=spans), owner="a test")
    return spans


def world_of(count: int) -> World:
    world = World(bond={"workers": 3})
    for number in range(count):
        world.left.system.person_creates({"title": f"t{number}", "status": "new"})
    return world


def test_requests_belong_to_their_transaction_and_all_to_their_run() -> None:
    """Three creates on threads of their own, each with one call; the pages belong to the opening."""
    with closing(world_of(3)) as world:
        spans = traced(world)
    working = {path: count for path, count in spans.paths.items() if path.startswith("working")}
    assert working == {"working": 1, "working/transaction": 3, "working/transaction/request": 3}
    assert spans.paths.keys() - working.keys() == {"opening", "opening/request"}


def test_the_gateway_is_told_of_the_request_that_it_gets() -> None:
    """Each call carries the innermost span, in the W3C header."""
    with closing(world_of(2)) as world:
        traced(world)
        calls = [raw.headers.get("traceparent") for raw in world.right.transport.calls if raw.method == "POST"]
    assert calls.count("working/transaction/request") == 2


@pytest.fixture
def lines() -> Iterator[list[MutableMapping[str, Any]]]:
    """Every line that is logged meanwhile, as a worker would write it."""
    written: list[MutableMapping[str, Any]] = []

    def keep(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        written.append(event)
        raise structlog.DropEvent

    structlog.reset_defaults()
    structlog.configure(processors=[merge_contextvars, keep])
    yield written
    structlog.reset_defaults()


def test_a_line_of_a_call_says_which_run_and_link_it_was_for(lines: list[MutableMapping[str, Any]]) -> None:
    """Two edits, carried over by threads: each call is logged with the link that it was made for."""
    with closing(world_of(2)) as world:
        world.sync()
        for record_id in world.left.system.ids():
            world.left.system.person_edits(record_id, title="better")
        lines.clear()
        run = world.sync().run_id
    updates = [line for line in lines if line["event"] == "call" and line["operation"] == "update"]
    assert {(line["bond"], line["run"], line["link"]) for line in updates} == {(BOND, run, 1), (BOND, run, 2)}
    assert len({line["request_id"] for line in updates}) == len(updates) == 2
