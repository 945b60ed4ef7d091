"""The fields of a record: where each lies, its type and its habits."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds
from ebond.definitions.texts import InnerPointer
from ebond.definitions.transitions import Discovery, Transition
from ebond.definitions.writing import Action

FieldType = Literal["text", "number", "boolean", "date", "instant", "list", "json"]
Normaliser = Literal["trim", "collapse_spaces", "lf", "casefold", "html_escape", "nfc", "strip_html", "no_emoji"]
Stamp = Literal["iso", "iso_z", "epoch_s", "epoch_ms", "json_date", "pattern"]


#: What a format shows at least.
_STEPS: Final = {"epoch_s": "1s", "epoch_ms": "1ms", "json_date": "1ms"}
#: Directives of strptime and the step that they show, the finest first.
_DIRECTIVES: Final = (("%f", "0.000001s"), ("%S", "1s"), ("%T", "1s"), ("%M", "1m"), ("%H", "1h"), ("%I", "1h"))


def _finest(pattern: Any) -> str | None:
    if not isinstance(pattern, str):
        return None
    return next((step for directive, step in _DIRECTIVES if directive in pattern), "1d")


class StampFormat(Definition):
    """How a system writes and filters a point in time."""

    format: Stamp = "iso"
    """``iso`` with an offset, ``iso_z`` in UTC with a Z, seconds or milliseconds since 1970, ``json_date`` as
    ``/Date(1767225600000)/`` (OData 2, .NET), or a ``pattern``."""
    pattern: str | None = None
    """strptime pattern where ``format: pattern``, e.g. ``%Y-%m-%d.%H:%M:%S``."""
    zone: str = "UTC"
    """IANA zone of stamps that carry none."""
    granularity: PositiveSeconds = 0.000001
    """The finest step that the system shows and filters; filters are floored to it, never rounded up. Where absent,
    that of the format: the finest part that a pattern shows, 1s or 1ms for seconds and milliseconds since 1970."""

    @model_validator(mode="before")
    @classmethod
    def _own_granularity(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "granularity" in data:
            return data
        step = _STEPS.get(str(data.get("format"))) or _finest(data.get("pattern"))
        return data if step is None else {**data, "granularity": step}


class ResourceField(Definition):
    """One field of a record: where it lies, its type and its habits."""

    path: InnerPointer
    """Where the field lies in a record."""
    write_path: InnerPointer | None = None
    """Where writes put the value, if elsewhere than where it is read: ``/status`` for ``/status/name``."""
    create_path: InnerPointer | None = None
    """Where a create puts the value, if elsewhere than an update does."""
    type: FieldType = "text"
    """``instant`` is a point in time, ``date`` a day of the calendar, ``list`` holds texts, ``json`` is anything."""
    max: Annotated[int, Field(gt=0)] | None = None
    """Longest text in characters that the system takes."""
    values: tuple[str, ...] = ()
    """The only values that the system takes."""
    write_values: dict[str, str] = {}
    """Values that are written otherwise than they are read, for texts: ``{closed: close, opened: reopen}``."""
    actions: dict[str, Action] = {}
    """Values that are set by calls of their own, after the other fields and never with a create; no other value of the
    field is written: ``{closed: {path: "/tickets/{id}/close"}}``."""
    transitions: tuple[Transition, ...] = ()
    """For a status that moves step by step: which states follow which, and how. The shortest way is walked, one
    request for each step, after the other fields: ``[{from: [new], to: open}, {from: [open], to: closed}]``."""
    discover: Discovery | None = None
    """For a status whose transitions the API tells, record by record; one that leads there at once is taken, or else
    the next step of the way that ``transitions`` knows."""
    initial: tuple[str, ...] = ()
    """With ``transitions`` or ``discover``: the states in which a record may begin. A create carries these alone, and
    none where the status moves by calls only; any other is walked to."""
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
    def stepwise(self) -> bool:
        """Does it move by transitions?"""
        return bool(self.transitions) or self.discover is not None

    @property
    def written_at(self) -> str:
        """Where writes put the value."""
        return self.path if self.write_path is None else self.write_path

    @property
    def created_at(self) -> str:
        """Where a create puts the value."""
        return self.written_at if self.create_path is None else self.create_path
