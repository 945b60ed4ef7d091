"""A full scan does not show a record: that causes one read by id, and no more until it vanishes again."""

from __future__ import annotations

from ebond.testing.row_faults import rows

WHOLE = {"schedule": {"every": "1m", "sweep_every": "1m"}}


def test_each_disappearance_is_read_once(world):
    """What hides from lists and can be read is asked for when it vanishes, not with each scan; and again next time."""
    it = world("kinto", "plain", bond=WHOLE)
    name, _ = (it.left.system.person_creates({"title": title, "status": "new"}) for title in ("one", "two"))
    it.settle()
    seen = [_reads(it, name)]
    for hidden in (True, True, False, False, True, True):
        it.left.faults.clear()
        if hidden:
            it.left.faults.always(rows(lambda found: _hide(found, name)), when=_lists)
        seen.append(_reads(it, name))
    assert seen == [0, 1, 0, 0, 0, 1, 0]


def _reads(it, name):
    with it.counting() as made:
        it.sync()
    return sum(call.split("?")[0].endswith(f"/{name}") for call in made["left"] if call.startswith("GET"))


def _hide(found, name):
    found[:] = [row for row in found if str(row["id"]) != name]


def _lists(raw):
    return raw.method == "GET" and not raw.url.split("?")[0].rsplit("/", 1)[1].isdigit()
