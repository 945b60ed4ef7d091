"""Looking records up for mappings: who has this key, and what does the record with this id show?

A search is compared once more by what its rows show: many systems ignore a parameter that they do not know, compare
parts of words, or leave capitals aside.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ebond.definitions.lookups import Search
from ebond.definitions.system import Resource
from ebond.errors import ContractError, FeedError, Gone, ValueParked
from ebond.mapping.canonical import text_of
from ebond.mapping.codec import codec_for
from ebond.mapping.path import getter
from ebond.records.feed import Sender
from ebond.records.resource import ResourceClient
from ebond.records.rows import Seen
from ebond.state import LookedUp
from ebond.values.text import nfc

#: A search that shows more pages than this has found everything but what was asked for.
MOST_PAGES: Final = 3
#: No name, number or address is longer.
_LONGEST: Final = 320


@dataclass(frozen=True, slots=True)
class Question:
    """Which values of one field do the records have whose other field is this? None stands for the record's id."""

    resource: str
    """``system/resource``"""
    by: str | None
    value: str
    gives: str | None
    fold: bool = False
    """Values that differ in case only are equal."""

    @property
    def plain(self) -> str:
        """The value as it is compared."""
        return compared(self.value, fold=self.fold)

    @property
    def key(self) -> LookedUp:
        """What two questions have in common that have one answer."""
        return LookedUp(self.resource, self.by or "", self.gives or "", self.fold, self.plain)


def may_name(text: str) -> bool:
    """Could a text name a record at all? What could not is neither asked for nor kept: not every database takes it."""
    return bool(text.strip()) and len(text) <= _LONGEST and text.isprintable()


def compared(text: str, *, fold: bool) -> str:
    """Return a key as it is compared: trimmed, in one form of Unicode, and without regard to case where that is so."""
    bare = nfc(text).strip()
    return bare.casefold() if fold else bare


class LookupClient:
    """Answers questions about the records of one resource, by as few calls as the contract allows."""

    def __init__(self, sender: Sender, resource: Resource, *, name: str) -> None:
        self.sender, self.resource, self.name = sender, resource, name
        self._plain = ResourceClient(sender, resource, name=name)
        self._shows: dict[str, Callable[[Any], str | None]] = {
            field: _text(getter(own.path), codec_for(own).canon) for field, own in resource.fields.items()
        }

    def rows(self, question: Question) -> list[Seen]:
        """Return the records that a question is about; raises CallError, AnswerError, FeedError, ContractError.

        An answer that proves nothing raises FeedError and never reads as 'there is none'.
        """
        if not may_name(question.value):
            return []
        if self.resource.small:
            return self.of(self.whole(), question)
        if question.by is None:
            return self._by_id(question.value)
        search = self.resource.search.get(question.by)
        if search is None:
            raise ContractError(f"nothing says how a record of {self.name} is found by {question.by!r}")
        return self._searched(search, question)

    def whole(self) -> list[Seen]:
        """Return all records of a short list."""
        return [row for page in self._plain.pages(None) for row in page.rows if not row.deleted]

    def of(self, rows: Iterable[Seen], question: Question) -> list[Seen]:
        """Return those of some records that a question is about."""
        return [row for row in rows if self._is(row, question)]

    def shown(self, row: Seen, field: str | None) -> str | None:
        """Return what a record shows as text; None where it shows nothing."""
        return row.id if field is None else self._shows[field](row.record)

    def _is(self, row: Seen, question: Question) -> bool:
        if question.by is None:
            return row.id == (self._plain.reader.id_text(question.value) or "")
        text = self.shown(row, question.by)
        return text is not None and compared(text, fold=question.fold) == question.plain

    def _by_id(self, record_id: str) -> list[Seen]:
        try:
            return [self._plain.read(record_id)]
        except Gone:
            return []

    def _searched(self, search: Search, question: Question) -> list[Seen]:
        found: list[Seen] = []
        rows = 0
        for number, page in enumerate(self._asking(search, question.value.strip()).pages(None), start=1):
            rows += len(page.rows)
            found += self.of(page.rows, question)
            if number == MOST_PAGES and not page.last:
                raise FeedError(
                    f"the search of {self.name} by {question.by!r} shows more than {rows} records",
                    todo="The system seems to ignore the parameter: check 'search' of the resource",
                )
        return found

    def _asking(self, search: Search, value: str) -> ResourceClient:
        """Return the resource whose list is what a search asks for."""
        listing = self.resource.list
        own = search.path is None
        path = listing.path if search.path is None else search.path
        asked = {**(listing.params if own else {}), **_filled(search.params, value)}
        records = listing.records if search.records is None else search.records
        changes = {
            "method": "GET",
            "path": path,
            "params": asked,
            "body": {},
            "json_param": None,
            "records": records,
            "since": None,
        }
        changed = self.resource.model_copy(update={"list": listing.model_copy(update=changes)})
        return ResourceClient(self.sender, changed, name=f"the search of {self.name}")


def _filled(params: Mapping[str, str], value: str) -> dict[str, str]:
    return {name: text.replace("{value}", value) for name, text in params.items()}


def _text(get: Callable[[Any], Any], canon: Callable[[Any], Any]) -> Callable[[Any], str | None]:
    def text(record: Any) -> str | None:
        try:
            value = canon(get(record))
        except ValueParked:
            return None
        return text_of(value) or None if value is not None else None

    return text
