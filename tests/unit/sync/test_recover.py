"""What to do about a create whose outcome is open: every contract in every situation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebond.state import Intent, IntentState, Side
from ebond.sync.recover import Found, Step, after_lookup, can_look_up, is_recoverable, next_step
from tests.unit.sync.making import NOW, resource

LOOKUP = {"path": "/tickets", "params": {"external_ref": "{sync_id}"}, "records": "/items"}
SLOW = {**LOOKUP, "lag": "30s"}


def contract(kind="none", *, lookup=None):
    create = {"path": "/tickets", "id": "/id", "once": {"kind": kind, "ttl": "3600s"}}
    return resource(lookup=lookup, create=create)


def intent(state, *, age=0.0, url=None):
    return Intent("s", "b", Side.RIGHT, "1", {}, b"", {}, state, NOW - timedelta(seconds=age), once_url=url)


OPEN, UNKNOWN, STUCK = IntentState.OPEN, IntentState.UNKNOWN, IntentState.STUCK
WAIT, LOOK, AGAIN, HOLD = Step.WAIT, Step.LOOK_UP, Step.REPEAT, Step.HOLD

#: contract, look-up, state, age, one-time URL → step
TABLE = [
    # The client chooses the id: a repetition meets its own record (24, 25).
    ("client_id", None, OPEN, 0, None, AGAIN),
    ("client_id", None, UNKNOWN, 9e9, None, AGAIN),
    # The server knows the create by its key, for as long as it remembers (35).
    ("idempotency_key", None, OPEN, 0, None, AGAIN),
    ("idempotency_key", None, UNKNOWN, 1799, None, AGAIN),
    ("idempotency_key", None, UNKNOWN, 1800, None, HOLD),
    ("idempotency_key", LOOKUP, UNKNOWN, 1800, None, LOOK),
    ("idempotency_key", None, OPEN, 1800, None, HOLD),
    ("idempotency_key", LOOKUP, OPEN, 1800, None, WAIT),
    ("idempotency_key", LOOKUP, UNKNOWN, -10, None, AGAIN),
    # A one-time URL creates once, and is kept before it is used; after a lost answer it is used up and says nothing.
    ("one_time_url", None, OPEN, 0, "/once/1", AGAIN),
    ("one_time_url", None, OPEN, 0, None, AGAIN),
    ("one_time_url", LOOKUP, OPEN, 0, None, AGAIN),
    ("one_time_url", LOOKUP, UNKNOWN, -10, "/once/1", WAIT),
    ("one_time_url", LOOKUP, UNKNOWN, 0, "/once/1", LOOK),
    ("one_time_url", None, UNKNOWN, 0, "/once/1", HOLD),
    # A look-up by correlation, once its index has caught up (33).
    ("none", LOOKUP, UNKNOWN, 0, None, LOOK),
    # Whoever sent it may have died a moment ago, long after it was decided.
    ("none", LOOKUP, OPEN, 9e9, None, WAIT),
    ("none", SLOW, OPEN, 29, None, WAIT),
    ("none", SLOW, UNKNOWN, 29, None, WAIT),
    ("none", SLOW, UNKNOWN, 30, None, LOOK),
    # What lies ahead of us, as of a call that may still be under way, is waited for.
    ("none", LOOKUP, UNKNOWN, -10, None, WAIT),
    # An upsert that is repeated, or that comes in late, would take back what people wrote since.
    ("upsert", None, OPEN, 9e9, None, HOLD),
    ("upsert", None, UNKNOWN, 0, None, HOLD),
    ("upsert", LOOKUP, OPEN, 9e9, None, WAIT),
    ("upsert", LOOKUP, UNKNOWN, -10, None, WAIT),
    ("upsert", LOOKUP, UNKNOWN, 0, None, LOOK),
    # Nobody can tell (31).
    ("none", None, OPEN, 0, None, HOLD),
    ("none", None, UNKNOWN, 9e9, None, HOLD),
    # A human's turn; a look-up may still find it, anything else would be a guess.
    ("none", None, STUCK, 0, None, HOLD),
    ("client_id", None, STUCK, 0, None, HOLD),
    ("none", LOOKUP, STUCK, 0, None, LOOK),
]


@pytest.mark.parametrize(("kind", "lookup", "state", "age", "url", "step"), TABLE)
def test_the_next_step_for_an_open_create(kind, lookup, state, age, url, step):
    """24, 25, 31, 33, 35: repeat where that is harmless, look up where possible, wait out the lag, or else hold."""
    assert next_step(intent(state, age=age, url=url), contract(kind, lookup=lookup), now=NOW) is step


def test_the_table_reaches_every_step_from_every_kind_of_contract():
    """A step or a contract that no row names is one that nobody has thought of."""
    assert {row[-1] for row in TABLE} == set(Step)
    assert {row[0] for row in TABLE} == {"none", "idempotency_key", "client_id", "one_time_url", "upsert"}
    assert {row[2] for row in TABLE} == set(IntentState)


@pytest.mark.parametrize(("count", "found"), [(0, Found.REPEAT), (1, Found.ADOPT), (2, Found.HOLD), (9, Found.HOLD)])
def test_what_a_look_up_says(count, found):
    """32: one is ours, none was never made, several are a riddle."""
    assert after_lookup(count) is found


@pytest.mark.parametrize(("kind", "lookup", "looked_up", "recoverable"), [
    ("none", None, False, False),
    ("none", LOOKUP, True, True),
    ("client_id", None, True, True),
    ("idempotency_key", None, False, True),
    ("one_time_url", None, False, False),
    ("upsert", None, False, False),
])  # fmt: skip
def test_which_contracts_let_a_create_be_found_out(kind, lookup, looked_up, recoverable):
    """Where nobody could find out, few creates are decided at a time."""
    made = contract(kind, lookup=lookup)
    assert (can_look_up(made), is_recoverable(made)) == (looked_up, recoverable)
