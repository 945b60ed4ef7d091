"""What the store knows of a bond's mapping: which fields its bases were taken from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from ebond.store.database import Database
from ebond.store.sqlkit import KEPT, LINK, upsert

#: Links rewritten in one transaction.
_BATCH: Final = 1000
_BASES: Final = ("base_left", "base_right", "unconfirmed_left", "unconfirmed_right")
_FORGET = (
    update(LINK)
    .where(LINK.c.id == bindparam("link"))
    .values({LINK.c[name]: bindparam(f"new_{name}") for name in _BASES})
)


class Mappings:
    """The part of the store that a change of mapping uses."""

    db: Database

    def rules(self, bond: str) -> Mapping[str, Any] | None:
        """Return the rules that the bases of a bond were taken by: name → [left field, right field]."""
        with self.db.read() as connection:
            return connection.execute(select(KEPT.c.value).where(KEPT.c.key == rules_key(bond))).scalar_one_or_none()

    def set_rules(self, bond: str, rules: Mapping[str, Any]) -> None:
        """Note the rules that bases are taken by from now on."""
        with self.db.write() as connection:
            upsert(connection, KEPT, [{"key": rules_key(bond), "value": dict(rules)}])

    def forget_rules(self, bond: str, names: Collection[str]) -> None:
        """Drop the bases of rules that are no more, or that mean other fields now."""
        after = 0
        while True:
            with self.db.write() as connection:
                last = _forget(connection, bond, frozenset(names), after)
            if last is None:
                return
            after = last


def rules_key(bond: str) -> str:
    """Return the key under which a bond's rules are kept."""
    return f"rules:{bond}"


def _forget(connection: Connection, bond: str, names: frozenset[str], after: int) -> int | None:
    columns = [LINK.c[name] for name in _BASES]
    wanted = select(LINK.c.id, *columns).where(LINK.c.bond == bond, LINK.c.id > after).order_by(LINK.c.id).limit(_BATCH)
    rows = connection.execute(wanted).all()
    changed = [
        {"link": row.id, **{f"new_{name}": _without(row._mapping[name], names) for name in _BASES}}
        for row in rows
        if any(names & (row._mapping[name] or {}).keys() for name in _BASES)
    ]
    if changed:
        connection.execute(_FORGET, changed)
    return rows[-1].id if rows else None


def _without(kept: Mapping[str, Any] | None, names: frozenset[str]) -> dict[str, Any] | None:
    return None if kept is None else {name: value for name, value in kept.items() if name not in names}
