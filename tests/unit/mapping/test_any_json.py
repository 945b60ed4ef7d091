"""Whatever a system sends, a value is carried right or parks its own field; nothing else is ever raised."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ebond.definitions.fields import ResourceField
from ebond.errors import ValueParked
from ebond.mapping.codec import codec_for
from ebond.mapping.side import SideView
from ebond.state import Side
from ebond.values.text import NORMALISERS
from tests.unit.mapping.making import mapped, resource

#: What real systems send where something else was expected.
ODD = st.sampled_from(
    [
        "true", "1", "", " ", "2024-01-01 10:00:00", "2024-11-29T10:44:51.887-0800", "1732905891887", "01/02/2024 9:05",
        "0001-01-01", "9999-12-31T23:59:59.999999+00:00", "2099-01-01T00:00:00Z", "1e3", "1e400", "-1e-400", "NaN",
        "Infinity", "0x10", "１２", "\ud83d", "\x00", "a\x00b", "🧑🏽‍🚒", "\u00a0", "\ufeff1", "[]", "{}", '{"a":',
        "<p>x</p>", "&amp;#0;", "&#xD800;", "&#1114112;", "1,5", 10**400, -(10**400), 2**63, 2**64, 1e308, -0.0, 5e-324,
        253402300800, -62135596801, {"link": "x", "value": "y"}, [{"role": "a", "id": 1}, None], [[]], {"": {"~": 1}},
    ]
)  # fmt: skip
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=30) | ODD
KEYS = st.text(st.characters(), max_size=3)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
ZONES = st.sampled_from(
    ["UTC", "Europe/Paris", "America/St_Johns", "Pacific/Kiritimati", "Australia/Lord_Howe", "Asia/Kathmandu"]
)
PATTERNS = st.sampled_from(
    ["%Y-%m-%d %H:%M:%S", "%d/%m/%Y %H:%M", "%Y-%m-%dT%H:%M:%S%z", "%d.%m.%y", "%b %d %Y %I:%M %p"]
)
STAMPS = st.one_of(
    st.fixed_dictionaries(
        {"format": st.sampled_from(["iso", "iso_z", "epoch_s", "epoch_ms"]), "zone": ZONES},
        optional={"granularity": st.sampled_from(["1ms", "1s", "1m", "1h", "1d"])},
    ),
    st.fixed_dictionaries({"format": st.just("pattern"), "pattern": PATTERNS, "zone": ZONES}),
)
FIELDS = st.one_of(
    st.fixed_dictionaries(
        {"type": st.just("text"), "normalise": st.lists(st.sampled_from(sorted(NORMALISERS)), unique=True, max_size=3)},
        optional={"max": st.integers(1, 8)},
    ),
    st.fixed_dictionaries(
        {"type": st.just("number"), "number_as": st.sampled_from(["number", "text"])},
        optional={"decimals": st.integers(0, 30)},
    ),
    st.fixed_dictionaries({"type": st.just("boolean"), "true": st.sampled_from([True, "Y", 1])}),
    st.fixed_dictionaries({"type": st.sampled_from(["instant", "date"]), "stamp": STAMPS}),
    st.fixed_dictionaries(
        {"type": st.just("list"), "ordered": st.booleans()}, optional={"separator": st.sampled_from([",", "; "])}
    ),
    st.just({"type": "json"}),
)
RULES = st.fixed_dictionaries({"too_long": st.sampled_from(["park", "truncate"]), "required": st.booleans()})


def meaning(field: ResourceField, raw: Any) -> Any:
    """Return what a value means; None where it parks or is nothing."""
    try:
        return codec_for(field).canon(raw)
    except ValueParked:
        return None


@settings(max_examples=200)
@given(FIELDS, JSON)
def test_what_a_field_reads_it_can_write_and_reads_again(parts: dict[str, Any], raw: Any) -> None:
    """For any JSON value: it parks, or comes back with the same meaning as it was written."""
    field = ResourceField.model_validate({"path": "/a", **parts})
    value = meaning(field, raw)
    try:
        back = codec_for(field).encode(value)
    except ValueParked:
        return
    if not {"html_escape", "strip_html"} & set(field.normalise):
        assert codec_for(field).canon(back) == value


@settings(max_examples=200)
@given(FIELDS, FIELDS, RULES, JSON)
def test_any_value_is_carried_between_any_two_fields_or_parks(left: Any, right: Any, rule: Any, raw: Any) -> None:
    """Nothing but ValueParked is raised; the short way for whole records says what the long one says."""
    mapping = mapped(left, right, **rule)
    written, parked = mapping.carried(Side.RIGHT, {"a": raw})
    try:
        translated = mapping.rule("it").to(Side.RIGHT, {"a": raw})
    except ValueParked as reason:
        expected: Any = ({}, {"it": str(reason)})
    else:
        expected = ({} if translated.raw is None else {"b": translated.raw}, {})
    assert (written, parked) == expected
    assert len(str(written.get("b", ""))) <= right.get("max", 10**9)


@settings(max_examples=200)
@given(FIELDS, FIELDS, JSON)
def test_what_was_carried_agrees_with_where_it_came_from(left: Any, right: Any, raw: Any) -> None:
    """As long as the other system shows what it was sent: else a record would be written on and on."""
    mapping = mapped(left, right)
    try:
        sent = mapping.rule("it").to(Side.RIGHT, {"a": raw}).raw
    except ValueParked:
        return
    shown = sent if not {"html_escape", "strip_html"} & set(right.get("normalise", ())) else escaped(sent)
    assert mapping.rule("it").equal({"a": raw}, {"b": shown})


def escaped(text: Any) -> Any:
    """Return how a system shows a text that escapes what it stores."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") if isinstance(text, str) else text


@settings(max_examples=200)
@given(FIELDS, JSON, JSON)
def test_comparing_never_fails(parts: dict[str, Any], one: Any, two: Any) -> None:
    """Views are taken, told apart and compared for every record of a scan, whatever they hold."""
    side = SideView(resource(a=parts), ["a"])
    view = side.extract({"a": one})
    assert isinstance(side.digest(view), bytes)
    assert side.same("a", one, two) == side.same("a", two, one)
    assert isinstance(side.explained("a", one, two), bool)
    assert mapped(parts, parts).rule("it").equal({"a": one}, {"b": one}) in (True, False)
