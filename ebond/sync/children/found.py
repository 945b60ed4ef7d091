"""What comes of sorting out the children that a side shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from ebond.children import Carriage, Child
from ebond.state import Entry

C = TypeVar("C", bound=Child)


@dataclass(slots=True)
class Found(Generic[C]):
    """What has to be stored."""

    changes: list[C] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    waiting: bool = False
    """Something was left undecided until it is known what became of our own."""

    @property
    def is_unsettled(self) -> bool:
        """Has the link to be looked at again, to carry something or to decide?"""
        return self.waiting or any(one.state is Carriage.WAITING for one in self.changes)
