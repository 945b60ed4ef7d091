"""What the checks at load let through works; what they refuse would not."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.fields import ResourceField
from ebond.definitions.fits import key_fault, value_fault
from ebond.mapping.canonical import text_of
from ebond.mapping.codec import codec_for
from ebond.mapping.convert import constant
from tests.unit.mapping.making import SERVICENOW

FIELDS = st.sampled_from(
    [
        {},
        {"normalise": ["trim", "casefold"]},
        {"normalise": ["collapse_spaces", "lf"]},
        {"normalise": ["html_escape"]},
        {"normalise": ["strip_html"]},
        {"max": 4},
        {"values": ["1", "open"]},
        {"type": "number"},
        {"type": "number", "decimals": 1},
        {"type": "boolean", "true": "Y", "false": "N"},
        {"type": "boolean", "true": "0", "false": "1"},
        {"type": "instant"},
        {"type": "instant", "stamp": SERVICENOW},
        {"type": "instant", "stamp": {"format": "epoch_ms"}},
        {"type": "date"},
        {"type": "date", "stamp": SERVICENOW},
        {"type": "list"},
        {"type": "list", "separator": ","},
    ]
)
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=8) | st.sampled_from(
    [
        *(
            "1",
            "1.0",
            "1.05",
            "1_0",
            "1e3",
            " 1 ",
            "NaN",
            "1e999",
            "9" * 500,
            "0.12345678901234567890",
            "yes",
            "Y",
            "0",
        ),
        *(
            "true",
            "2026-11-24",
            "2026-11-24 09:00:00",
            "2026-11-24T09:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "1795466263999",
        ),
        *("{}", "[1]", '"x"', "open", "Open", "a  b", "a,b", "a, b", "&amp;", "<b>", "é", "e\u0301"),
    ]
)


def field(parts: dict[str, Any]) -> ResourceField:
    """Return a field from a part of its definition."""
    return ResourceField.model_validate({"path": "/a", **parts})


@given(
    FIELDS | st.just({"type": "json"}),
    TEXTS | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
)
def test_a_constant_that_passes_the_checks_can_be_written(parts: dict[str, Any], value: Any) -> None:
    """Whatever passes at load neither parks nor fails while a bond runs."""
    if value_fault(value, field(parts)) is None:
        codec_for(field(parts)).encode(constant(value, field(parts)))


@given(FIELDS, TEXTS)
def test_a_key_that_passes_the_checks_can_be_met(parts: dict[str, Any], text: str) -> None:
    """Values are looked up by their meaning in text: the key of a value map is spelled just so."""
    if key_fault(text, field(parts)) is None:
        assert text_of(codec_for(field(parts)).canon(text)) == text
