"""Comments around the fields of a link."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ebond.children import Carriage
from ebond.state import LinkState, Side
from ebond.store import COMMENT_TABLE
from ebond.sync.children.carrying import carried_around
from ebond.sync.comments.collect import Collector
from ebond.sync.comments.deliver import Deliverer
from ebond.sync.context import BondContext, RunContext


@contextmanager
def carrying_comments(bond: BondContext, run: RunContext, link: LinkState) -> Iterator[None]:
    """Carry a link's comments before and after its fields are brought in step; nothing where the bond carries none.

    Comments that cannot be read do not keep the fields from being carried. Raises what collecting and delivering raise.
    """
    if bond.comments is None:
        yield
        return
    collect = Collector(bond, run, bond.comments).collect
    deliver = partial(_preview, bond) if bond.dry else Deliverer(bond, run, bond.comments).deliver
    with carried_around(bond, link, collect=collect, deliver=deliver):
        yield


def _preview(bond: BondContext, link: LinkState) -> None:
    talk = bond.store.children(COMMENT_TABLE, bond.name, link.id)
    for side in Side:
        count = sum(one.state is Carriage.WAITING for one in talk.of(side))
        if count:
            bond.watcher.commenting(side, link.side(side).id, count)
