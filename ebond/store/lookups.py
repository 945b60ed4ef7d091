"""What systems answered when mappings looked records up: kept for a while, for all processes that sync."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Text, bindparam, cast, delete, select

from ebond.state import LookedUp
from ebond.store.database import Database
from ebond.store.sqlkit import LOOKED_UP, chunks, from_micros, to_micros, upsert

_T = LOOKED_UP.c
_OF: Final = (
    select(_T.value, _T.found, _T.at)
    .where(_T.resource == bindparam("resource"), _T.by == bindparam("asked_by"), _T.gives == bindparam("asked_for"))
    .where(_T.fold == bindparam("folded"), _T.value.in_(bindparam("wanted", expanding=True)))
)


class Lookups:
    """The part of the store that remembers look-ups."""

    db: Database

    def looked_up(self, keys: Iterable[LookedUp]) -> dict[LookedUp, tuple[tuple[str, ...], datetime]]:
        """Return what was found, and when, for those of the questions that were asked before."""
        groups: dict[tuple[str, str, str, bool], list[str]] = {}
        for key in keys:
            groups.setdefault(key[:4], []).append(key.value)
        found: dict[LookedUp, tuple[tuple[str, ...], datetime]] = {}
        for group, values in groups.items():
            named = dict(zip(("resource", "asked_by", "asked_for", "folded"), group, strict=True))
            with self.db.ask() as connection:
                for some in chunks(values):
                    for row in connection.execute(_OF, {**named, "wanted": some}):
                        at = from_micros(row.at)
                        assert at is not None
                        found[LookedUp(*group, row.value)] = (tuple(row.found), at)
        return found

    def keep_looked_up(self, answers: Mapping[LookedUp, Sequence[str]], *, now: datetime) -> None:
        """Keep what was found."""
        rows = [{**key._asdict(), "found": list(found), "at": to_micros(now)} for key, found in answers.items()]
        with self.db.write() as connection:
            upsert(connection, LOOKED_UP, rows)

    def forget_unknown(self) -> None:
        """Forget for whom nobody was found: they are looked up again."""
        with self.db.write() as connection:
            connection.execute(delete(LOOKED_UP).where(cast(_T.found, Text) == "[]"))
