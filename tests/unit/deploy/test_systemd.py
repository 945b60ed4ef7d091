"""The systemd units."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.deploy.files import DEPLOY, option, unit, units

FOLDER = DEPLOY / "systemd"
HARDENED = {
    "DynamicUser": "yes",
    "User": "ebond",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictSUIDSGID": "yes",
}


@pytest.mark.parametrize("name", units())
def test_units_have_no_rights_to_spare(name: str) -> None:
    """None writes outside of its /tmp, none gets rights, and all are one user, so that they see each other live."""
    said = unit(name)
    assert {key: said[key][-1] for key in HARDENED} == HARDENED


@pytest.mark.parametrize("name", units())
def test_secrets_come_as_credentials(name: str) -> None:
    """Each URL and key is a file that systemd hands out to this unit alone."""
    said = unit(name)
    handed = {one.partition(":")[0] for one in said["LoadCredential"]}
    read = {one.partition("file:%d/")[2] for one in said["Environment"] if "file:%d/" in one}
    assert handed == read == {"database-url", "redis-url", "ebond-key"}


@pytest.mark.parametrize("name", ["ebond-worker@.service", "ebond-scheduler.service", "ebond-listener.service"])
def test_processes_come_back(name: str) -> None:
    """Whatever ends them they are started anew, however often, with a bound on memory."""
    said = unit(name)
    assert [said[key] for key in ("Restart", "StartLimitIntervalSec", "KillSignal")] == [["always"], ["0"], ["SIGTERM"]]
    assert "MemoryMax" in said


def test_a_worker_is_given_more_time_than_it_takes() -> None:
    """systemd waits longer than the worker waits for its threads."""
    said = unit("ebond-worker@.service")
    grace = float(option(shlex.split(said["ExecStart"][0]), "--grace"))
    assert float(said["TimeoutStopSec"][0]) >= grace + 10


def test_the_target_wants_units_that_are_there() -> None:
    """The target's scheduler and workers are units of this folder, and belong to it."""
    wanted = unit("ebond.target")["Wants"][0].split()
    files = {f"{name.partition('@')[0]}@.service" if "@" in name else name for name in wanted}
    assert all(unit(name)["PartOf"] == ["ebond.target"] for name in files)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed here")
def test_systemd_finds_no_fault(tmp_path: Path) -> None:
    """``systemd-analyze verify`` says nothing; /bin/true stands in for the command, which need not be installed."""
    for path in FOLDER.iterdir():
        text = path.read_text().replace("/opt/ebond/bin/ebond", "/bin/true")
        for name in [path.name.replace("@", f"@{number}") for number in (1, 2)] if "@" in path.name else [path.name]:
            (tmp_path / name).write_text(text)
    made = [str(path) for path in tmp_path.iterdir() if path.suffix in (".service", ".target")]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *made], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
