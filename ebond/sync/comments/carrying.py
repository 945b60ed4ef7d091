"""Comments around the fields of a link: collected before these are settled, delivered after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ebond.comments import Carriage
from ebond.errors import ENDS_THE_RUN, EbondError
from ebond.state import LinkState, Side
from ebond.sync.comments.collect import Collector
from ebond.sync.comments.deliver import Deliverer
from ebond.sync.context import BondContext, RunContext


@contextmanager
def carrying_comments(bond: BondContext, run: RunContext, link: LinkState) -> Iterator[None]:
    """Carry a link's comments before and after its fields are brought in step; nothing where the bond carries none.

    What is to be carried is stored first, so that a crash between the two loses nothing. Comments that cannot be read
    do not keep the fields from being carried; the error comes afterwards. Raises what collecting and delivering raise.
    """
    if bond.comments is None:
        yield
        return
    trouble: EbondError | None = None
    try:
        Collector(bond, run, bond.comments).collect(link)
    except ENDS_THE_RUN:
        raise
    except EbondError as error:
        # Whatever becomes of the fields, the comments have to be looked at again.
        bond.store.touch(bond.name, [link.id])
        trouble = error
    yield
    if bond.dry:
        _preview(bond, link)
    else:
        Deliverer(bond, run, bond.comments).deliver(link)
    if trouble is not None:
        raise trouble


def _preview(bond: BondContext, link: LinkState) -> None:
    talk = bond.store.talk(bond.name, link.id)
    for side in Side:
        count = sum(one.state is Carriage.WAITING for one in talk.of(side))
        if count:
            bond.watcher.commenting(side, link.side(side).id, count)
