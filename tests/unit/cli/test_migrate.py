"""Bringing the database up to date as a step of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ebond.cli.main import run
from ebond.store import Store


class Migrating:
    """``ebond migrate --json`` on a database of its own; each call returns the exit code and the document."""

    def __init__(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.url, self._capsys = f"sqlite:///{place / 'ebond.db'}", capsys

    def __call__(self, *options: str) -> tuple[int, Any]:
        code = run(["migrate", "--json", "--database", self.url, *options])
        return code, json.loads(self._capsys.readouterr().out)


@pytest.fixture
def migrate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Migrating:
    """Nothing is there yet."""
    return Migrating(tmp_path, capsys)


def test_checking_changes_nothing(migrate: Migrating) -> None:
    """``--check`` names what there is to do, does none of it, and exits with 1."""
    (code, first), (_, second) = migrate("--check"), migrate("--check")
    assert (code, first["current"], first["pending"][-1], second) == (1, None, first["newest"], first)


def test_migrating_brings_the_tables_up_to_date(migrate: Migrating) -> None:
    """All that a check names is made, once; afterwards there is nothing to do."""
    _, before = migrate("--check")
    done, again, checked = migrate(), migrate(), migrate("--check")
    up_to_date = {"current": before["newest"], "newest": before["newest"], "made": [], "pending": []}
    assert done == (0, {**up_to_date, "made": before["pending"]})
    assert [again, checked] == [(0, up_to_date)] * 2


def test_a_database_of_a_newer_ebond_is_left_alone(migrate: Migrating) -> None:
    """What this version does not know it neither checks nor changes: exit code 5, and what to do."""
    with Store.open(migrate.url) as store, store.db.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    answers = [migrate(), migrate("--check")]
    assert [(code, "9999" in told["message"], bool(told["todo"])) for code, told in answers] == [(5, True, True)] * 2


def test_the_url_may_lie_in_a_file(tmp_path: Path, migrate: Migrating) -> None:
    """``file:PATH`` stands for what the file holds: a URL with a password is no argument and no variable."""
    url = migrate.url
    (tmp_path / "url").write_text(f"{url}\n")
    migrate.url = f"file:{tmp_path / 'url'}"
    assert migrate()[0] == 0
    migrate.url = url
    assert migrate("--check")[0] == 0


def test_a_file_that_is_not_there_is_named(tmp_path: Path, migrate: Migrating) -> None:
    """A missing secret is told like any other: exit code 3."""
    migrate.url = f"file:{tmp_path / 'none'}"
    code, told = migrate()
    assert (code, str(tmp_path / "none") in told["message"]) == (3, True)
