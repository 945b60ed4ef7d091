"""What Kinto does, and what ebond makes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ebond.errors import Gone, Stale
from tests.integration.deal import IDLE, Deal, wire, writes

ID = "0123456789abcdef" * 2


def feed(deal: Deal, since: datetime | None, size: int = 100) -> list[tuple[str, bool]]:
    return [(row.id, row.deleted) for page in deal.documents.pages(since, size=size) for row in page.rows]


def test_a_create_is_made_once(deal: Deal) -> None:
    """The client chooses the id: the second try finds the first one's record, and what people made of it since."""
    first = deal.documents.create({"summary": "once"}, sync_id=ID)
    deal.partner.edit(ID, {"summary": "edited"})
    second = deal.documents.create({"summary": "once"}, sync_id=ID)
    assert (first.id, second.id, second.seen and second.seen.record["summary"]) == (ID, ID, "edited")
    assert len(deal.partner.all()) == 1


def test_tombstones_come_with_changes_only(deal: Deal) -> None:
    """The full list does not show what was deleted, the feed does, once, marked."""
    kept, gone = deal.file_document(), deal.file_document()
    deal.partner.delete(gone)
    assert feed(deal, None) == [(kept, False)]
    assert feed(deal, datetime(1970, 1, 2, tzinfo=UTC)) == [(kept, False), (gone, True)]
    with pytest.raises(Gone):
        deal.documents.read(gone)


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_next_pages_lead_through_the_gateway(deal: Deal, size: int) -> None:
    """Next-Page names the backend's own address: every page is asked of the gateway (edge case 11)."""
    made = [deal.file_document() for _ in range(5)]
    with deal.counting() as calls:
        rows = feed(deal, None, size)
    assert rows == [(one, False) for one in made]
    assert {(call.status, call.line) for call in calls} == {(200, "GET /partner/v1/records")}
    assert len(calls) == -(-5 // size)


def test_a_stale_write_is_refused(deal: Deal) -> None:
    """``last_modified`` in If-Match guards the write (edge case 51)."""
    document = deal.file_document()
    first = deal.documents.read(document)
    deal.partner.edit(document, {"kind": "voice"})
    with pytest.raises(Stale):
        deal.documents.update(document, {"kind": "fibre"}, version=first.version)
    assert deal.partner.show(document)["kind"] == "voice"


def test_no_write_goes_without_its_guard(deal: Deal) -> None:
    """Kinto ignores an empty If-Match: ebond never sends one."""
    issue, document = deal.pair()
    deal.partner.edit(document, {"location": "Lyon"})
    deal.roundup.edit(issue, {"priority": "critical"})
    with deal.counting() as made:
        deal.sync()
    guards = [call.raw.headers.get("If-Match") for call in made if writes("/partner/v1")(call.raw)]
    assert [bool(guard and guard.strip('"').isdigit()) for guard in guards] == [True]


def test_a_touch_without_a_change_is_no_edit(deal: Deal) -> None:
    """A PATCH that changes nothing bumps the version: an echo, nothing is written, no loop (edge case 53)."""
    issue, document = deal.pair(site="Brno")
    deal.partner.edit(document, {"location": "Brno"})
    with deal.counting() as made:
        assert deal.sync().ok
    assert [call.line for call in made if writes()(call.raw)] == []
    # The bumped version is the one that guards the next write: no 412, no read.
    deal.roundup.edit(issue, {"site": "Lyon"})
    with deal.counting() as made:
        assert deal.sync().ok
    assert [call.status for call in made if "/partner/v1" in call.raw.url] == [200, 200]
    deal.quiet()


def test_a_stamp_from_the_future_drags_no_floor_along(deal: Deal) -> None:
    """One record says 2099 and moves the collection's clock: later edits are still seen (edge cases 4, 5)."""
    issue, document = deal.pair(site="Brno")
    future = int(datetime(2099, 1, 1, tzinfo=UTC).timestamp() * 1000)
    deal.file_document(last_modified=future)
    assert deal.sync().ok
    deal.partner.edit(document, {"location": "Lyon"})
    deal.roundup.edit(issue, {"priority": "critical"})
    assert deal.sync().ok
    assert deal.sync().ok
    deal.in_step(2)
    mark = deal.store.watermark(deal.bond, deal.bench.bond(deal.bond).right.side)
    assert mark is not None
    assert mark.floor is not None
    assert mark.floor < datetime.now(UTC) + timedelta(minutes=1)
    deal.quiet()


def test_a_stamp_from_the_past_is_found_by_the_sweep(deal: Deal) -> None:
    """A client may back-date a record: the feed never shows it, the full scan does (edge case 2)."""
    deal.pair()
    assert deal.sync().ok
    past = int(datetime(2020, 1, 1, tzinfo=UTC).timestamp() * 1000)
    deal.file_document(last_modified=past)
    assert deal.sync().books.created == 0
    deal.define("bond", "{every: 60s, sweep_every: 1d}", "{every: 1ms, sweep_every: 1ms}")
    assert deal.sync().books.created == 1
    deal.in_step(2)


def test_what_people_add_to_a_document_stays(deal: Deal) -> None:
    """Fields that no rule names are never touched, by create or by patch (merge patches send what changed, only)."""
    issue, document = deal.pair(site="Brno")
    deal.partner.edit(document, {"internal": {"cost": 12.5}, "tags": ["a"]})
    deal.roundup.edit(issue, {"site": "Lyon"})
    with deal.counting() as made:
        assert deal.sync().ok
    assert [wire(call) for call in made if writes()(call.raw)] == [{"data": {"location": "Lyon"}}]
    shown = deal.partner.show(document)
    assert (shown["internal"], shown["tags"], shown["location"]) == ({"cost": 12.5}, ["a"], "Lyon")


def test_the_sides_are_asked_at_once(deal: Deal) -> None:
    """An idle run is two calls, whatever stands on the sides."""
    for _ in range(3):
        deal.file_document()
    deal.sync()
    deal.sync()
    assert deal.sync().calls == IDLE
