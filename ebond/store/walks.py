"""Walks from state to state: what is under way is noted before the first step."""

from __future__ import annotations

from sqlalchemy import update

from ebond.state import LinkState, Side, Unconfirmed
from ebond.store.claims import taken_over
from ebond.store.database import Database
from ebond.store.sqlkit import LINK
from ebond.store.unconfirmed import unconfirmed_json


class Walks:
    """The part of the store that walks use."""

    db: Database

    def begin_walk(self, link: LinkState, side: Side, rule: str, walk: Unconfirmed) -> None:
        """Note a walk of a side's field, by its rule. Raises LeaseLost where another worker has the link by now."""
        noted = unconfirmed_json({**link.side(side).unconfirmed, rule: walk})
        mine = (LINK.c.id == link.id, LINK.c.fence == link.fence)
        with self.db.write() as connection:
            changed = connection.execute(update(LINK).where(*mine).values({f"unconfirmed_{side}": noted}))
            if changed.rowcount != 1:
                raise taken_over(link.id)
