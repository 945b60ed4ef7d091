"""Books, flips, hints, back-off, threads."""

from __future__ import annotations

from collections import Counter
from functools import partial
from operator import truediv
from threading import Barrier

import pytest

from ebond.errors import Refused
from ebond.state import Books, Fate
from ebond.sync import flips, hints
from ebond.sync.books import balance
from ebond.sync.threads import each, flow
from tests.unit.sync.making import resource


class TestBooks:
    """Everything that was read is accounted for exactly once."""

    def test_rows_decided_at_once_and_later_are_added_up(self):
        """What was left open in the scan shows up under what became of it."""
        books = balance(Counter({Fate.UNCHANGED: 3, Fate.OPEN: 2, Fate.FILTERED: 1}), {Fate.CREATED: 1, Fate.HELD: 1})
        assert books == Books(read=6, unchanged=3, filtered=1, created=1, held=1)
        assert books.balanced

    @pytest.mark.parametrize("later", [{}, {Fate.OPEN: 1}, {Fate.UPDATED: 2}])
    def test_a_record_without_an_end_or_with_two_unbalances_them(self, later):
        """Read, and nothing was done about it; or counted twice."""
        assert not balance(Counter({Fate.OPEN: 1}), later).balanced

    @pytest.mark.parametrize("fate", [fate for fate in Fate if fate is not Fate.OPEN])
    def test_every_fate_has_its_column(self, fate):
        """One record of each kind balances."""
        assert balance(Counter({Fate.OPEN: 1}), {fate: 1}) == Books(**{"read": 1, fate.value: 1})


class TestFlips:
    """How often a field came back to a value it had left."""

    @pytest.mark.parametrize(("values", "count"), [
        ("", 0), ("a", 0), ("aaa", 0), ("abc", 0), ("aba", 1), ("abab", 2), ("abcab", 2), ("aabba", 1), ("ababa", 3),
    ])  # fmt: skip
    def test_a_return_is_an_earlier_value_that_was_left_since(self, values, count):
        """The same value written twice in a row is none."""
        assert flips.returns(tuple((float(at), value) for at, value in enumerate(values))) == count

    def test_what_is_older_than_the_window_is_forgotten(self):
        """A slow change of mind is no loop."""
        history = ((0.0, "a"), (50.0, "b"))
        assert flips.remember(history, digest="a", at=100.0, window=60.0) == ((50.0, "b"), (100.0, "a"))

    def test_the_history_does_not_grow_for_ever(self):
        """Old values say nothing about a loop."""
        history = ()
        for at in range(100):
            history = flips.remember(history, digest=str(at), at=float(at), window=1e9)
        assert [digest for _, digest in history] == [str(at) for at in range(100 - flips.KEPT, 100)]


class TestHints:
    """Which field does a refusal blame?"""

    @pytest.mark.parametrize(("text", "blamed"), [
        ('{"field": "urgency"}', ["urgency"]),
        ("URGENCY must be a number", ["urgency"]),
        ("subtitle is bad", []),
        ("title-case only", []),
        ("cost and title", ["title", "cost"]),
        ("nothing of ours", []),
    ])  # fmt: skip
    def test_a_field_is_blamed_by_its_whole_name(self, text, blamed):
        """36: a name inside another word is no blame."""
        refusal = Refused("refused", content=text.encode())
        assert hints.blamed(refusal, resource(), ["title", "urgency", "cost"]) == blamed

    def test_the_reason_repeats_nothing_of_the_answer(self):
        """101: what the system says may hold what it was sent."""
        refusal = Refused("refused", content=b"secret", request_id="r-1")
        assert hints.reason(refusal) == "refused by the system (refused, request r-1)"


class TestEach:
    """The same work for many items."""

    @pytest.mark.parametrize("workers", [1, 4])
    def test_the_results_come_in_order(self, workers):
        """However many work on them."""
        assert list(each(lambda n: n * n, range(10), workers=workers)) == [n * n for n in range(10)]

    def test_several_are_worked_on_at_once(self):
        """Three items that wait for each other get done."""
        meeting = Barrier(3, timeout=10)
        assert sorted(each(lambda _: meeting.wait(), range(3), workers=3)) == [0, 1, 2]

    @pytest.mark.parametrize("workers", [1, 3])
    def test_the_first_error_ends_it(self, workers):
        """What follows is not begun any more, or finished first."""
        with pytest.raises(ZeroDivisionError):
            list(each(lambda n: 1 // n, [1, 0, 1], workers=workers))


class TestFlow:
    """Tasks that are found while others are done."""

    @pytest.mark.parametrize("workers", [1, 4])
    def test_every_task_is_done_once(self, workers):
        """However many work on them, and in whatever order they end."""
        assert sorted(flow([lambda n=n: n for n in range(20)], workers=workers)) == list(range(20))

    def test_the_next_tasks_do_not_wait_for_the_last_of_the_batch_before(self):
        """A slow task of one batch meets one of the next batch."""
        meeting = Barrier(2, timeout=10)
        assert sorted(flow([meeting.wait, lambda: 5, lambda: 6, meeting.wait], workers=2)) == [0, 1, 5, 6]

    @pytest.mark.parametrize("workers", [1, 3])
    def test_no_more_is_asked_for_than_threads_can_begin_but_one(self, workers):
        """What is taken early may have to be given back."""
        begun = []
        with pytest.raises(ZeroDivisionError):
            list(flow((begun.append(n) or partial(truediv, 1, 0) for n in range(50)), workers=workers))
        assert len(begun) <= workers + 1
