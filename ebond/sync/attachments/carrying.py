"""Files around the fields of a link: collected before these are settled, delivered after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ebond.comments import Carriage
from ebond.errors import ENDS_THE_RUN, EbondError
from ebond.state import LinkState, Side
from ebond.sync.attachments.collect import FileCollector
from ebond.sync.attachments.deliver import FileDeliverer
from ebond.sync.context import BondContext, RunContext


@contextmanager
def carrying_files(bond: BondContext, run: RunContext, link: LinkState) -> Iterator[None]:
    """Carry a link's files before and after the rest of it; nothing where the bond carries none.

    What is to be carried is stored first, so that a crash between the two loses nothing. Files that cannot be listed
    do not keep fields and comments from being carried; the error comes afterwards. Raises what collecting and
    delivering raise.
    """
    if bond.files is None:
        yield
        return
    trouble: EbondError | None = None
    try:
        FileCollector(bond, run, bond.files).collect(link)
    except ENDS_THE_RUN:
        raise
    except EbondError as error:
        # Whatever becomes of the fields, the files have to be looked at again.
        bond.store.touch(bond.name, [link.id])
        trouble = error
    yield
    if bond.dry:
        _preview(bond, link)
    else:
        FileDeliverer(bond, run, bond.files).deliver(link)
    if trouble is not None:
        raise trouble


def _preview(bond: BondContext, link: LinkState) -> None:
    files = bond.store.files(bond.name, link.id)
    for side in Side:
        names = [one.file.name for one in files.of(side) if one.state is Carriage.WAITING]
        if names:
            bond.watcher.attaching(side, link.side(side).id, names)
