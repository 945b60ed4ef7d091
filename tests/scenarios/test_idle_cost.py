"""What a run costs the database in which nothing happened; most runs are of that kind."""

from __future__ import annotations

from sqlalchemy import event

#: Statements, and transactions that write, of a whole run: those of a process that begins and ends are counted in.
STATEMENTS, WRITES = 31, 7


def test_a_run_without_news_costs_few_statements_and_fewer_writes(world):
    """No watermark that stays where it is, no reason that is the same as before, no run that is told of twice."""
    it = world()
    it.left.system.person_creates({"title": "one", "status": "new"})
    it.settle()
    sent: list[str] = []
    event.listen(it.store.db.engine, "before_cursor_execute", lambda *args: sent.append(args[2]))
    assert it.sync(after=3600).ok
    asked = [one for one in sent if not one.startswith(("BEGIN", "PRAGMA"))]
    writes = [one for one in sent if one.startswith("BEGIN IMMEDIATE")]
    assert len(asked) <= STATEMENTS
    assert len(writes) <= WRITES
    assert not [one for one in asked if "INTO watermark" in one]
