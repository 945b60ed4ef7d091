"""What storing costs: statements, whatever the number of records, and no plan that reads a whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from ebond.state import Fate, Hold, Observation, Origin, Shown, Side, SideSettlement, Watermark
from ebond.store import Store
from tests.integration.store.examples import (
    BOND,
    EVER,
    LATER,
    NOBODY,
    NOW,
    adopt_open,
    dirty,
    fence_of,
    intent,
    linked,
    opened,
    run_at_work,
    seen,
    settle,
    show,
)
from tests.integration.store.schemas import drop_schema, new_schema

MANY = 20_000
#: Rows that a statement looks at, of so many: a batch a few times over.
FEW = 5000
HOLD = Hold("title", "conflict", "both changed", NOW)


@pytest.mark.parametrize("size", [1, 50, 500])
def test_an_unchanged_page_is_one_question_and_one_mark(store: Store, statements: list[str], size: int) -> None:
    """A page without news costs one look at the digests and one watermark, whatever its size."""
    store.moved(BOND, Side.LEFT, a_page(size))
    show(store, Side.LEFT, watermark=Watermark("k", NOW, None))
    assert len(statements) == 2
    assert "view" not in statements[0]


def a_page(size: int) -> Shown:
    rows = [seen(f"L{n}") for n in range(size)]
    return Shown([row.id for row in rows], [row.digest for row in rows], ["1"] * size)


@pytest.mark.parametrize("size", [1, 50, 500])
def test_a_changed_page_costs_the_same_whatever_its_size(store: Store, statements: list[str], size: int) -> None:
    """New records, their keys, their links' marks and the watermark are six statements a page."""
    show(store, Side.LEFT, *(seen(f"L{n}", key=f"k{n}") for n in range(size)), watermark=Watermark("k", NOW, None))
    assert len(statements) <= 6


def test_settling_a_link_costs_a_handful(store: Store, statements: list[str]) -> None:
    """The fence, both records, the link, its holds and its journal: nine statements, however many fields."""
    link = linked(store)
    fence = fence_of(store, link)
    statements.clear()
    holds = tuple(Hold(f"f{n}", "parked", "why", NOW) for n in range(30))
    settle(store, link, fence=fence, holds=holds)
    assert len(statements) <= 9


def test_claiming_links_costs_a_handful_a_batch(store: Store, statements: list[str]) -> None:
    """A batch of links is claimed, and comes with both records and with their holds: six statements."""
    for n in range(20):
        linked(store, f"L{n}", f"R{n}")
    statements.clear()
    assert len(dirty(store)) == 20
    assert len(statements) <= 6


def test_adopting_costs_a_dozen(store: Store, statements: list[str]) -> None:
    """A created record, its link and the end of its intent."""
    show(store, Side.LEFT, seen("L1"))
    opened(store, intent())
    statements.clear()
    adopt_open(store, intent(), seen("R1"))
    assert len(statements) <= 13


def test_whether_a_bond_is_paused_is_asked_without_a_transaction(store: Store) -> None:
    """It is asked before every write to a system: one statement sees one moment by itself."""
    sent: list[str] = []
    event.listen(store.db.engine, "before_cursor_execute", lambda *args: sent.append(args[2].split()[0]))
    assert not store.is_paused(BOND)
    assert sent == ["SELECT"]


QUERIES: dict[str, Callable[[Store], object]] = {
    "doubt_absent": lambda store: store.doubt_absent(BOND, Side.LEFT, {f"L{n}" for n in range(1, MANY + 1)}),
    "known": lambda store: store.known(BOND, Side.LEFT, [f"L{n}" for n in range(200)]),
    "moved": lambda store: store.moved(BOND, Side.LEFT, a_page(500)),
    "claim": lambda store: store.claim(BOND, holder=NOBODY, run_id=1, now=LATER, limit=200, rounds=EVER),
    "claimable": lambda store: store.claimable(BOND, run_id=1, now=LATER, rounds=EVER, most=1),
    "in_hand": lambda store: store.in_hand(BOND),
    "count_in_hand": lambda store: store.count_in_hand(BOND),
    "overdue": lambda store: store.overdue(now=LATER),
    "run_at_work": lambda store: store.run_at_work(BOND),
    "strangers": lambda store: store.strangers(BOND, Side.LEFT, after_id="", limit=200),
    "to_read": lambda store: store.to_read(BOND, Side.LEFT, now=LATER, after_id="", limit=200),
    "link_of": lambda store: store.link_of(BOND, Side.RIGHT, "R77"),
    "link": lambda store: store.link(BOND, 77),
    "fates": lambda store: store.fates(7),
    "held": lambda store: store.held(BOND),
    "some_present": lambda store: store.some_present(BOND, Side.LEFT),
    "journal of a record": lambda store: store.read_journal(BOND, record_id="L77"),
    "journal of a link": lambda store: store.read_journal(BOND, link_id=77),
    "recent": lambda store: store.recent(BOND),
    "unresolved": lambda store: store.unresolved(BOND),
    "unique_pairs": lambda store: store.unique_pairs(BOND, 0, limit=200),
    "ambiguous": lambda store: store.ambiguous(BOND, 0),
    "page": lambda store: show(store, Side.LEFT, seen("L77", title="new")),
    "settle": lambda store: settle(store, store.link(BOND, 77)),  # type: ignore[arg-type]  # it is there
    "close_open": lambda store: store.close_open(BOND, 7),
    "touch_held": lambda store: store.touch_held(BOND),
}  # fmt: skip

GROWN = (
    "INSERT INTO record (bond, side, id, digest, view, origin, in_scope, gone, missing, link_id, run_id, fate)"
    " SELECT 'incidents', side, letter || n, '', '{{}}', 'feed', {true}, {false}, {false}, n, n % 100, 'unchanged'"
    " FROM {series}, (SELECT 'left' AS side, 'L' AS letter UNION SELECT 'right', 'R') AS sides",
    "INSERT INTO link (bond, left_id, right_id, base_left, base_right, mark, done, attempts)"
    " SELECT 'incidents', 'L' || n, 'R' || n, '{{}}', '{{}}', 1, 1, 0 FROM {series}",
    "INSERT INTO journal (at, bond, link_id, record_id, event) SELECT n, 'incidents', n, 'L' || n, 'x' FROM {series}",
    "INSERT INTO run (bond, kind, started, finished, status, calls)"
    " SELECT 'incidents', 'sync', n, n, 'ok', 0 FROM {series}",
)


@pytest.fixture
def grown(store: Store) -> Store:
    """A store in its steady state: many links, all settled, and statistics where it takes them."""
    grow(store)
    # PostgreSQL does so by itself; SQLite never does, and nobody does it for it.
    if not store.db.sqlite:
        with store.db.write() as connection:
            connection.execute(text("ANALYZE"))
    return store


def grow(store: Store) -> None:
    numbers = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {MANY}) SELECT n FROM c"  # noqa: S608  # numbers
    words = {"true": "1", "false": "0", "series": f"({numbers}) AS s"}
    if not store.db.sqlite:
        words |= {"true": "true", "false": "false"}
    with store.db.write() as connection:
        for statement in GROWN:
            connection.execute(text(statement.format(**words)))


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_reads_a_whole_table(grown: Store, name: str) -> None:
    """Every query of a run finds its rows by an index, so that its cost does not grow with the bond."""
    asked: list[tuple[str, Any]] = []

    def note(*args: Any) -> None:
        if args[2].startswith(("SELECT", "UPDATE", "DELETE")) and not args[5]:
            asked.append((args[2], args[3]))

    event.listen(grown.db.engine, "before_cursor_execute", note)
    QUERIES[name](grown)
    event.remove(grown.db.engine, "before_cursor_execute", note)
    plans = [plan(grown, statement, values) for statement, values in asked]
    assert plans
    assert [one for one in plans if reads_all(one)] == []


@pytest.mark.parametrize("answer", [None, seen("R77", title="new", origin=Origin.ANSWER)])
def test_a_settlement_looks_at_no_other_record_of_its_run(grown: Store, answer: Observation | None) -> None:
    """What a run read is much more than what a link holds: its two records are found by their keys."""
    asked: list[tuple[str, Any]] = []
    link = grown.link(BOND, 77)
    assert link is not None
    event.listen(grown.db.engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    settle(grown, link, right=SideSettlement({}, {}, answer))
    plans = [plan(grown, *one) for one in asked if one[0].startswith("UPDATE record")]
    assert [one for one in plans if "ix_record_run" in one or "ix_record_link" in one] == []
    assert len(plans) == 2


def test_what_is_left_is_counted_by_the_links_that_moved(grown: Store) -> None:
    """Whether anything is left to do is asked all the time: links at rest are not looked at for it."""
    asked: list[tuple[str, Any]] = []
    event.listen(grown.db.engine, "before_cursor_execute", lambda *args: asked.append((args[2], args[3])))
    grown.claimable(BOND, run_id=1, now=LATER, rounds=EVER, most=1)
    counted = next(one for one in asked if one[0].startswith("SELECT count"))
    assert "ix_link_dirty" in plan(grown, *counted)


@pytest.fixture(scope="module")
def strange(postgres_url: str) -> Iterator[Store]:
    """A store in PostgreSQL with many links that all moved, and not one statistic: the middle of a first load."""
    made = new_schema(postgres_url)
    with Store.open(made) as store:
        with store.db.write() as connection:
            for table in ("record", "link", "journal", "run"):
                connection.execute(text(f"ALTER TABLE {table} SET (autovacuum_enabled = false)"))
        run_at_work(store)
        grow(store)
        with store.db.write() as connection:
            connection.execute(text("UPDATE link SET mark = 2"))
        yield store
    drop_schema(postgres_url, made)


@pytest.mark.parametrize("name", QUERIES)
def test_few_rows_are_looked_at_where_there_are_no_statistics(strange: Store, name: str) -> None:
    """PostgreSQL must not join all records with one another while it knows nothing of its tables yet."""
    looked_at: list[int] = []

    def count(connection: Any, _: Any, statement: str, values: Any, __: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE")) and not many:
            with connection.connection.cursor() as cursor:
                alone = connection.connection.driver_connection.autocommit
                cursor.execute("BEGIN" if alone else "SAVEPOINT look")
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", values)
                looked_at.append(rows_of(cursor.fetchone()[0][0]["Plan"]))
                cursor.execute("ROLLBACK" if alone else "ROLLBACK TO look")

    event.listen(strange.db.engine, "before_cursor_execute", count)
    QUERIES[name](strange)
    event.remove(strange.db.engine, "before_cursor_execute", count)
    assert looked_at
    assert max(looked_at) <= FEW


def rows_of(step: dict[str, Any]) -> int:
    """Count the rows that a step and those below it took up; entries of a bitmap, which cost next to nothing, not."""
    if step["Node Type"] == "Bitmap Index Scan":
        return 0
    own = sum(step.get(kind, 0) for kind in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter"))
    return int(own * step["Actual Loops"]) + sum(map(rows_of, step.get("Plans", ())))


def plan(store: Store, statement: str, values: Any) -> str:
    explain = "EXPLAIN QUERY PLAN " if store.db.sqlite else "EXPLAIN "
    with store.db.read() as connection:
        rows = connection.exec_driver_sql(explain + statement, values).all()
    return statement + "\n" + "\n".join(str(row[-1]) for row in rows)


def reads_all(found: str) -> bool:
    """Does a plan read one of the tables that grow from one end to the other?"""
    steps = found.splitlines()
    tables = ("record", "link", "journal", "run", "l", "r", "partner")
    return any(
        f"Seq Scan on {table} " in step or (step.startswith(f"SCAN {table}") and "USING" not in step)
        for step in steps
        for table in tables
    )


def test_a_due_time_in_the_future_costs_no_more(grown: Store) -> None:
    """Links that wait are passed over in the index, with the rest of the batch."""
    assert dirty(grown, now=NOW + timedelta(days=1)) == []
    assert grown.fates(1) == {Fate.UNCHANGED: 2 * MANY // 100}
