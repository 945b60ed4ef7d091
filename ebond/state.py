"""What ebond knows of a bond: the values that the store keeps and the planner reads.

A *view* is a dict from field name to the raw JSON value that the system showed (None where it showed
nothing). A *base* is a dict from the name of a mapping rule to the raw value which that side last returned
for it: two rules may share a field and be at different points. Nothing here does anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

View = Mapping[str, Any]


class Side(StrEnum):
    """One of the two sides of a bond."""

    LEFT = "left"
    RIGHT = "right"

    @property
    def other(self) -> Side:
        return Side.RIGHT if self is Side.LEFT else Side.LEFT


class Origin(StrEnum):
    """Where the stored view of a record comes from."""

    FEED = "feed"
    """A list showed it."""
    READ = "read"
    """A read by id showed it; the list may still trail behind."""
    ANSWER = "answer"
    """The system showed it in the answer to our own write; seeing it again is an echo."""
    ASSUMED = "assumed"
    """We sent it and the answer showed nothing; the system has yet to show it."""
    STUB = "stub"
    """The list says that it changed, or no longer shows it: a read by id has to tell. The view is an older one."""


class Fate(StrEnum):
    """What became of a record that a run read; a run's books balance over these."""

    OPEN = "open"
    """Not decided yet: its link waits to be reconciled, or it is a stranger."""
    UNCHANGED = "unchanged"
    ECHO = "echo"
    FILTERED = "filtered"
    CREATED = "created"
    UPDATED = "updated"
    HELD = "held"
    FAILED = "failed"
    DELETED = "deleted"
    """A tombstone, or found deleted; what follows from it stands with its link."""
    WAITING = "waiting"
    """The run's time was over before its turn came; a later run does it."""


@dataclass(frozen=True, slots=True)
class Known:
    """The little of a stored record that tells whether a new observation differs."""

    digest: bytes
    version: str | None
    updated: datetime | None
    link_id: int | None
    gone: bool
    open_in_run: int | None
    """The run that has read it and not decided it yet."""
    origin: Origin = Origin.FEED
    missing: bool = False
    """A read by id did not find it; a second one makes it gone."""

    @property
    def never_seen(self) -> bool:
        """Was it only told of so far? Then it may not be readable yet, and cannot have been deleted."""
        return not self.digest and not self.gone and self.link_id is None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of its records, each once: as much as tells which of them moved, column by column."""

    ids: Sequence[str]
    digests: Sequence[bytes]
    versions: Sequence[str | None]
    """None where a row shows no version: then the digest alone tells."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a side showed of one record."""

    id: str
    version: str | None
    updated: datetime | None
    view: View
    digest: bytes
    in_scope: bool = True
    gone: bool = False
    fate: Fate = Fate.OPEN
    keys: tuple[tuple[int, bytes], ...] = ()
    """Match keys of a record without a link: (alternative, digest of the values)."""
    origin: Origin = Origin.FEED


#: Stands for every state: where nobody knows in which one a new record begins.
ANYWHERE: Final = ("*",)


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A rule's field that we wrote and that the system has not shown since, or that we are about to walk."""

    sent: Any
    was: Any
    """What stood there before the write; seen again, the write was ignored or put back."""
    source: Any = None
    """The source side's base before the write, to fall back to then."""
    passing: tuple[str, ...] = ()
    """States that lie on the way to ``sent`` where it is walked to: they are ours, and nobody's edit."""

    def passes(self, state: str) -> bool:
        """Is this a station on our own way?"""
        return state in self.passing or self.passing == ANYWHERE


class Take(StrEnum):
    """What an operator decides about a held field."""

    LEFT = "left"
    """The left value is carried to the right."""
    RIGHT = "right"
    NEITHER = "neither"
    """Both stay as they are; the difference is no edit any more."""

    @property
    def winner(self) -> Side | None:
        """The side whose value stands on both sides afterwards."""
        return None if self is Take.NEITHER else Side(self.value)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an operator decided about a held field, seeing the values that its hold was made of."""

    take: Take
    by: str


#: Kinds of holds that end by themselves when the other side knows more: they are looked at again with every plan.
PASSING: Final = frozenset({"unknown", "unasked", "waiting"})


#: Kinds of holds of values that cannot be carried; ``waiting`` is none that a human has to look at.
PARKED: Final = ("parked", "unknown", "unasked")


@dataclass(frozen=True, slots=True)
class Hold:
    """A field set aside for a human; ``field`` is the rule's name."""

    field: str
    kind: str
    """``conflict``; ``parked``; ``unknown``: nobody there is the one whom the value names; ``unasked``: that could not
    be looked up; ``waiting``: for the record that it names to be bonded."""
    reason: str
    since: datetime
    left: str = ""
    """Digest of the left value that was held; a hold is looked at again when either value changes."""
    right: str = ""
    decision: Decision | None = None
    """What an operator decided since; the next plan carries it out."""

    def print_of(self, side: Side) -> str:
        """Return the digest of a side's value."""
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True)
class RecordState:
    """One side of a link as last observed."""

    id: str
    version: str | None
    updated: datetime | None
    view: View
    digest: bytes
    base: View | None
    """None before the link was first settled."""
    unconfirmed: Mapping[str, Unconfirmed] = attribute(default_factory=dict)
    """By rule name."""
    gone: bool = False
    origin: Origin = Origin.FEED


@dataclass(frozen=True, slots=True)
class LinkState:
    """One left record bound to one right record, with all that planning needs."""

    id: int
    bond: str
    left: RecordState
    right: RecordState
    mark: int
    """Grows with every reason to look at the link; a settlement covers the mark that it was planned from."""
    holds: Mapping[str, Hold] = attribute(default_factory=dict)
    flips: Mapping[str, tuple[tuple[float, str], ...]] = attribute(default_factory=dict)
    """Per rule: (epoch seconds, digest) of the last values that we wrote."""
    attempts: int = 0
    fence: int = 0
    """Grows each time a worker takes the link; only the last taker may commit."""

    def side(self, side: Side) -> RecordState:
        return self.left if side is Side.LEFT else self.right

    def with_record(self, side: Side, record: RecordState) -> LinkState:
        """Return the link with another state of one side's record."""
        return replace(self, left=record) if side is Side.LEFT else replace(self, right=record)


@dataclass(frozen=True, slots=True)
class Stranger:
    """A record in scope that no link holds."""

    id: str
    version: str | None
    updated: datetime | None
    view: View
    digest: bytes


class IntentState(StrEnum):
    """How far a create has come."""

    OPEN = "open"
    """Committed, not sent yet as far as anyone knows: a crash here may have sent it."""
    UNKNOWN = "unknown"
    """Sent, and the answer was lost."""
    STUCK = "stuck"
    """Nobody can tell what became of it; a human has to look."""


@dataclass(frozen=True, slots=True)
class Intent:
    """A create that was decided: committed before the call, gone when the link stands."""

    sync_id: str
    bond: str
    target: Side
    source_id: str
    source_view: View
    source_digest: bytes
    values: View
    """Raw values by field name, as sent to the target."""
    state: IntentState
    at: datetime
    """When it was decided; once its outcome is unknown, since when nothing of it can be under way any more."""
    once_url: str | None = None
    """The one-time URL that was given out for it, where the contract has them."""
    attempts: int = 0
    holder: int | None = None
    """Who sends it, or finds out what became of it."""


@dataclass(frozen=True, slots=True, order=True)
class Awaited:
    """A record that others wait for until it is in a link of its bond."""

    bond: str
    side: Side
    id: str


@dataclass(frozen=True, slots=True)
class Waits:
    """For what the fields of a record, or of both records of a link, wait; nothing else of theirs waits any more."""

    records: tuple[tuple[Side, str], ...]
    """Whose fields they are."""
    fields: tuple[tuple[str, Side, str, Awaited], ...] = ()
    """Each field with the side and id of its record, and with one record that it waits for."""


class LookedUp(NamedTuple):
    """What the answer to a look-up is kept by."""

    resource: str
    """``system/resource``"""
    by: str
    """The field that was asked by; empty for the record's id, as in ``gives``."""
    gives: str
    """The field that was asked for."""
    fold: bool
    """Values that differ in case only are equal."""
    value: str
    """As it is compared."""


@dataclass(frozen=True, slots=True)
class Watermark:
    """How far a side's change feed has been read, in the server's own time."""

    key: str
    """Hash of the filter: another filter starts afresh."""
    floor: datetime | None
    swept_at: datetime | None
    """When a scan last began from the start; by our clock, for scheduling only."""
    count: int = 0
    """Records that the last full scan showed."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal: names and digests, never values."""

    event: str
    link_id: int | None = None
    side: Side | None = None
    record_id: str | None = None
    field: str | None = None
    detail: Mapping[str, Any] = attribute(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SideSettlement:
    """What one side's record becomes when its link is settled."""

    base: View
    unconfirmed: Mapping[str, Unconfirmed]
    record: Observation | None = None
    """The record as the answer to our write showed it; None where nothing newer is known."""


@dataclass(frozen=True, slots=True)
class Settlement:
    """The outcome of one link's transaction; stored in one database transaction."""

    link_id: int
    mark: int
    left: SideSettlement
    right: SideSettlement
    holds: tuple[Hold, ...]
    flips: Mapping[str, tuple[tuple[float, str], ...]]
    left_fate: Fate
    right_fate: Fate
    entries: tuple[Entry, ...]
    again: bool = False
    """The link stays dirty: something moved meanwhile and must be planned anew."""
    decided: tuple[str, ...] = ()
    """Rules whose operator's decision is used up, carried out or not."""
    due_at: datetime | None = None
    """Not before then: what could not be looked up is asked again."""
    waits: Waits | None = None
    """None where nothing waits, or has waited."""
    had_holds: bool = True
    """Was a field of it held when it was planned? Nobody else adds one while the link is in hand."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did to the two systems, whether it read the records just now or knew them before."""

    created: int = 0
    begun_before: int = 0
    """Of those created: how many an earlier run had begun, and this one brought to their end."""
    updated: int = 0
    """Records."""
    fields: int = 0
    """Fields written on them."""
    comments: int = 0
    files: int = 0


@dataclass(frozen=True, slots=True)
class Books:
    """The count of a run: what was read, and what became of it."""

    read: int = 0
    unchanged: int = 0
    echo: int = 0
    filtered: int = 0
    created: int = 0
    updated: int = 0
    held: int = 0
    failed: int = 0
    waiting: int = 0
    deleted: int = 0

    @property
    def balanced(self) -> bool:
        """True where everything that was read is accounted for exactly once."""
        decided = self.unchanged + self.echo + self.filtered + self.created + self.updated + self.deleted
        return self.read == decided + self.held + self.failed + self.waiting
