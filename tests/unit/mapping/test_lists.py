"""Lists of texts, as lists and as one text."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mapping.making import PARKED, agree, canon, label, mapped, to_left, to_right, written

COMMA = {"separator": ","}
LABELS = st.lists(
    st.text(st.characters(codec="ascii", exclude_characters=", \t\n\r\x0b\x0c\x1c\x1d\x1e\x1f"), min_size=1), max_size=5
)

SHOWN: tuple[tuple[dict[str, Any], Any, Any], ...] = (
    ({}, ["b", "a", "b"], ("b", "a", "b")),
    ({}, ["a", "", None], ("a",)),
    ({}, [1, True, 1.5], ("1", "true", "1.5")),
    ({}, "a,b", ("a,b",)),
    ({"ordered": False}, ["b", "a", "b"], ("a", "b")),
    (COMMA, "b, a,,", ("b", "a")),
    (COMMA, ["b ", "a"], ("b", "a")),
    ({"separator": "; ", "normalise": ["casefold"]}, "B; A", ("b", "a")),
    ({}, ["e\u0301"], ("é",)),
    ({}, [{"name": "a"}], PARKED),
    ({}, [["a"]], PARKED),
    ({}, {"name": "a"}, PARKED),
    ({}, ["half \ud83d"], PARKED),
    ({}, [""], None),
    (COMMA, " , ", None),
    ({}, [], None),
    ({}, None, None),
    ({}, "", None),
)


@pytest.mark.parametrize(("parts", "raw", "meaning"), SHOWN, ids=label)
def test_a_list_means_its_items(parts: dict[str, Any], raw: Any, meaning: Any) -> None:
    """Empty items say nothing; what is no text in it parks the field."""
    assert canon(raw, type="list", **parts) == meaning


@pytest.mark.parametrize(
    ("parts", "raw", "back"),
    [
        ({}, ["b", "a"], ["b", "a"]),
        ({"ordered": False}, ["b", "a"], ["a", "b"]),
        (COMMA, "b, a", "b,a"),
        ({}, [], None),
    ],
    ids=label,
)
def test_a_list_is_written_as_the_field_keeps_it(parts: dict[str, Any], raw: Any, back: Any) -> None:
    """As a list, or as one text."""
    assert written(raw, type="list", **parts) == back


def test_an_item_that_holds_the_separator_parks() -> None:
    """Written, it would come back as two items."""
    mapping = mapped({"type": "list"}, {"type": "list", **COMMA})
    assert to_right(mapping, ["Paris, Lyon", "x"]) == PARKED


@given(LABELS, st.booleans(), st.booleans())
def test_labels_survive_the_way_there_and_back(labels: list[str], ordered: bool, joined: bool) -> None:
    """Whatever form the other side gives them."""
    mapping = mapped(
        {"type": "list", "ordered": ordered}, {"type": "list", "ordered": ordered, **(COMMA if joined else {})}
    )
    back = to_left(mapping, to_right(mapping, labels))
    assert agree(mapping, labels, to_right(mapping, labels))
    assert (back or []) == (labels if ordered else sorted(set(labels)))
