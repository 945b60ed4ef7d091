"""What people are told: in the form of its field, once, and as long as the field takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ebond.definitions.tell import Tell
from ebond.state import Hold, Side
from ebond.sync.merge import Action
from ebond.sync.planned import LinkPlan
from ebond.sync.told import Tells, of_fields, told_fields, told_name
from tests.unit.sync.making import NOW, link, resource
from tests.unit.sync.making import mapping as compiled

NOTES = {name: {"path": f"/{name}"} for name in ("partner_no", "note")}
HELD = tuple(Hold(name, "conflict", "both moved", NOW) for name in ("title", "cost"))


def made(kind="text", longest=None, **left):
    """Return what is told on the left, and a link that it is told of."""
    end = resource(
        fields={**NOTES, "bonded": {"path": "/bonded", "type": kind}, "note": {"path": "/note", "max": longest}}
    )
    tell = Tell.model_validate({"left": {"number": "partner_no", "since": "bonded", "held": "note"}})
    extra = told_fields(tell.left, tell.right, end)
    rules = compiled(left=end, right=resource())
    definition = replace(rules, left=type(rules.left)(end, [*rules.left.names, *extra]))
    tells = Tells(tell, {side: definition.view(side) for side in Side}, dict.fromkeys(Side))
    base = {"title": "t", **{told_name(Side.LEFT, name): value for name, value in left.items()}}
    return tells, link(definition, {"title": "t"}, {"title": "t"}, base=(base, {"title": "t"}))


def planned(tells, about, holds=()):
    plan = LinkPlan(about.id, about.left.id, about.right.id, about.mark, (), tuple(holds))
    return {one.field: (one.action, one.raw) for one in tells.planned(about, plan, now=NOW).fields}


def test_a_link_is_told_of_its_partner_and_since_when_and_of_no_hold_where_none_is():
    """What never stood there is not cleared."""
    told = planned(*made())
    assert told == {
        "partner_no": (Action.WRITE_LEFT, "right-1"),
        "bonded": (Action.WRITE_LEFT, "2026-03-01 12:00 UTC"),
    }


def test_what_was_told_is_not_told_again():
    """Whatever the field shows now: people may write there."""
    tells, about = made(partner_no="right-1", bonded="long ago", note="title: both moved")
    assert planned(tells, about, HELD[:1]) == {}
    assert planned(tells, about) == {"note": (Action.SETTLE, None)}
    shown = replace(about.left, view={**about.left.view, "note": "title: both moved"})
    assert planned(tells, about.with_record(Side.LEFT, shown)) == {"note": (Action.WRITE_LEFT, None)}


@pytest.mark.parametrize(
    ("longest", "note"), [(None, "cost: both moved; title: both moved"), (17, "cost: both moved…")]
)
def test_it_is_cut_to_what_the_field_takes(longest, note):
    """With a sign that there was more."""
    tells, about = made(longest=longest)
    assert planned(tells, about, HELD)["note"] == (Action.WRITE_LEFT, note)


@pytest.mark.parametrize("kind", ["date", "instant"])
def test_a_moment_has_the_form_of_its_field(kind):
    """As the system writes dates and instants."""
    tells, about = made(kind)
    view = tells.views[Side.LEFT]
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert view.canon("bonded", planned(tells, about)["bonded"][1]) == (at.date() if kind == "date" else at)


def test_what_could_not_be_told_is_not_told_either():
    """The text names fields of the mapping alone."""
    refused = Hold(told_name(Side.RIGHT, "note"), "parked", "422", NOW)
    assert of_fields((*HELD, refused)) == of_fields(HELD)
