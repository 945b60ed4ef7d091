"""Answers to look-ups, on both databases."""

from __future__ import annotations

from datetime import timedelta

from ebond.state import LookedUp
from ebond.store import Store
from tests.integration.store.examples import NOW

MAIL = LookedUp("desk/user", "email", "", fold=True, value="ann@example.org")
BACK = LookedUp("desk/user", "", "email", fold=False, value="7")
GONE = LookedUp("desk/user", "email", "", fold=True, value="nobody@example.org")


def test_what_was_found_is_kept_by_its_question(store: Store) -> None:
    """Each question has one answer, the last one; a question that was never asked has none."""
    store.keep_looked_up({MAIL: ["6"], GONE: []}, now=NOW - timedelta(hours=1))
    store.keep_looked_up({MAIL: ["7", "8"], BACK: ["ann@example.org"]}, now=NOW)
    other = MAIL._replace(fold=False)
    assert store.looked_up([MAIL, BACK, GONE, other]) == {
        MAIL: (("7", "8"), NOW),
        BACK: (("ann@example.org",), NOW),
        GONE: ((), NOW - timedelta(hours=1)),
    }


def test_whom_nobody_found_is_looked_for_again_after_a_repair(store: Store) -> None:
    """What was found stays: to ask for it again would be calls for nothing."""
    store.keep_looked_up({MAIL: ["7"], GONE: []}, now=NOW)
    store.forget_unknown()
    assert store.looked_up([MAIL, GONE]) == {MAIL: (("7",), NOW)}


def test_old_answers_are_forgotten_with_old_runs(store: Store) -> None:
    """Nothing that nobody believes any more is kept for ever."""
    store.keep_looked_up({MAIL: ["7"]}, now=NOW - timedelta(days=31))
    store.keep_looked_up({GONE: []}, now=NOW)
    store.prune(runs_before=NOW - timedelta(days=30), journal_before=NOW - timedelta(days=30))
    assert store.looked_up([MAIL, GONE]) == {GONE: ((), NOW)}


def test_everybody_is_looked_up_anew_where_a_system_was_reset(store: Store) -> None:
    """An id may be somebody else's then."""
    store.keep_looked_up({MAIL: ["7"], BACK: ["ann@example.org"]}, now=NOW)
    store.begin_afresh("incidents", by="ann", now=NOW)
    assert store.looked_up([MAIL, BACK]) == {}
