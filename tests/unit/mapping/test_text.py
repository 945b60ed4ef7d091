"""Texts: what systems do to them by themselves means nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebond.values.text import NORMALISERS, ascii_reader, reader, taker
from tests.unit.mapping.making import PARKED, canon, label

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
NAMES = st.sets(st.sampled_from(sorted(NORMALISERS)), max_size=4)

#: (normalisers, what the system shows, what it means)
SHOWN: tuple[tuple[list[str], Any, Any], ...] = (
    ([], "Line down", "Line down"),
    ([], " as it is ", " as it is "),
    ([], 7, "7"),
    ([], 1e3, "1000"),
    ([], 0.1 + 0.2, "0.3"),
    ([], 2**70, "1180591620717411303424"),
    ([], True, "true"),
    ([], "e\u0301", "é"),
    ([], "a\x00b", "a\x00b"),
    ([], "👩‍🚒", "👩‍🚒"),
    ([], "half \ud83d", PARKED),
    ([], {"value": "x"}, PARKED),
    ([], ["x"], PARKED),
    ([], float("nan"), PARKED),
    ([], 10**5000, PARKED),
    (["trim"], "\u00a0 line \n", "line"),
    (["trim"], " \t ", None),
    (["lf"], "a\r\nb\rc\nd", "a\nb\nc\nd"),
    (["collapse_spaces"], "a \t\u00a0 b", "a b"),
    (["casefold"], "Straße", "strasse"),
    (["nfc"], "A\u030a", "Å"),
    (["html_escape"], "Fish &amp; Chips &lt;1&gt; &#39;", "Fish & Chips <1> '"),
    (["html_escape"], "&amp;amp;", "&amp;"),
    (["strip_html"], "<p>one</p><p>two<br/>three</p>", "one\ntwo\nthree"),
    (["strip_html"], "1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
    (["strip_html"], "R&amp;D", "R&D"),
    (["no_emoji"], "down 🔥 now", "down  now"),
    (["no_emoji", "collapse_spaces"], "down 🔥 now", "down now"),
    (["trim", "html_escape"], "&nbsp;x&nbsp;", "x"),
)


@pytest.mark.parametrize(("normalise", "raw", "meaning"), SHOWN, ids=label)
def test_a_text_means_what_the_system_has_not_made_of_it(normalise: list[str], raw: Any, meaning: Any) -> None:
    """Whatever a system shows is a text, nothing, or parked; never an error of another kind."""
    assert canon(raw, normalise=normalise) == meaning


@given(TEXTS, NAMES)
def test_the_order_of_normalisers_in_a_definition_means_nothing(text: str, names: Any) -> None:
    """They are applied in an order of their own."""
    assert reader(sorted(names))(text) == reader(sorted(names, reverse=True))(text)


@given(TEXTS, NAMES)
def test_a_text_reduced_once_is_not_reduced_further(text: str, names: Any) -> None:
    """Idempotence holds for all normalisers but those that undo an escaping, which can be there twice."""
    read = reader(names - {"html_escape", "strip_html"})
    assert read(read(text)) == read(text)


@given(TEXTS, NAMES)
def test_what_a_system_would_make_of_its_own_text_is_that_text(text: str, names: Any) -> None:
    """A meaning that came from a system goes back to it unchanged: nothing is written for it."""
    names -= {"strip_html"}
    meaning, take = reader(names)(text), taker(names)
    assert take is None or take(meaning) == meaning


@given(st.text(st.characters(codec="ascii"), max_size=30), NAMES)
def test_the_short_way_for_ascii_is_the_long_way(text: str, names: Any) -> None:
    """ASCII needs no composing, and is spared it."""
    quick = ascii_reader(names)
    assert (text if quick is None else quick(text)) == reader(names)(text)
