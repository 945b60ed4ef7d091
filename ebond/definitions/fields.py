"""The fields of a record: where each lies, its type and its habits."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds
from ebond.definitions.texts import InnerPointer

FieldType = Literal["text", "number", "boolean", "date", "instant", "list", "json"]
Normaliser = Literal["trim", "collapse_spaces", "lf", "casefold", "html_escape", "nfc", "strip_html", "no_emoji"]
Stamp = Literal["iso", "iso_z", "epoch_s", "epoch_ms", "pattern"]


class StampFormat(Definition):
    """How a system writes and filters a point in time."""

    format: Stamp = "iso"
    """``iso`` with an offset, ``iso_z`` in UTC with a Z, seconds or milliseconds since 1970, or a ``pattern``."""
    pattern: str | None = None
    """strptime pattern where ``format: pattern``, e.g. ``%Y-%m-%d.%H:%M:%S``."""
    zone: str = "UTC"
    """IANA zone of stamps that carry none."""
    granularity: PositiveSeconds = 0.000001
    """The finest step that the system shows and filters; filters are floored to it, never rounded up."""


class ResourceField(Definition):
    """One field of a record: where it lies, its type and its habits."""

    path: InnerPointer
    """Where the field lies in a record."""
    write_path: InnerPointer | None = None
    """Where writes put the value, if elsewhere than where it is read: ``/status`` for ``/status/name``."""
    type: FieldType = "text"
    """``instant`` is a point in time, ``date`` a day of the calendar, ``list`` holds texts, ``json`` is anything."""
    max: Annotated[int, Field(gt=0)] | None = None
    """Longest text in characters that the system takes."""
    values: tuple[str, ...] = ()
    """The only values that the system takes."""
    normalise: tuple[Normaliser, ...] = ()
    """What the system itself does to text, so that ebond does not take it for an edit."""
    write: Literal["always", "create_only", "never"] = "always"
    """When the system takes the field."""
    required: bool = False
    """The system creates no record without it."""
    empty: Literal["null", "text", "list", "omit"] = "null"
    """How 'no value' is written: null, "", [], or by leaving the field out (then it cannot be cleared)."""
    stamp: StampFormat = StampFormat()
    """For date and instant."""
    decimals: Annotated[int, Field(ge=0, le=30)] | None = None
    """Places the system keeps of a number; compared and written rounded to it."""
    number_as: Literal["number", "text"] = "number"
    """How a number is written."""
    true: str | int | bool = True
    """How yes is written."""
    false: str | int | bool = False
    """How no is written."""
    separator: Annotated[str, Field(min_length=1)] | None = None
    """A list kept as one text, split by this."""
    ordered: bool = True
    """False where the order of a list means nothing."""

    @property
    def written_at(self) -> str:
        """Where writes put the value."""
        return self.path if self.write_path is None else self.write_path
