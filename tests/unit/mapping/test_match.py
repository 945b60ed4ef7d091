"""Match keys: how records find each other before they are linked."""

from __future__ import annotations

from typing import Any

from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.mapping.compile import compile_mapping
from ebond.mapping.match import match_keys
from ebond.state import Side
from tests.unit.mapping.making import SERVICENOW, resource

MAPPING = compile_mapping(
    MappingDefinition.model_validate(
        {
            "version": 1, "mapping": "m", "left": "one/a", "right": "two/b",
            "fields": [
                {"left": "title", "right": "title"},
                {"left": "state", "right": "state", "values": [{"left": "1", "right": "new"}]},
                {"left": "at", "right": "at"},
            ],
        }
    ),
    resource(title={"normalise": ["trim", "casefold"]}, state={}, at={"type": "instant", "stamp": SERVICENOW}),
    resource(title={"normalise": ["casefold"]}, state={}, at={"type": "instant"}),
)  # fmt: skip
KEYS = (("title", "at"), ("state",))
LEFT = {"title": " Line down ", "at": "2026-11-24 09:00:00", "state": "1"}
RIGHT = {"title": "LINE DOWN", "at": "2026-11-24T10:00:00+01:00", "state": "new"}


def keys(side: Side, **parts: Any) -> dict[int, bytes]:
    """Return the match keys of the usual record with some values changed."""
    return dict(match_keys(MAPPING, KEYS, side, {**(LEFT if side is Side.LEFT else RIGHT), **parts}))


def test_records_of_one_meaning_have_the_same_keys() -> None:
    """Translated, converted and normalised as their values are."""
    assert keys(Side.LEFT) == keys(Side.RIGHT)


def test_another_value_is_another_key() -> None:
    """Of that alternative alone."""
    other = keys(Side.RIGHT, title="another")
    assert (other[0] != keys(Side.LEFT)[0], other[1] == keys(Side.LEFT)[1]) == (True, True)


def test_an_alternative_with_an_empty_value_is_no_key() -> None:
    """Two records without a title are not the same for that."""
    assert set(keys(Side.LEFT, title=" ")) == set(keys(Side.RIGHT, at="")) == {1}


def test_a_value_that_cannot_be_read_or_mapped_is_no_key() -> None:
    """It finds nothing, and stops nothing."""
    assert set(keys(Side.LEFT, at="soon", state="7")) == set(keys(Side.RIGHT, at={}, title=[1, {}])) - {1} == set()


def test_values_do_not_run_into_each_other() -> None:
    """A key of two values is not the key of two others that join to the same text."""
    both = (("title", "state"),)
    one = match_keys(MAPPING, both, Side.RIGHT, {"title": "ab", "state": "c"})
    assert one != match_keys(MAPPING, both, Side.RIGHT, {"title": "a", "state": "bc"})
