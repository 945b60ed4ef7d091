"""An upgrade that computes digests another way finds every record moved, and nothing follows from it."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from ebond.store.sqlkit import RECORD

WHOLE = {"schedule": {"every": "1m", "sweep_every": "1m"}}


@pytest.mark.parametrize("preset", ["plain", "kinto", "roundup"])
def test_every_record_is_looked_at_once_more_and_nothing_is_written(world, preset):
    """One sweep with reads at most; the next one finds all at rest, and edits travel as ever."""
    it = world(preset, "plain", bond=WHOLE)
    name = it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    before = it.write_count()
    with it.store.db.write() as connection:
        connection.execute(update(RECORD).values(digest=b"another way"))
    it.sync()
    with it.counting() as made:
        it.sync()
    reads = [call for calls in made.values() for call in calls if call.split("?")[0].endswith(f"/{name}")]
    it.left.system.person_edits(name, title="two")
    it.settle()
    assert (reads, it.held(), it.write_count() - before, it.pair(name)[1]["title"]) == ([], [], 1, "two")
