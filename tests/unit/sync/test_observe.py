"""What of a page is compared first, and what of it is judged row by row."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from ebond.records.rows import Seen
from ebond.state import Fate, Shown, Side
from ebond.sync.observe import Observer
from tests.unit.sync.making import mapping, resource


def observer(**listing: Any) -> Observer:
    """Return an observer of the left side; ``listing`` changes how its list is defined."""
    contract = resource()
    changed = contract.model_copy(update={"list": contract.list.model_copy(update=listing)})
    side: Any = SimpleNamespace(resource=changed, view=mapping().view(Side.LEFT))
    bond: Any = SimpleNamespace()
    return Observer(bond, side, run_id=1)


def row(record_id: str, title: str = "x", *, deleted: bool = False) -> Seen:
    return Seen(record_id, "1", None, {"title": title, "unmapped": record_id}, deleted)


def test_a_page_is_compared_by_id_digest_and_version() -> None:
    """In the order of its rows; what no rule maps makes no difference."""
    shown = observer().shown([row("2"), row("1"), row("3", "y")])
    assert isinstance(shown, Shown)
    assert (shown.ids, shown.versions) == (["2", "1", "3"], ["1", "1", "1"])
    assert shown.digests[0] == shown.digests[1] != shown.digests[2]


def test_a_page_that_shows_a_record_twice_is_judged_whole() -> None:
    """Which of both rows is newer is not for a comparison to say."""
    assert observer().shown([row("1"), row("2"), row("1")]) is None


def test_a_list_of_stubs_is_judged_whole() -> None:
    """It shows no values that could be compared."""
    assert observer(complete=False).shown([row("1")]) is None


def test_an_empty_page_is_not_asked_about() -> None:
    """There is nothing to compare."""
    assert observer().shown([]) is None


def test_what_moved_is_judged_and_the_rest_is_counted() -> None:
    """A tombstone is judged whatever the database says of its values."""
    watching, rows = observer(), [row("1"), row("2", deleted=True), row("3"), row("4")]
    assert [one.id for one in watching.moved(rows, {"3"})] == ["2", "3"]
    assert watching.fates == {Fate.UNCHANGED: 2}
