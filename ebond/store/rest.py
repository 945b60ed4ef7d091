"""Which rows of a page do not show what stands: asked of the database in one statement, which returns those alone.

Most rows of most scans show what stands. To fetch that and compare it here costs more than to read the page: SQLite
hands the interpreter over at each row that it returns, to whoever reads the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import ARRAY, JSON, LargeBinary, Text, bindparam, text

from ebond.state import Shown


def asked(shown: Shown, *, sqlite: bool) -> Mapping[str, Any]:
    """Return the parameters that tell what a page shows: few, as one for each value would cost more than the rest."""
    if not sqlite:
        return {"ids": list(shown.ids), "digests": list(shown.digests), "versions": list(shown.versions)}
    marks = map(_mark, shown.digests, shown.versions)
    return {"marks": dict(zip(shown.ids, marks, strict=True))}


def _mark(digest: bytes, version: str | None) -> str:
    written = digest.hex().upper()  # as SQLite writes it; it holds no colon
    return written if version is None else f"{written}:{version}"


# Each row is asked for by its key: as a join a database is free to read the whole bond for a page. SQLite would take
# the shorter index by itself and read each record as well; ix_record_rest holds all that is compared.
_ON_SQLITE: Final = text(
    """SELECT page.key FROM json_each(:marks) AS page WHERE NOT coalesce((
         SELECT page.value = hex(r.digest) || ':' || r.version OR page.value = hex(r.digest)
         FROM record r INDEXED BY ix_record_rest
         WHERE r.bond = :bond AND r.side = :side AND r.id = page.key AND r.origin = 'feed' AND r.gone IS 0
       ), 0)"""
).bindparams(bindparam("marks", type_=JSON))
_ON_POSTGRESQL: Final = text(
    """SELECT page.id FROM unnest(:ids, :digests, :versions) AS page (id, digest, version) WHERE NOT coalesce((
         SELECT r.digest = page.digest AND (page.version IS NULL OR r.version = page.version)
         FROM record r
         WHERE r.bond = :bond AND r.side = :side AND r.id = page.id AND r.origin = 'feed' AND NOT r.gone
       ), false)"""
).bindparams(
    bindparam("ids", type_=ARRAY(Text)),
    bindparam("digests", type_=ARRAY(LargeBinary)),
    bindparam("versions", type_=ARRAY(Text)),
)
#: The ids of a page whose records do not stand as it shows them, for SQLite (True) and for PostgreSQL.
MOVED: Final = {True: _ON_SQLITE, False: _ON_POSTGRESQL}
