"""What a fake system does to its records: a value, so that tests can draw it and print it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldHabits:
    """What the system does to one field; the text habits are applied in the order given here."""

    trim: bool = False
    lf: bool = False
    """CRLF becomes LF."""
    lower: bool = False
    no_emoji: bool = False
    """Characters beyond the basic plane are dropped."""
    html_escape: bool = False
    """Escaped on store, again with each write: ``&`` → ``&amp;`` → ``&amp;amp;``."""
    truncate: int | None = None
    """Longer text is cut without a word."""
    decimals: int | None = None
    """Numbers are rounded to so many places."""
    as_text: bool = False
    """Numbers and booleans are kept as text."""
    default: Any = None
    """Filled in where a create leaves the field out."""
    read_only: bool = False
    """Silently ignored when the API writes it; people may still edit it."""
    ignored_at_create: bool = False
    required: bool = False
    """Empty → 422."""
    max: int | None = None
    """Longer → 422."""
    values: tuple[str, ...] = ()
    """Anything else → 422."""
    unique: bool = False
    """A second record with this value → 409."""
    null: Literal["clears", "ignored"] = "clears"
    """What a JSON null in a write does."""
    empty: Literal["kept", "null"] = "kept"
    """Whether ``""`` reads back as ``""`` or as null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Automation:
    """A rule inside the system: a change of ``when`` (not at create) sets other fields."""

    when: str
    sets: Mapping[str, Any]
    only_if: Mapping[str, Any] = field(default_factory=dict)
    """Only where these fields hold these values, e.g. ``{"status": "unread"}``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """Which states a call may move a record through; people go where they like."""

    moves: Mapping[str, tuple[str, ...]]
    """State → the states that may follow; any other → 422."""
    needs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """State → fields that must not be empty in it → 422."""
    closed: tuple[str, ...] = ()
    """States in which a call changes nothing but the state → 422."""
    first: str | None = None
    """The state of each record that a call creates, whatever it asks for."""
    pauses: Mapping[str, str] = field(default_factory=dict)
    """State → the state that shows instead at first, until the system (``FakeSystem.goes_on``) gets there."""
    calls_only: bool = False
    """A plain update of the state is ignored; only calls of its own move it."""
    name: str = "status"
    """The field that holds the state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What the system does to whole records."""

    every: FieldHabits = FieldHabits()
    """Habits of each field that ``fields`` does not name."""
    fields: Mapping[str, FieldHabits] = field(default_factory=dict)
    automations: tuple[Automation, ...] = ()
    workflow: Workflow | None = None
    version: Literal["counter", "stamp", "etag", "none"] = "counter"
    """A number that grows, the updated stamp itself, a hash, or nothing."""
    etag: Literal["plain", "weak", "gzip"] = "plain"
    """How the header spells the version: ``"v"``, ``W/"v"`` or ``"v-gzip"``; all are accepted back."""
    stamp_step: float = 0.0
    """Each change is stamped at least this much later than the one before (strictly increasing feeds)."""
    bump_unchanged: bool = False
    """A write that changes nothing still makes a new version."""
    nothing_refused: bool = False
    """A write that holds nothing to write → 400."""
    lag: float = 0.0
    """Seconds until lists and look-ups show a change; a read by id always shows it."""
    skew: float = 0.0
    """Seconds that the system's clock is ahead of the test's."""
    delete: Literal["gone", "retired"] = "gone"
    """Deleted records answer ``gone_status``; or they answer 200, lists omit them, writes get 409."""
    gone_status: Literal[404, 410] = 404
    idempotency_ttl: float | None = None
    """Seconds for which an idempotency key is remembered; None: keys are not understood."""
    idempotency_replays: bool = False
    """A key that is known is answered with what the first answer showed, and not with the record of today."""
    stale_status: Literal[409, 412] = 412
    version_required: bool = False
    """A write without a precondition → ``stale_status``."""

    def of(self, name: str) -> FieldHabits:
        """Return the habits of one field."""
        return self.fields.get(name, self.every)
