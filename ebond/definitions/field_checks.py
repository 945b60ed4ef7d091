"""Is a field's definition in accord with its type?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ebond.definitions.fields import ResourceField, StampFormat
from ebond.definitions.fits import key_fault
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

#: Keys that mean something for some types only.
_FOR_TYPES: Final = {
    "max": ("text",),
    "normalise": ("text", "list"),
    "write_values": ("text",),
    "actions": ("text",),
    "transitions": ("text",),
    "discover": ("text",),
    "stamp": ("date", "instant"),
    "decimals": ("number",),
    "number_as": ("number",),
    "true": ("boolean",),
    "false": ("boolean",),
    "separator": ("list",),
    "ordered": ("list",),
}
_MOMENT: Final = datetime(2026, 11, 24, 13, 5, 9, 123456, tzinfo=UTC)
_DAY: Final = timedelta(days=1).total_seconds()


def check_field(field: ResourceField, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a field."""
    for key, types in _FOR_TYPES.items():
        if field.type not in types and spot.says(key):
            yield spot.fault(
                f"{key!r} is for fields of type {' or '.join(types)}", key, key=True, todo=f"this one is {field.type!r}"
            )
    if _spelled_alike(field.true, field.false):
        yield spot.fault("yes and no are written alike", "false" if spot.says("false") else "true")
    if field.create_path is not None and field.write == "never":
        yield spot.fault("a field that is never written is not created either", "create_path", key=True)
    if field.empty == "list" and field.type not in ("list", "json"):
        yield spot.fault("'no value' of a field that is no list is no empty list", "empty")
    for index, value in enumerate(field.values):
        fault = key_fault(value, field.model_copy(update={"values": ()}))
        if fault is not None:
            yield spot.fault(fault[0], "values", index, todo=fault[1])
        if value in field.values[:index]:
            yield spot.fault(f"the value {value!r} stands here twice", "values", index, todo="remove it")
    yield from _values_of(field, spot)
    yield from check_stamp(field.stamp, spot.into("stamp"), day=field.type == "date")


def _values_of(field: ResourceField, spot: Spot) -> Iterator[Problem]:
    for key, named in (("write_values", field.write_values), ("actions", field.actions)):
        for value in named:
            fault = key_fault(value, field)
            if fault is not None:
                yield spot.fault(fault[0], key, value, key=True, todo=fault[1])


def _spelled_alike(one: Any, other: Any) -> bool:
    return str(one).strip().casefold() == str(other).strip().casefold()


def check_stamp(form: StampFormat, spot: Spot, *, day: bool = False) -> Iterator[Problem]:
    """Yield what is wrong with the format of a point in time, or of a day."""
    try:
        ZoneInfo(form.zone)
    except Exception:  # zoneinfo raises several kinds for bad names
        yield spot.fault(f"there is no time zone {form.zone!r}", "zone", todo="use an IANA name: Europe/Paris")
        return
    if form.format != "pattern":
        if form.pattern is not None:
            yield spot.fault(f"format {form.format!r} does not use 'pattern'", "pattern", todo="say format: pattern")
        return
    if form.pattern is None:
        yield spot.fault("'format: pattern' needs 'pattern'", "format")
        return
    yield from _pattern(form, form.pattern, spot, day=day)


def _pattern(form: StampFormat, pattern: str, spot: Spot, *, day: bool) -> Iterator[Problem]:
    """A pattern has to show all that the granularity promises: what it cuts off would look like an edit."""
    step = max(form.granularity, _DAY) if day else form.granularity
    seconds = _MOMENT.timestamp()
    moment = datetime.fromtimestamp(seconds - seconds % step, UTC)
    try:
        back = datetime.strptime(moment.strftime(pattern), pattern)  # noqa: DTZ007  # only tried
    except ValueError as error:
        yield spot.fault(f"{pattern!r} is no pattern of a date: {error}", "pattern")
        return
    if back.replace(tzinfo=UTC) != moment:
        yield spot.fault(
            f"{pattern!r} does not show all of {moment:%Y-%m-%d %H:%M:%S.%f}",
            "pattern",
            todo="show year to second in it, or say with 'granularity' what its finest step is: 1s, 1m, 1d",
        )
