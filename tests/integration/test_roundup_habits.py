"""What Roundup does, and what ebond's own client makes of it."""

from __future__ import annotations

import base64
from contextlib import closing
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest

from ebond.demo.roundup_system import PATH, SERVICE
from ebond.errors import Gone, Refused, Stale
from ebond.gateway.wire import Raw, RawAnswer
from ebond.testing.faults import App, Fault
from tests.integration.deal import Deal, reads


def ids(deal: Deal, since: datetime | None, **extra: str) -> list[str]:
    return [row.id for page in deal.issues.pages(since, extra) for row in page.rows]


def test_an_etag_guards_a_write(deal: Deal) -> None:
    """A stale ETag is Stale, whoever edited meanwhile; the fresh one writes (edge case 51)."""
    issue = deal.file_issue()
    first = deal.issues.read(issue)
    deal.roundup.edit(issue, {"site": "Lyon"})
    with pytest.raises(Stale):
        deal.issues.update(issue, {"site": "Brno"}, version=first.version)
    deal.issues.update(issue, {"site": "Brno"}, version=deal.issues.read(issue).version)
    assert deal.roundup.show(issue)["site"] == "Brno"


def test_an_etag_of_a_packed_answer_is_taken(deal: Deal) -> None:
    """With gzip Roundup's ETag ends in ``-gzip``: it is the same version, and it guards the write (edge case 53)."""
    issue = deal.file_issue()
    plain = deal.issues.read(issue)
    deal.proxy.faults.next(packed_by(deal.stack.roundup), when=reads("/itsm/v2"))
    packed = deal.issues.read(issue)
    assert packed == plain
    deal.issues.update(issue, {"site": "Brno"}, version=packed.version)
    assert deal.roundup.show(issue)["site"] == "Brno"


def packed_by(roundup: str) -> Fault:
    """Let a read pass with its Accept-Encoding, as many gateways do and this one does not."""
    basic = base64.b64encode(":".join(SERVICE).encode()).decode()

    def fault(_app: App, raw: Raw) -> RawAnswer:
        path = PATH + raw.url.partition("/itsm/v2")[2]
        headers = {"Authorization": f"Basic {basic}", "Accept-Encoding": "gzip"}
        with closing(HTTPConnection(roundup.partition("//")[2], timeout=30)) as connection:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            assert (answer.headers["ETag"] or "").endswith('-gzip"')
            return RawAnswer(answer.status, dict(answer.getheaders()), answer.read())

    return fault


def test_a_filter_shows_what_changed_in_the_very_second(deal: Deal) -> None:
    """Stamps show seconds and are kept finer: asking from the shown second on finds it (edge cases 1, 3)."""
    deal.define("systems", "    list:\n      params:", "    list:\n      since: {overlap: 1s}\n      params:")
    issue = deal.file_issue()
    shown = deal.issues.read(issue).updated
    assert shown is not None
    assert ids(deal, shown) == [issue]
    assert ids(deal, shown + timedelta(seconds=2)) == []


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_pages_of_any_size_show_every_issue_once(deal: Deal, size: int) -> None:
    """Roundup's total is wrong past the last page: the list ends all the same, with nothing lost or doubled."""
    issues = [deal.file_issue() for _ in range(6)]
    rows = [row.id for page in deal.issues.pages(None, size=size) for row in page.rows]
    assert sorted(rows, key=int) == issues


def test_a_filter_that_roundup_cannot_read_returns_everything(deal: Deal) -> None:
    """A garbage filter answers 200 with all there is: the rows are judged by what they show, nothing is written."""
    deal.define("systems", "    list:\n      params:", GARBAGE)
    for _ in range(3):
        deal.file_issue()
    assert deal.sync().ok
    deal.sync()
    report = deal.sync()
    assert (report.ok, report.books.read, report.books.updated) == (True, report.books.unchanged + report.books.echo, 0)
    assert len(ids(deal, datetime(2099, 1, 1, tzinfo=UTC))) == 3


GARBAGE = '    list:\n      since: {params: {activity: "soon {since}"}}\n      params:'


@pytest.mark.parametrize(
    ("values", "said"),
    [({"priority": "Urgent"}, "priority"), ({"status": "open"}, "status"), ({"reported": "yesterday-ish?"}, "date")],
)
def test_a_value_that_roundup_lacks_is_refused_with_its_words(deal: Deal, values: dict[str, Any], said: str) -> None:
    """Names are case-sensitive, dates have to be dates: refused for this record only, nothing else is written."""
    issue = deal.file_issue()
    before = deal.roundup.show(issue)
    with pytest.raises(Refused) as refusal:
        deal.issues.update(issue, {"site": "Brno", **values}, version=deal.issues.read(issue).version)
    assert said in refusal.value.content.decode().lower()
    assert deal.roundup.show(issue) == before


def test_a_date_that_cannot_be_read_fails_its_row_alone(deal: Deal) -> None:
    """An ``activity`` garbled on its way is one unreadable record; the others are taken, the books balance."""
    issues = [deal.file_issue() for _ in range(3)]

    def garble(app: App, raw: Raw) -> RawAnswer:
        real = app(raw)
        stamp = deal.roundup.show(issues[1])["activity"].encode()
        return RawAnswer(real.status, real.headers, real.content.replace(stamp, b"20x6", 1))

    deal.proxy.faults.next(garble, when=lambda raw: "@page_index" in raw.url or "%40page_index" in raw.url)
    report = deal.sync()
    assert (report.ok, report.books.failed, report.books.created) == (True, 1, 2)
    assert deal.sync().ok
    deal.in_step(3)


def test_a_retired_issue_is_hidden_readable_and_refused(deal: Deal) -> None:
    """Lists omit it, a read by id answers 200 without a mark, a write is refused (409)."""
    issue = deal.file_issue()
    deal.roundup.retire(issue)
    assert ids(deal, None) == []
    seen = deal.issues.read(issue)
    assert seen.id == issue
    with pytest.raises(Refused):
        deal.issues.update(issue, {"site": "Brno"}, version=seen.version)


def test_a_one_time_address_creates_once(deal: Deal) -> None:
    """The same address a second time makes no second issue."""
    url = deal.issues.reserve_once()
    made = deal.issues.create({"title": "once"}, sync_id="0" * 32, once_url=url)
    with pytest.raises(Refused):
        deal.issues.create({"title": "once"}, sync_id="0" * 32, once_url=url)
    assert list(deal.roundup.all(("title",))) == [made.id]


def test_a_look_up_finds_the_very_correlation(deal: Deal) -> None:
    """Roundup's plain filter matches substrings in any case; ebond's look-up is exact (edge case 79's cousin)."""
    for reference in ("abc", "ABC", "xabcx"):
        deal.file_issue(external_ref=reference)
    found = deal.issues.find("abc")
    assert [seen.record["external_ref"] for seen in found] == ["abc"]
    assert deal.issues.find("abcd") == []


def test_no_such_issue_is_gone(deal: Deal) -> None:
    """An id that never was answers 404."""
    with pytest.raises(Gone):
        deal.issues.read("999999")
