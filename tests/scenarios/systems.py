"""Kinds of systems for the state machine: every contract, with the habits that real systems have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ebond.testing.habits import Automation, FieldHabits
from ebond.testing.preset import STATUSES, Preset
from ebond.testing.wiring import PRESETS

#: Kinds that can check a version; the others read just before they write, and an edit in between is beyond anyone.
GUARDED: Final = frozenset({"plain", "versioned", "kinto", "roundup"})


def _small_pages(preset: Preset) -> Preset:
    """Two rows a page, that a handful of records shifts between pages."""
    resource = preset.resource.model_dump()
    resource["list"]["paging"]["size"] = 2
    return replace(preset, resource=type(preset.resource).model_validate(resource))


def _as_it_is(name: str) -> Callable[..., Preset]:
    def make(skew: float = 0.0) -> Preset:
        preset = _small_pages(PRESETS[name]())
        return replace(preset, habits=replace(preset.habits, skew=skew))

    return make


def _escaping(skew: float = 0.0) -> Preset:
    """Trims, escapes, rounds, fills a default, and opens a ticket when its description changes."""
    preset = _small_pages(PRESETS["plain"]())
    text = FieldHabits(trim=True, html_escape=True)
    habits = replace(
        preset.habits,
        skew=skew,
        fields={
            "title": replace(text, required=True),
            "description": text,
            "status": FieldHabits(values=STATUSES),
            "urgency": FieldHabits(decimals=0, default=3),
            "cost": FieldHabits(decimals=2),
        },
        automations=(Automation(when="description", sets={"status": "open"}, only_if={"status": "new"}),),
    )
    return replace(preset, habits=habits)


def _lagging(skew: float = 0.0) -> Preset:
    """Lists and look-ups trail 30 s behind, and stamps have whole seconds."""
    preset = _small_pages(PRESETS["plain"]())
    resource = preset.resource.model_dump()
    stamp = {"format": "iso_z", "granularity": "1s"}
    resource["updated_stamp"] = resource["list"]["since"]["stamp"] = stamp
    resource["lookup"]["lag"] = "30s"
    resource["create"]["once"] = {"kind": "none"}
    habits = replace(preset.habits, lag=30.0, skew=skew, idempotency_ttl=None)
    return replace(preset, resource=type(preset.resource).model_validate(resource), habits=habits)


def _blind(skew: float = 0.0) -> Preset:
    """The barest contract, and no way to find a record of ours again."""
    preset = _as_it_is("bare")(skew)
    resource = {**preset.resource.model_dump(), "lookup": None, "correlation": None}
    return replace(preset, resource=type(preset.resource).model_validate(resource))


KINDS: Final[dict[str, Callable[..., Preset]]] = {
    **{name: _as_it_is(name) for name in PRESETS},
    "escaping": _escaping,
    "lagging": _lagging,
    "blind": _blind,
}
