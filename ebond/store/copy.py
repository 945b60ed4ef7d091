"""Copying one bond's state to another database, in batches; for previews."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Table, func, insert, select

from ebond.store.database import Database
from ebond.store.mappings import rules_key
from ebond.store.sqlkit import (
    AWAITED,
    BOND,
    COMMENT,
    DECISION,
    DEPARTURE,
    FILE,
    HOLD,
    INTENT,
    KEPT,
    LINK,
    MATCH_KEY,
    PARTING,
    RECORD,
    RUN,
    WATERMARK,
)

_BATCH: Final = 2000
#: The journal stays behind: a preview reads none of it.
_TABLES: Final[tuple[Table, ...]] = (
    BOND, RECORD, MATCH_KEY, LINK, COMMENT, FILE, HOLD, DECISION, PARTING, DEPARTURE, INTENT, WATERMARK, AWAITED,
)  # fmt: skip


def copy_bond(source: Database, target: Database, bond: str) -> None:
    """Copy everything that a run of one bond reads."""
    with source.read() as reading:
        for table in _TABLES:
            rows = reading.execution_options(yield_per=_BATCH).execute(select(table).where(table.c.bond == bond))
            for batch in rows.mappings().partitions(_BATCH):
                with target.write() as writing:
                    writing.execute(insert(table), [dict(row) for row in batch])
    with source.read() as reading:
        rules = reading.execute(select(KEPT).where(KEPT.c.key == rules_key(bond))).mappings().all()
    with target.write() as writing:
        writing.execute(insert(KEPT), [dict(row) for row in rules]) if rules else None
        # A copied lease would lock the preview out, and run ids must not be taken for those in the copy.
        writing.execute(BOND.update().values(lease_holder=None))
        last = writing.execute(select(func.max(RECORD.c.run_id))).scalar_one()
        if last:
            writing.execute(insert(RUN).values(id=last, bond=bond, kind="copied", started=0, status="copied", calls=0))
