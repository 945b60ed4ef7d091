"""A fleet that shares a bond with a command at the keyboard, and one that shares a file for its database."""

from __future__ import annotations

from ebond.cli.app import Exit
from ebond.state import Side
from tests.acceptance.desk import BOND
from tests.acceptance.fleet.members import until
from tests.acceptance.fleet.yard import LONG

RECORDS = 60


@LONG
def test_sync_at_the_keyboard_beside_a_fleet_doubles_nothing(yard):
    """28: it makes its pass, or says who has the bond in hand; workers may join in its pass as in any other."""
    it = yard()
    it.let_left_win()
    it.people_open(RECORDS)
    it.slow_down(0.02)
    it.scheduler()
    it.workers(2)
    until(it.links, "the fleet is at work")
    done = []
    while Exit.OK not in [one.code for one in done]:
        it.people_open(2, Side.RIGHT)
        it.people_edit(4)
        done.append(it.run("sync", BOND))
        assert len(done) < RECORDS
    others = [one for one in done if one.code != Exit.OK]
    assert all("worked on by another process" in one.err for one in others)
    it.come_to_rest()


@LONG
def test_several_workers_share_a_file_of_sqlite(yard, tmp_path):
    """28: they wait for each other and lose nothing, also where one of them is killed."""
    it = yard(url=f"sqlite:///{tmp_path / 'fleet.db'}")
    it.let_left_win()
    it.people_open(RECORDS)
    it.slow_down(0.02)
    it.scheduler()
    workers = it.workers(3)
    busy = until(lambda: [one for one in workers if it.in_hand(one)], "a worker has something in hand")
    busy[0].kill()
    busy[0].start()
    it.people_edit(RECORDS)
    it.come_to_rest()
    assert "locked" not in it.logs()
    assert "Traceback" not in it.logs()
