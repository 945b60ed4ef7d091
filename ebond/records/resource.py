"""One resource of one system: everything that the sync does to its records goes through here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ebond.clock import SystemClock
from ebond.definitions.system import Resource
from ebond.records.encoding import encoded
from ebond.records.feed import Feed, Sender
from ebond.records.reader import RowReader
from ebond.records.rows import Page, RowFault, Seen, Written
from ebond.records.single import Finder, SingleReader
from ebond.records.transitions import Transitions
from ebond.records.writer import Writer

__all__ = ["Page", "ResourceClient", "RowFault", "Seen", "Sender", "Written"]


class ResourceClient:
    """Reads and writes the records of one resource; threads may share it.

    All methods raise CallError from below; ContractError where the contract has no such operation.
    """

    def __init__(
        self, sender: Sender, resource: Resource, *, name: str, now: Callable[[], datetime] | None = None
    ) -> None:
        """``now`` tells the time that a change is made at, where the system wants that said; the machine's if None."""
        self.resource = resource
        sender = encoded(sender, resource)
        self.name = name
        self.reader = RowReader(resource)
        self._feed = Feed(sender, resource, self.reader, name=name)
        self._single = SingleReader(sender, resource, self.reader, name=name)
        self._finder = Finder(sender, resource, self._single, self.reader, name=name)
        self._writer = Writer(sender, resource, self.reader, self._single, name=name, now=now or SystemClock().now)
        self.transitions = Transitions(sender, resource, name=name)

    def pages(
        self, since: datetime | None, extra: Mapping[str, str] | None = None, *, size: int | None = None
    ) -> Iterator[Page]:
        """Yield the pages of the list: changes since a floor, or for None all of it.

        Raises FeedError where the list cannot be trusted, AnswerError where an answer is no list.
        """
        return self._feed.pages(since, extra, size=size)

    def read(self, record_id: str) -> Seen:
        """Read a record by id; raises Gone where there is none, or only its tombstone."""
        return self._single.read(record_id)

    def find(self, sync_id: str) -> list[Seen]:
        """Return the records that carry our correlation; raises FeedError where the answer proves nothing."""
        return self._finder.find(sync_id)

    def reserve_once(self) -> str | None:
        """Return a URL that creates once, or None where the contract has none."""
        return self._writer.reserve_once()

    def create(self, values: Mapping[str, Any], *, sync_id: str, once_url: str | None = None) -> Written:
        """Create a record from raw values by field name."""
        return self._writer.create(values, sync_id=sync_id, once_url=once_url)

    def update(
        self,
        record_id: str,
        changes: Mapping[str, Any],
        *,
        version: str | None = None,
        current: dict[str, Any] | None = None,
    ) -> Written:
        """Change fields of a record; raises Stale where the precondition no longer holds."""
        return self._writer.update(record_id, changes, version=version, current=current)

    def delete(self, record_id: str, *, version: str | None = None) -> None:
        """Delete a record; raises Gone where there is none, Stale where the precondition no longer holds."""
        self._writer.delete(record_id, version=version)
