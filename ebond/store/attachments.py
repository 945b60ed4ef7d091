"""Files: what a side showed, what is on its way, and which is whose copy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update
from sqlalchemy.engine import Row

from ebond.attachments import File, FileState
from ebond.comments import IN_DOUBT, Carriage
from ebond.state import Entry, Side
from ebond.store.claims import taken_over
from ebond.store.database import Database
from ebond.store.journal import write_entries
from ebond.store.sqlkit import FILE, LINK, chunks, from_micros, to_micros, upsert

_F = FILE.c
_L = LINK.c


@dataclass(frozen=True, slots=True)
class Files:
    """What is known of the files of a link: those of both records, and up to where each was read."""

    files: tuple[FileState, ...]
    read: Mapping[Side, str | None]

    def of(self, side: Side) -> tuple[FileState, ...]:
        """Return a side's own files, in their order."""
        return tuple(one for one in self.files if one.side is side)


class Attachments:
    """The part of the store that keeps what is known of files."""

    db: Database

    def files(self, bond: str, link_id: int) -> Files:
        """Return what is known of a link's files."""
        wanted = select(_L.left_id, _L.right_id, _L.files_left, _L.files_right).where(_L.id == link_id)
        with self.db.read() as connection:
            left, right, read_left, read_right = connection.execute(wanted).one()
            theirs = or_(
                and_(_F.side == Side.LEFT.value, _F.record_id == left),
                and_(_F.side == Side.RIGHT.value, _F.record_id == right),
            )
            in_order = (_F.side, _F.place, _F.id)
            rows = connection.execute(select(FILE).where(_F.bond == bond, theirs).order_by(*in_order)).all()
        return Files(tuple(_state(row) for row in rows), {Side.LEFT: read_left, Side.RIGHT: read_right})

    def note_files(
        self,
        bond: str,
        link_id: int,
        files: Sequence[FileState],
        *,
        fence: int,
        run_id: int,
        now: datetime,
        read: Mapping[Side, str] | None = None,
        again: bool = False,
        entries: Iterable[Entry] = (),
    ) -> None:
        """Store what became of a link's files, and up to where they were read: one transaction.

        ``again`` leaves the link dirty. Raises LeaseLost where another worker has it by now.
        """
        values: dict[str, Any] = {f"files_{side}": mark for side, mark in (read or {}).items()}
        values["mark"] = _L.mark + (1 if again else 0)
        # What is about to be sent must outlive a power cut, or it would be sent again.
        sending = any(one.state in IN_DOUBT for one in files)
        with self.db.write(durable=sending) as connection:
            held = connection.execute(update(LINK).where(_L.id == link_id, _L.fence == fence).values(values))
            if held.rowcount != 1:
                raise taken_over(link_id)
            upsert(connection, FILE, [_row(bond, one) for one in files])
            write_entries(connection, bond, run_id, entries, to_micros(now))

    def touch_carrying(self, bond: str) -> None:
        """Mark the links dirty that have files on their way, where a crash left them clean."""
        states = [one.value for one in (Carriage.WAITING, Carriage.OPEN, Carriage.UNKNOWN)]
        for side, column in ((Side.LEFT, _L.left_id), (Side.RIGHT, _L.right_id)):
            wanted = select(_F.record_id).where(_F.bond == bond, _F.state.in_(states), _F.side == side.value)
            with self.db.read() as connection:
                records = sorted(set(connection.execute(wanted).scalars()))
            for some in chunks(records):
                with self.db.write() as connection:
                    clean = (_L.bond == bond, column.in_(some), _L.mark <= _L.done)
                    connection.execute(update(LINK).where(*clean).values(mark=_L.mark + 1))


def _row(bond: str, one: FileState) -> dict[str, Any]:
    return {
        "bond": bond,
        "side": one.side.value,
        "record_id": one.record_id,
        "id": one.id,
        "state": one.state.value,
        "file": asdict(one.file),
        "own": one.own,
        "partner": one.partner,
        "copy_file": None if one.copy is None else asdict(one.copy),
        "about": one.about,
        "sync_id": one.sync_id,
        "once_url": one.once_url,
        "token": one.token,
        "tries": one.tries,
        "run_id": one.run_id,
        "at": to_micros(one.at),
        "place": one.order,
        "reason": one.reason,
    }


def _state(row: Row[Any]) -> FileState:
    return FileState(
        side=Side(row.side),
        record_id=row.record_id,
        id=row.id,
        state=Carriage(row.state),
        file=File(**row.file),
        own=row.own,
        partner=row.partner,
        copy=None if row.copy_file is None else File(**row.copy_file),
        about=row.about,
        sync_id=row.sync_id,
        once_url=row.once_url,
        token=row.token,
        tries=row.tries,
        run_id=row.run_id,
        at=from_micros(row.at),
        order=row.place,
        reason=row.reason,
    )
