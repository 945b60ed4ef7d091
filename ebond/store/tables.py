"""The tables. Times are whole microseconds since 1970 (UTC): exact, comparable, and cheap to read by the thousand."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, LargeBinary, MetaData, Text, TypeDecorator, text
from sqlalchemy.engine import Dialect
from sqlmodel import Field, SQLModel

#: Kept as written. JSONB was rejected: it refuses U+0000, which systems do send, and rewrites numbers.
Json: Final = JSON(none_as_null=True)
BigKey: Final = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Words(TypeDecorator[str]):
    """A reason or an error: words for people, which may quote what a system sent. U+0000 is shown as its sign."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Make a text storable; PostgreSQL keeps U+0000 in none."""
        return None if value is None else value.replace("\x00", "\N{SYMBOL FOR NULL}")


class Base(SQLModel):
    """Root of the tables."""

    metadata = metadata


def _json(*, nullable: bool = True) -> Any:
    return Field(default=None, sa_column=Column(Json, nullable=nullable))


def _time() -> Any:
    return Field(default=None, sa_column=Column(BigInteger, nullable=True))


class RecordRow(Base, table=True):
    """What a side showed of one record."""

    __tablename__ = "record"
    __table_args__ = (
        Index("ix_record_link", "link_id"),
        Index("ix_record_run", "run_id", "fate"),
        Index(
            "ix_record_stranger",
            "bond", "side", "id",
            sqlite_where=text("link_id IS NULL"),
            postgresql_where=text("link_id IS NULL"),
        ),
        Index(
            "ix_record_unsure",
            "bond", "side", "id",
            sqlite_where=text("origin IN ('assumed', 'stub')"),
            postgresql_where=text("origin IN ('assumed', 'stub')"),
        ),
        # Holds all that a row of a list is compared with: a sweep asks for every record, and needs not one of its rows.
        Index("ix_record_rest", "bond", "side", "id", "origin", "gone", "digest", "version"),
        Index("ix_record_gone", "bond", sqlite_where=text("gone IS 1"), postgresql_where=text("gone IS true")),
        Index(
            "ix_record_held",
            "bond",
            sqlite_where=text("held IS NOT NULL"),
            postgresql_where=text("held IS NOT NULL"),
        ),
    )  # fmt: skip
    bond: str = Field(primary_key=True)
    side: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    version: str | None = None
    updated: int | None = _time()
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    view: Any = _json(nullable=False)
    origin: str
    in_scope: bool
    gone: bool
    link_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    run_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    fate: str
    held: str | None = Field(default=None, sa_column=Column(Words, nullable=True))
    sweep: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    missing: bool = False


class MatchKeyRow(Base, table=True):
    """A match key of a record without a link."""

    __tablename__ = "match_key"
    __table_args__ = (Index("ix_match_key_key", "bond", "alternative", "key"),)
    bond: str = Field(primary_key=True)
    side: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    alternative: int = Field(primary_key=True)
    key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class LinkRow(Base, table=True):
    """One left record bound to one right record."""

    __tablename__ = "link"
    __table_args__ = (
        Index("uq_link_left", "bond", "left_id", unique=True),
        Index("uq_link_right", "bond", "right_id", unique=True),
        Index(
            "ix_link_dirty",
            "bond", "id",
            sqlite_where=text("mark > done"),
            postgresql_where=text("mark > done"),
        ),
        Index(
            "ix_link_parked",
            "bond",
            sqlite_where=text("parked IS NOT NULL"),
            postgresql_where=text("parked IS NOT NULL"),
        ),
        Index(
            "ix_link_held",
            "bond", "holder",
            sqlite_where=text("holder IS NOT NULL"),
            postgresql_where=text("holder IS NOT NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    bond: str
    left_id: str
    right_id: str
    base_left: Any = _json()
    base_right: Any = _json()
    unconfirmed_left: Any = _json()
    unconfirmed_right: Any = _json()
    flips: Any = _json()
    mark: int = Field(sa_column=Column(BigInteger, nullable=False))
    done: int = Field(sa_column=Column(BigInteger, nullable=False))
    attempts: int = 0
    due_at: int | None = _time()
    parked: str | None = Field(default=None, sa_column=Column(Words, nullable=True))
    holder: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    fence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default=text("0")))
    worked_in: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    rounds: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default=text("0")))
    comments_left: str | None = None
    """What the left record showed of its comments when they were last read."""
    comments_right: str | None = None
    files_left: str | None = None
    """The same of its files."""
    files_right: str | None = None


class CommentRow(Base, table=True):
    """What is known of one comment of a record."""

    __tablename__ = "comment"
    __table_args__ = (
        Index(
            "ix_comment_unsettled",
            "bond", "state",
            sqlite_where=text("state IN ('shown', 'waiting', 'open', 'unknown', 'held')"),
            postgresql_where=text("state IN ('shown', 'waiting', 'open', 'unknown', 'held')"),
        ),
    )  # fmt: skip
    bond: str = Field(primary_key=True)
    side: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    state: str
    digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    body: Any = _json()
    own: bool = False
    partner: str | None = None
    copy_digest: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    about: str | None = None
    sync_id: str | None = None
    once_url: str | None = None
    run_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    at: int | None = _time()
    place: int = 0
    reason: str = Field(default="", sa_column=Column(Words, nullable=False))


class FileRow(Base, table=True):
    """What is known of one file of a record."""

    __tablename__ = "file"
    __table_args__ = (
        Index(
            "ix_file_unsettled",
            "bond", "state",
            sqlite_where=text("state IN ('waiting', 'open', 'unknown', 'held')"),
            postgresql_where=text("state IN ('waiting', 'open', 'unknown', 'held')"),
        ),
    )  # fmt: skip
    bond: str = Field(primary_key=True)
    side: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    state: str
    file: Any = _json(nullable=False)
    own: bool = False
    partner: str | None = None
    copy_file: Any = _json()
    about: str | None = None
    sync_id: str | None = None
    once_url: str | None = None
    token: str | None = None
    tries: int = 0
    run_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    at: int | None = _time()
    place: int = 0
    reason: str = Field(default="", sa_column=Column(Words, nullable=False))


class HoldRow(Base, table=True):
    """A field set aside for a human."""

    __tablename__ = "hold"
    link_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    field: str = Field(primary_key=True)
    bond: str = Field(index=True)
    kind: str
    reason: str = Field(sa_column=Column(Words, nullable=False))
    since: int = Field(sa_column=Column(BigInteger, nullable=False))
    left_print: str
    right_print: str


class DecisionRow(Base, table=True):
    """What an operator decided about a held field, until the next settlement of its link uses it up."""

    __tablename__ = "decision"
    link_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    field: str = Field(primary_key=True)
    bond: str = Field(index=True)
    since: int = Field(sa_column=Column(BigInteger, nullable=False))
    """The hold that it is about: a later hold on the field is another question."""
    take: str
    by: str


class PartingRow(Base, table=True):
    """What becomes of a link of which a record was deleted; where it has ended, the tombstone of the link."""

    __tablename__ = "parting"
    __table_args__ = (Index("ix_parting_state", "bond", "state"),)
    link_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    bond: str
    gone: str
    state: str
    how: str
    since: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    was: Any = _json(nullable=False)
    sent: Any = _json(nullable=False)


class DepartureRow(Base, table=True):
    """A record of a link that has left its side's scope, and what its partner was told."""

    __tablename__ = "departure"
    __table_args__ = (Index("ix_departure_bond", "bond"),)
    link_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    side: str = Field(primary_key=True)
    bond: str
    state: str
    since: int = Field(sa_column=Column(BigInteger, nullable=False))
    reason: str = Field(sa_column=Column(Words, nullable=False))
    was: Any = _json(nullable=False)
    sent: Any = _json(nullable=False)


class IntentRow(Base, table=True):
    """A create that was decided and is not linked yet."""

    __tablename__ = "intent"
    __table_args__ = (Index("uq_intent_source", "bond", "target", "source_id", unique=True),)
    sync_id: str = Field(primary_key=True)
    bond: str
    target: str
    source_id: str
    source_view: Any = _json(nullable=False)
    source_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sent: Any = _json(nullable=False)
    state: str
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    once_url: str | None = Field(default=None, sa_column=Column(Text, nullable=True))
    attempts: int = 0
    holder: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))


class AwaitedRow(Base, table=True):
    """A field of a record, with a record that it names and that has no partner yet."""

    __tablename__ = "awaited"
    __table_args__ = (Index("ix_awaited_for", "for_bond", "for_side", "for_id"),)
    bond: str = Field(primary_key=True)
    side: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    field: str = Field(primary_key=True)
    for_bond: str = Field(primary_key=True)
    for_side: str = Field(primary_key=True)
    for_id: str = Field(primary_key=True)


class LookedUpRow(Base, table=True):
    """What a system answered when a mapping looked a record up; empty where there is none."""

    __tablename__ = "looked_up"
    __table_args__ = (Index("ix_looked_up_at", "at"),)
    resource: str = Field(primary_key=True)
    by: str = Field(primary_key=True)
    gives: str = Field(primary_key=True)
    fold: bool = Field(primary_key=True)
    value: str = Field(primary_key=True)
    found: Any = _json(nullable=False)
    at: int = Field(sa_column=Column(BigInteger, nullable=False))


class WatermarkRow(Base, table=True):
    """How far a side's change feed has been read."""

    __tablename__ = "watermark"
    bond: str = Field(primary_key=True)
    side: str = Field(primary_key=True)
    key: str
    floor: int | None = _time()
    swept_at: int | None = _time()
    count: int = 0


class NoticeRow(Base, table=True):
    """A system's word that a record changed, until a run takes it up."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_due", "bond", "due_at"),)
    bond: str = Field(primary_key=True)
    side: str = Field(primary_key=True)
    record_id: str = Field(primary_key=True)
    due_at: int = Field(sa_column=Column(BigInteger, nullable=False))
    tries: int = 0


class HolderRow(Base, table=True):
    """A process that works, while it shows signs of life."""

    __tablename__ = "holder"
    id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    name: str
    kind: str
    started: int = Field(sa_column=Column(BigInteger, nullable=False))
    until: int = Field(sa_column=Column(BigInteger, nullable=False))


class RunRow(Base, table=True):
    """One pass over a bond."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_bond", "bond", "id"),
        Index(
            "ix_run_open",
            "bond",
            sqlite_where=text("finished IS NULL"),
            postgresql_where=text("finished IS NULL"),
        ),
    )
    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    bond: str
    kind: str
    started: int = Field(sa_column=Column(BigInteger, nullable=False))
    finished: int | None = _time()
    status: str
    books: Any = _json()
    calls: int = 0
    error: str | None = Field(default=None, sa_column=Column(Words, nullable=True))
    opened: Any = _json()
    outcome: str | None = None
    until: int | None = _time()


class JournalRow(Base, table=True):
    """One line of the journal; lines are only ever added."""

    __tablename__ = "journal"
    __table_args__ = (
        Index("ix_journal_link", "bond", "link_id"),
        Index("ix_journal_record", "bond", "record_id"),
    )
    id: int | None = Field(default=None, sa_column=Column(BigKey, primary_key=True, autoincrement=True))
    at: int = Field(sa_column=Column(BigInteger, nullable=False))
    bond: str
    run_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    link_id: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    side: str | None = None
    record_id: str | None = None
    field: str | None = None
    event: str
    detail: Any = _json()


class BondRow(Base, table=True):
    """What is true of a bond as a whole: who works on it, whether it may run."""

    __tablename__ = "bond_state"
    bond: str = Field(primary_key=True)
    lease_holder: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    asked: int | None = _time()
    begun: int | None = _time()
    fence: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    paused: bool = False
    stopped: str | None = Field(default=None, sa_column=Column(Words, nullable=True))
    mapping_digest: str = ""


class KeptRow(Base, table=True):
    """Small things that outlive a process: what is left of long quota windows."""

    __tablename__ = "kept"
    key: str = Field(primary_key=True)
    value: Any = _json(nullable=False)
