"""Values that name others: what has to be asked before they are carried, and what becomes of each answer."""

from __future__ import annotations

import pytest

from ebond.errors import ValueParked, ValueWaits
from ebond.mapping.asking import Answer, Ask, Finding
from ebond.state import Awaited, Side
from tests.unit.mapping.making import agree, mapped

LOOKUP = {"left": {"resource": "user", "by": "email"}, "right": {"resource": "user", "by": "email"}}
LIST = {"type": "list", "ordered": False}
COUNT = {"type": "number"}


def found(value):
    return Answer(Finding.FOUND, value)


NOBODY, SEVERAL = Answer(Finding.NOBODY), Answer(Finding.SEVERAL)
FAILED = Answer(Finding.FAILED, reason="it is away")


def known(answers, a=None, b=None, *, target=Side.RIGHT, **rule):
    """Compile a mapping of one rule that knows these answers for values of the left side."""
    made = mapped(a, b, **{"lookup": LOOKUP, **rule})
    return made.knowing({Ask("it", target, value): answer for value, answer in answers.items()})


def carried(mapping, raw):
    """Return what is written on the right for a left value, or how and why its field is held."""
    try:
        return mapping.rule("it").to(Side.RIGHT, {"a": raw}).raw
    except ValueParked as parked:
        return parked.kind, str(parked)


NOT_KNOWN = ("unknown", "nobody on the right side is the one that is 'l1' here")
TABLE = {
    "found": ({"l1": found("r1")}, {}, "l1", "r1"),
    "nobody named": ({}, {}, "", None),
    "a default is for nobody named": ({}, {"default": {"right": "desk"}}, None, "desk"),
    "nobody there": ({"l1": NOBODY}, {}, "l1", NOT_KNOWN),
    "nobody there, and somebody instead": (
        {"l1": NOBODY},
        {"lookup": {**LOOKUP, "unknown": {"right": "q"}}},
        "l1",
        "q",
    ),
    "a default is not for somebody unknown": ({"l1": NOBODY}, {"default": {"right": "desk"}}, "l1", NOT_KNOWN),
    "several": ({"l1": SEVERAL}, {}, "l1", ("unknown", "several on the right side have the key of 'l1'")),
    "failed": ({"l1": FAILED}, {}, "l1", ("unasked", "'l1' could not be looked up: it is away")),
    "never asked": ({}, {}, "l1", ("unasked", "'l1' could not be looked up: it has not been looked up lately")),
    "an address is not quoted": (
        {"a@b.example": NOBODY},
        {},
        "a@b.example",
        ("unknown", "nobody on the right side is the one that is a text of 11 characters here"),
    ),
    "the table goes before": ({"l1": NOBODY}, {"values": [{"left": "l1", "right": "r9"}]}, "l1", "r9"),
    "a number": ({"7": found("12")}, {"a": COUNT, "b": COUNT}, 7.0, 12),
    "a list": ({"l1": found("r1"), "l2": found("r2")}, {"a": LIST, "b": LIST}, ["l2", "l1"], ["r1", "r2"]),
    "a list with somebody unknown": (
        {"l1": NOBODY, "l2": found("r2")},
        {"a": LIST, "b": LIST},
        ["l2", "l1"],
        NOT_KNOWN,
    ),
    "one of a list": ({"l1": found("r1")}, {"a": LIST}, ["l1"], "r1"),
    "a list for one": (
        {"l1": found("r1"), "l2": found("r2")},
        {"a": LIST},
        ["l1", "l2"],
        ("parked", "2 are named, and the other side takes one"),
    ),
}


@pytest.mark.parametrize(("answers", "rule", "raw", "expected"), TABLE.values(), ids=TABLE.keys())
def test_what_an_answer_becomes(answers, rule, raw, expected):
    """What is found is written; all else holds the field, with the reason and with how it ends."""
    outcome = carried(known(answers, **rule), raw)
    if isinstance(outcome, tuple) and isinstance(expected, tuple):
        assert (outcome[0], outcome[1].partition(";")[0]) == expected
    else:
        assert outcome == expected


LEFT_9 = Awaited("m", Side.LEFT, "9")
LINKS = {
    "found": ("wait", found("r9"), "r9"),
    "about to come": ("drop", Answer(Finding.PENDING, awaits=LEFT_9), ("waiting", "waits for left '9' to be bonded")),
    "waited for": ("wait", Answer(Finding.UNBONDED, awaits=LEFT_9), ("waiting", "waits for left '9' to be bonded")),
    "left out": ("drop", Answer(Finding.UNBONDED, awaits=LEFT_9), None),
    "stood in for": ("default", Answer(Finding.UNBONDED, awaits=LEFT_9), "root"),
    "no id": ("wait", NOBODY, ("parked", "'9' names no record")),
    "never asked": ("wait", None, ("unasked", "'9' could not be looked up: it has not been looked up lately")),
}


@pytest.mark.parametrize(("unbonded", "answer", "expected"), LINKS.values(), ids=LINKS.keys())
def test_what_a_reference_becomes(unbonded, answer, expected):
    """The partner's id, or what the rule says of a record that has none."""
    default = {"right": "root"} if unbonded == "default" else {}
    made = mapped(link={"unbonded": unbonded}, default=default)
    outcome = carried(made.knowing({Ask("it", Side.RIGHT, "9"): answer} if answer else {}), "9")
    assert (outcome if not isinstance(outcome, tuple) else (outcome[0], outcome[1].partition(";")[0])) == expected


def test_all_that_a_list_waits_for_is_told():
    """The records that have no partner yet, and no other."""
    made = mapped(LIST, LIST, link={})
    waits = Answer(Finding.PENDING, awaits=LEFT_9)
    knowing = made.knowing({Ask("it", Side.RIGHT, "1"): found("r1"), Ask("it", Side.RIGHT, "9"): waits})
    with pytest.raises(ValueWaits) as raised:
        knowing.rule("it").to(Side.RIGHT, {"a": ["1", "9"]})
    assert raised.value.awaits == (LEFT_9,)


def test_the_mapping_that_was_compiled_knows_nothing():
    """What came of an ask is known to the mapping that was given it, and to no other."""
    made = mapped(lookup=LOOKUP)
    knowing = made.knowing({Ask("it", Side.RIGHT, "l1"): found("r1")})
    assert (carried(knowing, "l1"), carried(made, "l1")[0]) == ("r1", "unasked")


def test_a_mapping_without_look_ups_is_handed_on():
    """Nothing is compiled anew where nothing is asked."""
    made = mapped()
    assert made.knowing({Ask("it", Side.RIGHT, "l1"): found("r1")}) is made


def test_two_sides_agree_by_either_way():
    """Somebody instead of an unknown one is what the other side should show: from there nothing is looked for."""
    made = known({"l1": NOBODY}, lookup={**LOOKUP, "unknown": {"right": "desk"}})
    assert [agree(made, "l1", right) for right in ("desk", "r1", None)] == [True, False, False]
