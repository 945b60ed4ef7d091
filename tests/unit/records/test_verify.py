"""``ebond check``: what a definition says against what the system shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ebond.errors import AnswerError, Gone, Refused
from ebond.records.verify import Finding, probe

Build = Callable[..., Any]
SINCE = {
    "kind": "offset",
    "param": "offset",
}
FILTER = {"params": {"from": "{since}"}, "stamp": {"format": "iso_z", "granularity": "1s"}}
OLD, NEW = "2026-11-01T00:00:00+00:00", "2026-11-23T20:37:40+00:00"
WHOLE = {"title": "x", "place": {"city": "Oslo"}, "ref": "s", "opened": "o", "number": "n"}


def row(number: int, updated: str | None = OLD, **parts: Any) -> dict[str, Any]:
    """Build a row that shows every field."""
    return {"id": number, "version": 1, "updated": updated, **WHOLE, **parts}


def check(build: tuple[Any, Any]) -> list[Finding]:
    """Probe a client against its own definition."""
    client, sender = build
    findings = probe(client, client.resource)
    assert sender.answers == []
    return findings


def faults(findings: list[Finding]) -> list[tuple[str, str]]:
    """Return what is not ok, by level and the text's first words."""
    return [(one.level, one.text) for one in findings if one.level != "ok"]


def test_a_definition_that_fits_has_only_good_findings(connect: Build, reply: Build, listing: Build) -> None:
    """Three reads: a page, the filter, the canary."""
    answers = [reply({"items": [row(1), row(2)]}), reply({"items": [row(3, NEW)]}), reply(row(9))]
    build = connect(*answers, list=listing(SINCE, since=FILTER), canary="9")
    assert faults(check(build)) == []
    assert [request.operation for request in build[1].requests] == ["list", "list", "read"]
    assert build[1].params[0]["limit"] == "5"


def test_an_ignored_since_filter_is_found(connect: Build, reply: Build, listing: Build) -> None:
    """Asked for what changed just now, the system shows last month's."""
    answers = [reply({"items": [row(1)]})] * 2
    findings = check(connect(*answers, list=listing(SINCE, since=FILTER)))
    assert ("error", "the since filter is ignored: 1 of 1 rows are older than it") in faults(findings)


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"items": []}, "the list is empty"),
        ({"items": [row(1, None), row(2, None)]}, "0 of 2 rows show 'updated'"),
        ({"items": [{"title": "x"}]}, "1 of 1 rows cannot be read: the row has no id"),
        ({"items": [row(n) for n in range(9)]}, "asked for 5 rows a page and got 9"),
        ({"items": [row(1, version=None)]}, "no record shows a version"),
        ({"items": [row(1, title=None, place=None)]}, "no value in 1 records for: title, city"),
        ({"data": []}, "the list cannot be read"),
    ],
)
def test_what_does_not_fit_is_named(
    connect: Build, reply: Build, listing: Build, *, body: dict[str, Any], text: str
) -> None:
    """One finding for each, with what to compare."""
    findings = check(connect(reply(body), list=listing(SINCE)))
    assert any(text in one.text and one.level != "ok" for one in findings)


def test_a_missing_clock_is_a_warning(connect: Build, reply: Build) -> None:
    """Without Date no stamp can be called 'in the future'."""
    findings = check(connect(reply({"items": [row(1)]}, date="")))
    assert [one.level for one in findings if "no Date" in one.text] == ["warn"]


@pytest.mark.parametrize("error", [Gone(status=404), Refused(status=403), AnswerError("no")])
def test_a_canary_that_cannot_be_read_is_an_error(connect: Build, reply: Build, error: Exception) -> None:
    """Deletions could not be told from lost rights."""
    findings = check(connect(reply({"items": [row(1)]}), error, canary="9"))
    assert [one.level for one in findings if "canary 9 cannot be read" in one.text] == ["error"]


def test_a_refused_filter_is_an_error(connect: Build, reply: Build, listing: Build) -> None:
    """The list works, the filter does not."""
    build = connect(reply({"items": [row(1)]}), Refused(status=400), list=listing(SINCE, since=FILTER))
    assert any("since filter is refused" in one.text for one in check(build))


def test_a_version_that_updates_need_is_an_error_where_no_record_shows_it(connect: Build, reply: Build) -> None:
    """Neither lists nor reads: If-Match would have nothing to say."""
    update = {"path": "/tickets/{id}", "precondition": "if_match"}
    answers = [reply({"items": [row(1, version=None)]}), reply(row(9, version=None))]
    findings = check(connect(*answers, update=update, canary="9"))
    assert ("error", "no record shows a version") in faults(findings)
