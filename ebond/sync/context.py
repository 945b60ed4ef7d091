"""Everything that one pass over a bond needs, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from ebond.clock import Clock
from ebond.definitions.attachments import FileRule
from ebond.definitions.bond import Bond, BondSide
from ebond.definitions.comments import CommentRule
from ebond.definitions.system import Resource
from ebond.mapping.asking import Ask
from ebond.mapping.compile import CompiledMapping
from ebond.mapping.side import SideView
from ebond.records.attachments import FileClient
from ebond.records.comments import CommentClient
from ebond.records.resource import ResourceClient
from ebond.state import Side
from ebond.store import Store
from ebond.sync.planned import LinkPlan, Policy
from ebond.sync.resolve import Resolver
from ebond.sync.told import Tells
from ebond.tracing import UNTRACED, Tracer


class Watcher(Protocol):
    """Who is told how a run goes: the progress bar, a test, nobody."""

    def page(self, side: Side, rows: int) -> None:
        """A page was read and stored."""

    def todo(self, what: str, count: int) -> None:
        """So many links or creates lie ahead."""

    def planned(self, plan: LinkPlan) -> None:
        """A link was planned; in a preview this is all that happens."""

    def creating(self, source: Side, record_id: str, values: Mapping[str, Any], parked: Mapping[str, str]) -> None:
        """A record is about to be created on the other side."""

    def paired(self, count: int) -> None:
        """So many records that existed on both sides were matched."""

    def holding(self, side: Side, record_id: str, reason: str) -> None:
        """A record was set aside."""

    def commenting(self, source: Side, record_id: str, count: int) -> None:
        """So many comments of a record are carried to the other side."""

    def attaching(self, source: Side, record_id: str, names: Sequence[str]) -> None:
        """Files of a record are carried to the other side."""

    def parting(self, side: Side, record_id: str, what: str, reason: str) -> None:
        """A preview would do this to a record whose partner was deleted, or has left the scope."""

    def done(self, count: int) -> None:
        """So many of them are done."""


class Nobody:
    """Watches nothing."""

    def page(self, side: Side, rows: int) -> None: ...
    def todo(self, what: str, count: int) -> None: ...
    def planned(self, plan: LinkPlan) -> None: ...
    def creating(self, source: Side, record_id: str, values: Mapping[str, Any], parked: Mapping[str, str]) -> None: ...
    def paired(self, count: int) -> None: ...
    def holding(self, side: Side, record_id: str, reason: str) -> None: ...
    def commenting(self, source: Side, record_id: str, count: int) -> None: ...
    def attaching(self, source: Side, record_id: str, names: Sequence[str]) -> None: ...
    def parting(self, side: Side, record_id: str, what: str, reason: str) -> None: ...
    def done(self, count: int) -> None: ...


@dataclass(frozen=True, slots=True)
class SideContext:
    """One side of a bond at work."""

    side: Side
    system: str
    resource_name: str
    resource: Resource
    client: ResourceClient
    view: SideView
    settings: BondSide
    in_scope: Callable[[Mapping[str, Any]], bool]
    calls: Callable[[], int]
    """How many HTTP calls this side's system has had so far."""
    patience: float = 0.0
    """Seconds that a call to this side may be under way."""
    comments: CommentClient | None = None
    """The comments of its records, where the bond carries them."""
    files: FileClient | None = None
    """The files of its records, where the bond carries them."""


@dataclass(frozen=True, slots=True)
class BondContext:
    """One bond at work."""

    bond: Bond
    mapping: CompiledMapping
    left: SideContext
    right: SideContext
    policy: Policy
    store: Store
    clock: Clock
    watcher: Watcher = field(default_factory=Nobody)
    dry: bool = False
    """A preview: everything is read and planned, on a scratch store, and nothing is written."""
    tracer: Tracer = UNTRACED
    comments: CommentRule | None = None
    """How comments are carried; None: they are not."""
    files: FileRule | None = None
    """How files are carried; None: they are not."""
    awaited: bool = False
    """May records of any bond wait for those of this one to be linked?"""
    resolver: Resolver | None = None
    """Who asks for what the values of rules name; None where no rule has anything to ask."""
    tells: Tells | None = None
    """What people are told in fields of their own; None: nothing."""

    @property
    def name(self) -> str:
        return self.bond.bond

    @property
    def has_streams(self) -> bool:
        """Is anything carried besides fields: comments, files?"""
        return self.comments is not None or self.files is not None

    def knowing(self, asks: Sequence[Ask]) -> CompiledMapping:
        """Return the mapping with what comes of these asks; calls are made for what is not known yet."""
        if self.resolver is None or not asks:
            return self.mapping
        return self.mapping.knowing(self.resolver.answers(asks, own=self.store, keeping=not self.dry))

    def deleted(self, side: Side) -> str:
        """Say that a record of a side was deleted."""
        ignored = self.side(side.other).settings.partner_deleted.policy == "ignore"
        return "deleted there" + ("; the other side is left as it is" if ignored else "")

    @property
    def tells_of_leaving(self) -> bool:
        """Is a side told where the other side's record leaves the scope?"""
        return any(self.side(side).settings.partner_left.policy == "tell" for side in Side)

    def side(self, side: Side) -> SideContext:
        return self.left if side is Side.LEFT else self.right


@dataclass(frozen=True, slots=True)
class RunContext:
    """One run of a bond."""

    run_id: int
    holder: int = 0
    """Who takes links and creates for it."""
    fence: int | None = None
    """What a bond's lease is committed with, while it is opened."""
    guard: Callable[[], None] = lambda: None
    """Asked before every write to a system; raises LeaseLost where others may have taken over, Paused where it may
    not be made."""
    denied: set[str] = field(default_factory=set)
    """Links and records that good credentials were not taken for."""
    odd: set[int] = field(default_factory=set)
    """Links of which a record turned out older than it was known to be."""
    give_back: Callable[[Callable[[], None]], None] = lambda giving: giving()
    """Gives back what was taken, now or as soon as the database can be reached."""
    carried: Callable[[], None] = lambda: None
    """Told of each comment that was carried."""
    enough: Callable[[], bool] = lambda: False
    """Asked between two writes of one link: is the run's time over, or does its worker have to stop?"""
