"""Files around the fields of a link."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from ebond.children import Carriage
from ebond.state import LinkState, Side
from ebond.store import FILE_TABLE
from ebond.sync.attachments.collect import FileCollector
from ebond.sync.attachments.deliver import FileDeliverer
from ebond.sync.children.carrying import carried_around
from ebond.sync.context import BondContext, RunContext


@contextmanager
def carrying_files(bond: BondContext, run: RunContext, link: LinkState) -> Iterator[None]:
    """Carry a link's files before and after the rest of it; nothing where the bond carries none.

    Files that cannot be listed do not keep fields and comments from being carried. Raises what collecting and
    delivering raise.
    """
    if bond.files is None:
        yield
        return
    collect = FileCollector(bond, run, bond.files).collect
    deliver = partial(_preview, bond) if bond.dry else FileDeliverer(bond, run, bond.files).deliver
    with carried_around(bond, link, collect=collect, deliver=deliver):
        yield


def _preview(bond: BondContext, link: LinkState) -> None:
    files = bond.store.children(FILE_TABLE, bond.name, link.id)
    for side in Side:
        names = [one.file.name for one in files.of(side) if one.state is Carriage.WAITING]
        if names:
            bond.watcher.attaching(side, link.side(side).id, names)
