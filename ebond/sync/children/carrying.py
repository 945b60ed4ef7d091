"""Children around the fields of a link: collected before these are settled, delivered after."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ebond.errors import ENDS_THE_RUN, EbondError
from ebond.state import LinkState
from ebond.sync.context import BondContext


@contextmanager
def carried_around(
    bond: BondContext, link: LinkState, *, collect: Callable[[LinkState], None], deliver: Callable[[LinkState], object]
) -> Iterator[None]:
    """Collect a link's children, let the rest of it be brought in step, and deliver them.

    What is to be carried is stored first, so that a crash between the two loses nothing. Children that cannot be read
    do not keep the rest from being carried; the error comes afterwards. Raises what collecting and delivering raise.
    """
    trouble: EbondError | None = None
    try:
        collect(link)
    except ENDS_THE_RUN:
        raise
    except EbondError as error:
        # Whatever becomes of the fields, the children have to be looked at again.
        bond.store.touch(bond.name, [link.id])
        trouble = error
    yield
    deliver(link)
    if trouble is not None:
        raise trouble
