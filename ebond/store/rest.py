"""Which rows of a page do not show what stands: asked of the database in one statement, which returns those alone.

Most rows of most scans show what stands. To fetch that and compare it here costs more than to read the page: SQLite
hands the interpreter over at each row that it returns, to whoever reads the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ARRAY, JSON, ColumnElement, FromClause, LargeBinary, Select, Text, bindparam, func, or_, select

from ebond.state import Origin, Shown
from ebond.store.sqlkit import RECORD

_R = RECORD.c
#: Digests in hexadecimal hold none.
_BREAK: Final = ":"


def asked(shown: Shown, *, sqlite: bool) -> Mapping[str, Any]:
    """Return the parameters that tell what a page shows: few, as one for each value would cost more than the rest."""
    if not sqlite:
        return {"ids": list(shown.ids), "digests": list(shown.digests), "versions": list(shown.versions)}
    marks = map(_mark, shown.digests, shown.versions)
    return {"marks": dict(zip(shown.ids, marks, strict=True))}


def _mark(digest: bytes, version: str | None) -> str:
    text = digest.hex().upper()  # as SQLite writes it
    return text if version is None else f"{text}{_BREAK}{version}"


def _moved(page: FromClause, record_id: ColumnElement[str], same: ColumnElement[bool]) -> Select[str]:
    # Asked for each row by its key. As a join a database is free to read the whole bond for a page.
    stands = (
        select(same)
        .where(_R.bond == bindparam("bond"), _R.side == bindparam("side"), _R.id == record_id)
        .where(_R.origin == Origin.FEED.value, _R.gone.is_(False))
        # It holds all that is compared; SQLite would rather take the shorter one, and read each record as well.
        .with_hint(RECORD, "INDEXED BY ix_record_rest", "sqlite")
        .correlate(page)
        .scalar_subquery()
    )
    return select(record_id).select_from(page).where(func.coalesce(stands, False).is_(False))


def _on_sqlite() -> Select[str]:
    page = func.json_each(bindparam("marks", type_=JSON)).table_valued("key", "value", name="page")
    digest = func.hex(_R.digest)
    return _moved(page, page.c.key, or_(page.c.value == digest + _BREAK + _R.version, page.c.value == digest))


def _on_postgresql() -> Select[str]:
    columns = (("ids", Text), ("digests", LargeBinary), ("versions", Text))
    page = (
        func.unnest(*(bindparam(name, type_=ARRAY(kind)) for name, kind in columns))
        .table_valued("id", "digest", "version", name="page")
        .render_derived()
    )
    version = or_(page.c.version.is_(None), page.c.version == _R.version)
    return _moved(page, page.c.id, (_R.digest == page.c.digest) & version)


#: The ids of a page whose records do not stand as it shows them, for SQLite (True) and for PostgreSQL.
MOVED: Final = {True: _on_sqlite(), False: _on_postgresql()}
