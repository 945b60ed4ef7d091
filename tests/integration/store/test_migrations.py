"""Bringing a database to the current version of the tables."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from ebond.errors import StoreError
from ebond.state import Side
from ebond.store import Store
from ebond.store.database import Database
from ebond.store.migrate import config
from ebond.store.tables import metadata
from tests.integration.store.examples import BOND


def to_revision(url: str, revision: str) -> None:
    database, settings = Database(url), config()
    with database.write() as connection:
        settings.attributes["connection"] = connection
        command.upgrade(settings, revision)
    database.close()


def version(url: str) -> str | None:
    database = Database(url)
    with database.read() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    database.close()
    return found


def test_models_and_migrations_agree(empty_url: str) -> None:
    """After all migrations the tables are those that the models describe, with every index."""
    Store.open(empty_url).close()
    database = Database(empty_url)
    with database.read() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
        indexes = {one["name"] for table in metadata.tables for one in inspect(connection).get_indexes(table)}
    database.close()
    assert (differences, indexes) == ([], {index.name for table in metadata.tables.values() for index in table.indexes})


def test_opening_again_changes_nothing(empty_url: str) -> None:
    """A database that is up to date is left alone."""
    Store.open(empty_url).close()
    with Store.open(empty_url) as store:
        store.put("a", 1)
    with Store.open(empty_url) as again:
        assert again.get("a") == 1


def opened(url: str) -> str:
    Store.open(url).close()
    return "opened"


def test_processes_that_start_together_migrate_once(empty_url: str) -> None:
    """Several processes may meet an empty database at once; each finds its tables."""
    with ProcessPoolExecutor(4, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(opened, [empty_url] * 4)) == ["opened"] * 4


OLD_ROWS = (
    "INSERT INTO record (bond, side, id, digest, view, origin, in_scope, gone, fate, missing, link_id)"
    " VALUES ('incidents', '{side}', '{id}', '', '{{\"n\": [1, \"é\"]}}', 'feed', {true}, {false}, 'open', {false}, 1)",
    "INSERT INTO link (bond, left_id, right_id, base_left, mark, done, attempts)"
    " VALUES ('incidents', 'L1', 'R1', '{{\"n\": 1.5}}', 2, 1, 0)",
    "INSERT INTO journal (at, bond, event, detail) VALUES (0, 'incidents', 'linked', '{{\"by\": null}}')",
)  # fmt: skip


def test_an_upgrade_keeps_what_the_first_version_stored(empty_url: str) -> None:
    """Records, links and journal of the first version are read by this one as they were written."""
    to_revision(empty_url, "0001")
    database = Database(empty_url)
    words = {"true": "1", "false": "0"} if database.sqlite else {"true": "true", "false": "false"}
    with database.write() as connection:
        for row, side, record_id in ((0, "left", "L1"), (0, "right", "R1"), (1, "", ""), (2, "", "")):
            connection.execute(text(OLD_ROWS[row].format(side=side, id=record_id, **words).replace(":", r"\:")))
    database.close()
    with Store.open(empty_url) as store:
        link = store.link(BOND, 1)
        assert link is not None
        assert (link.left.view, link.left.base, link.mark) == ({"n": [1, "é"]}, {"n": 1.5}, 2)
        assert [line["detail"] for line in store.read_journal(BOND)] == [{"by": None}]


def test_going_back_is_possible_and_forth_again(empty_url: str) -> None:
    """Each migration can be undone, as long as nothing was stored that the old version cannot hold."""
    Store.open(empty_url).close()
    database, settings = Database(empty_url), config()
    with database.write() as connection:
        settings.attributes["connection"] = connection
        command.downgrade(settings, "base")
    database.close()
    Store.open(empty_url).close()
    assert version(empty_url) == ScriptDirectory.from_config(config()).get_current_head()


def test_a_newer_database_is_left_alone(empty_url: str) -> None:
    """A database of a version that this ebond does not know is refused, by name, before anything is touched."""
    Store.open(empty_url).close()
    database = Database(empty_url)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    database.close()
    with pytest.raises(StoreError, match=r"does not know \(9999\).*Use the ebond that made it, or a newer one"):
        Store.open(empty_url)
    assert version(empty_url) == "9999"


def test_a_database_without_tables_is_named(empty_url: str) -> None:
    """A store on a database that nobody migrated says so, instead of naming a statement."""
    with Store.open(empty_url, migrate=False) as store, pytest.raises(StoreError, match="ebond sync` makes the tables"):
        store.count(BOND, Side.LEFT)
