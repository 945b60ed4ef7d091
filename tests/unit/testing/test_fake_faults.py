"""Each fault: what the caller sees, and whether the system committed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from ebond.gateway.wire import Raw, TransportFailure
from ebond.testing.clock import ManualClock
from ebond.testing.fake_api import FakeApi
from ebond.testing.fake_system import FakeSystem
from ebond.testing.faults import (
    COMMITTED,
    NOT_COMMITTED,
    Fault,
    answer,
    drop,
    expire_token,
    login_page,
    lose_answer,
    slow,
    throttle,
    truncate,
)
from ebond.testing.interference import Faults, reads, writes
from ebond.testing.presets import plain
from ebond.testing.row_faults import Repeat, empty_list, rows, slide, spoiled, without


@pytest.fixture
def system(clock: ManualClock) -> FakeSystem:
    return FakeSystem(plain().habits, clock=clock)


@pytest.fixture
def faults(system: FakeSystem) -> Faults:
    return Faults(FakeApi(system, plain().resource))


@pytest.fixture
def call(faults: Faults, client: Callable[[Any], Any]) -> Any:
    return client(faults)


def sent(call: Any) -> int | bool:
    """The status of a create, or whether its failure may have been sent."""
    try:
        return int(call("POST", "/tickets", {"title": "a"}).status)
    except TransportFailure as failure:
        return failure.sent


@pytest.mark.parametrize(
    ("name", "seen"), [("lose_answer", True), ("502_after", 502), ("504_after", 504), ("500_after", 500)]
)
def test_committed_faults(name: str, seen: int | bool, system: FakeSystem, faults: Faults, call: Any) -> None:
    """The record stands although the caller sees a failure."""
    faults.next(COMMITTED[name])
    assert (sent(call), len(system.ids())) == (seen, 1)


@pytest.mark.parametrize(
    ("name", "seen"),
    [("drop", False), ("vanish", True), ("500", 500), ("503", 503), ("429", 429), ("401", 401)],
)
def test_faults_before_the_commit(name: str, seen: int | bool, system: FakeSystem, faults: Faults, call: Any) -> None:
    """The caller sees a failure and nothing was written."""
    faults.next(NOT_COMMITTED[name])
    assert (sent(call), system.ids()) == (seen, [])


@pytest.mark.parametrize(
    ("fault", "header", "value"),
    [
        (throttle("7"), "retry-after", "7"),
        (throttle(None), "retry-after", None),
        (expire_token, "www-authenticate", 'Bearer error="invalid_token"'),
        (login_page, "content-type", "text/html; charset=utf-8"),
        (answer(503, headers={"retry-after": "1"}), "retry-after", "1"),
    ],
)
def test_faults_show_their_headers(fault: Fault, header: str, value: str | None, faults: Faults, call: Any) -> None:
    """The header by which a client tells the fault is there, or is missing."""
    faults.next(fault)
    assert call("GET", "/tickets").headers.get(header) == value


def test_truncated_json_cannot_be_read(faults: Faults, call: Any) -> None:
    """The answer breaks off in the middle."""
    faults.next(truncate)
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(call("GET", "/tickets").content)


def test_a_slow_answer_takes_the_clocks_time(clock: ManualClock, faults: Faults, call: Any) -> None:
    """Half of the time passes before the commit, half after, and nobody waits."""
    before = clock.now()
    faults.next(slow(clock, 40))
    call("GET", "/tickets")
    assert (clock.now() - before).total_seconds() == 40


@pytest.mark.parametrize(
    ("fault", "titles"),
    [
        (empty_list(), []),
        (rows(slide), ["1", "2"]),
        (spoiled("title", 7, place=2), ["0", "1", 7]),
        (without("title"), [None, "1", "2"]),
    ],
)
def test_row_faults(fault: Fault, titles: list[Any], system: FakeSystem, faults: Faults, call: Any) -> None:
    """A list is emptied, loses a row, holds nonsense, or lacks a key."""
    for number in range(3):
        system.person_creates({"title": str(number)})
    faults.next(fault)
    assert [row.get("title") for row in call.json("GET", "/tickets")["items"]] == titles


def test_a_row_repeats_on_the_next_page(system: FakeSystem, faults: Faults, call: Any) -> None:
    """The last row of a page comes again on the next."""
    for number in range(4):
        system.person_creates({"title": str(number)})
    faults.always(Repeat(), when=reads)
    pages = [call.json("GET", "/tickets", limit="2", offset=offset)["items"] for offset in ("0", "2")]
    assert [[row["title"] for row in page] for page in pages] == [["0", "1"], ["1", "2", "3"]]


def test_people_edit_in_the_middle_of_a_call(system: FakeSystem, faults: Faults, call: Any) -> None:
    """Hooks run around the call: an edit before it is seen, one after it is not."""
    made = system.person_creates({"title": "a"})

    def edit(title: str) -> Callable[[Raw], None]:
        return lambda raw: (system.person_edits(made, title=title), None)[1]

    faults.before, faults.after = edit("before"), edit("after")
    assert call.json("GET", f"/tickets/{made}")["title"] == "before"
    assert system.values(made)["title"] == "after"


def test_scripted_faults_hit_matching_calls_once(faults: Faults, call: Any) -> None:
    """A fault for writes lets reads pass, hits one write, and is spent."""
    faults.next(drop, when=writes)
    assert call("GET", "/tickets").status == 200
    assert [sent(call), sent(call)] == [False, 201]
    assert (faults.fired, faults.pending) == ([("POST", "drop")], 0)


def test_drawn_faults_and_clear(faults: Faults, call: Any) -> None:
    """A drawing function may fault any call, until everything is cleared."""
    faults.draw = lambda raw: lose_answer
    assert sent(call) is True
    faults.clear()
    assert sent(call) == 201
