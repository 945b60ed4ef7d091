"""The fleet's commands as people meet them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from ebond.cli.main import run

# Commands set up the logs of a service; the next test must not inherit that.
pytestmark = pytest.mark.usefixtures("logged")


@pytest.mark.parametrize("command", ["worker", "scheduler"])
def test_fleet_without_redis_says_what_to_do(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing, and what to do about it; a usage error, no traceback."""
    monkeypatch.delenv("EBOND_REDIS_URL", raising=False)
    assert run([command, "--folder", str(tmp_path)]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert "a fleet needs Redis" in told
    assert "Give --redis or EBOND_REDIS_URL; `ebond up` brings one of its own" in told
    assert "Traceback" not in told


def test_bad_redis_url_is_not_repeated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A URL with a typo ends in a message that does not show its password."""
    assert run(["worker", "--folder", str(tmp_path), "--redis", "redis://:pa55word@host:x/0"]) == 2
    told = capsys.readouterr()
    assert "the URL of Redis cannot be read" in " ".join(told.err.split())
    assert "pa55word" not in told.err + told.out


def test_key_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """``ebond key`` prints a key that seals and opens, each time another."""
    keys = []
    for _ in range(2):
        assert run(["key"]) == 0
        keys.append(capsys.readouterr().out.strip())
    assert keys[0] != keys[1]
    assert Fernet(keys[0]).decrypt(Fernet(keys[0]).encrypt(b"token")) == b"token"


def test_help_lists_the_fleet(capsys: pytest.CaptureFixture[str]) -> None:
    """The commands of the workers are found by their entry points."""
    assert run(["--help"]) == 0
    told = capsys.readouterr().out
    assert all(f" {command} " in told for command in ("listen", "scheduler", "up", "worker"))


def test_status_needs_no_queue(tmp_path: Path) -> None:
    """``ebond status`` starts without the libraries of the queue and the scheduler."""
    program = (
        "import sys; from ebond.cli.main import run; code = run(['status', '--folder', sys.argv[1]]);"
        "heavy = {'dramatiq', 'apscheduler.schedulers', 'hypothesis'} & set(sys.modules);"
        "sys.exit(f'{code} {sorted(heavy)}')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stderr.strip().splitlines()[-1].endswith(" []"), done.stderr
