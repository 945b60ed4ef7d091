"""The package works where there is no checkout: from an installed wheel."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest

CHECKOUT = Path(__file__).parents[2]
Run = Callable[..., str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Build the wheel, unpack it as an installer would, and return what runs Python on it, far from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    _run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], CHECKOUT, {})
    [wheel] = folder.glob("*.whl")
    ZipFile(wheel).extractall(folder / "installed")
    elsewhere = {"PYTHONPATH": str(folder / "installed")}
    return lambda *arguments: _run([sys.executable, *arguments], folder, elsewhere)


def _run(command: list[str], folder: Path, more: dict[str, str]) -> str:
    env = {**os.environ, **more}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_the_wheel_that_runs(run: Run) -> None:
    """Nothing of the checkout is imported."""
    assert Path(run("-c", "import ebond; print(ebond.__file__)").strip()).parent.parent.name == "installed"


def test_the_wheel_holds_the_product_and_no_more(run: Run) -> None:
    """``ebond`` and ``workers``: neither tests nor the files of ``deploy/``."""
    shipped = run("-c", "import os; print(*sorted(os.listdir('installed')))").split()
    assert [name for name in shipped if not name.endswith(".dist-info")] == ["ebond", "workers"]


def test_the_command_line_is_there(run: Run) -> None:
    """``ebond --help`` names the commands."""
    shown = run("-c", "from ebond.cli.main import main; main()", "--help")
    assert all(command in shown for command in ("init", "check", "plan", "sync", "status"))


def test_a_folder_is_started_from_the_files_that_ship(run: Run) -> None:
    """``ebond init`` finds its starter files."""
    run("-c", "from ebond.cli.main import main; main()", "init", "started")
    assert "bond" in run("-c", "import os; print(*os.listdir('started'))")


def test_a_store_is_made_from_the_migrations_that_ship(run: Run) -> None:
    """Opening a store finds the migrations and makes the tables."""
    script = (
        "from ebond.store import Store; s = Store.open('sqlite:///s.db'); s.put('a', 1); print(s.get('a')); s.close()"
    )
    assert run("-c", script) == "1\n"
