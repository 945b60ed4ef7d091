"""What is under way, for log lines and traces: a run, and in it a transaction on one link or one create.

Whatever is logged inside carries the ids, on whichever thread it happens (``ebond.sync.threads``); a trace has the
same shape: run → transaction → request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bound_contextvars

from ebond.state import Intent, LinkState
from ebond.sync.context import BondContext


@contextmanager
def run_scope(bond: BondContext, run_id: int, part: str) -> Iterator[None]:
    """Do a part of a run, ``opening`` or ``working``: several processes may do so for one run."""
    with (
        bound_contextvars(bond=bond.name, run=run_id),
        bond.tracer.span("run", bond=bond.name, run=run_id, part=part),
    ):
        yield


@contextmanager
def link_scope(bond: BondContext, link: LinkState) -> Iterator[None]:
    """Bring one link in step."""
    with bound_contextvars(link=link.id), bond.tracer.span("transaction", bond=bond.name, link=link.id):
        yield


@contextmanager
def create_scope(bond: BondContext, intent: Intent) -> Iterator[None]:
    """Create one record, or find out what became of it."""
    with (
        bound_contextvars(create=intent.sync_id),
        bond.tracer.span("transaction", bond=bond.name, create=intent.sync_id),
    ):
        yield
