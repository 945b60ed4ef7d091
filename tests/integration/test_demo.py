"""``ebond demo``, as a newcomer runs it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer

from ebond.cli import demo
from ebond.demo import scene, stack
from ebond.demo.people import KintoPeople, RoundupPeople
from tests.integration.deal import Deal

COMMAND = [sys.executable, "-m", "ebond.cli.main", "demo"]


@pytest.fixture
def small(deal: Deal, monkeypatch: pytest.MonkeyPatch) -> Deal:
    """Let the demo use the systems that run already, with a few incidents."""

    @contextmanager
    def running() -> Iterator[stack.Stack]:
        yield deal.stack

    monkeypatch.setattr(stack, "start", running)
    for name, count in (("OURS", 8), ("THEIRS", 4), ("SHARED", 3)):
        monkeypatch.setattr(scene, name, count)
    return deal


def test_the_story_ends_well(small: Deal) -> None:
    """All incidents stand on both sides, said as one JSON document; the exit code is 0."""
    assert small.cli_of("demo") == (0, {"incidents": 15, "disagreements": []})


def drop_one(deal: Deal) -> None:
    deal.partner.delete(next(iter(deal.partner.all())))


def double_one(deal: Deal) -> None:
    row = next(iter(deal.partner.all().values()))
    deal.partner.create({name: value for name, value in row.items() if name not in ("id", "last_modified")})


def change_one(deal: Deal) -> None:
    deal.roundup.edit(next(iter(deal.roundup.all(("title",)))), {"site": "elsewhere"})


@pytest.mark.parametrize(
    ("tamper", "said"),
    [(drop_one, "the partner misses"), (double_one, "2 times"), (change_one, "disagrees in site")],
)
def test_a_disagreement_is_told(small: Deal, monkeypatch: pytest.MonkeyPatch, tamper: Any, said: str) -> None:
    """Whoever tampers with a record before the verification makes the demo fail, and read why."""

    def tampering(**_: object) -> None:
        tamper(small)
        raise typer.Exit(0)

    monkeypatch.setattr(demo.status, "status", tampering)
    code, told = small.cli_of("demo")
    assert code == 1
    assert any(said in one for one in told["disagreements"])


def listening(url: str) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((urlsplit(url).hostname, urlsplit(url).port)) == 0


def read_until(process: subprocess.Popen[str], text: str) -> str:
    """Return what a process printed up to a line that holds a text."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if text in line:
            return "".join(lines)
    raise AssertionError("".join(lines))


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_a_demo_that_is_stopped_leaves_no_server(end: signal.Signals) -> None:
    """Ctrl-C and kill -9 in the middle of it: no server goes on, no traceback."""
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603  # our own command line
        urls = re.findall(r"http://127.0.0.1:\d+", read_until(process, "Filling them"))
        assert [listening(url) for url in urls] == [True, True, True]
        process.send_signal(end)
        rest = process.communicate(timeout=60)[0]
    assert process.returncode == {signal.SIGINT: 130, signal.SIGKILL: -9}[end]
    assert "Traceback" not in rest
    wait_for_silence(urls)


def wait_for_silence(urls: list[str]) -> None:
    """The kernel ends the children of a killed process in its own time; their connections tell when."""
    for url in urls:
        with suppress(ConnectionError), socket.create_connection((urlsplit(url).hostname, urlsplit(url).port)) as one:
            one.settimeout(30)
            one.recv(1)
    assert [listening(url) for url in urls] == [False] * len(urls)


def test_a_kept_demo_can_be_played_with() -> None:
    """What ``--keep`` prints works as it stands: edit a ticket in Roundup, and the printed commands carry it over."""
    with subprocess.Popen([*COMMAND, "--keep"], stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  # our own command line
        told = read_until(process, "Then, in another")
        told += read_until(process, " sync acme-partner")
        roundup, kinto = re.findall(r"http://127.0.0.1:\d+", told)[:2]
        alice, bob = RoundupPeople(roundup), KintoPeople(kinto)
        alice.edit("5", {"title": "edited by hand"})
        script = "\n".join(re.findall(r"^  (?:export|\S+ (?:-m \S+ )?(?:plan|sync)) .*$", told, re.MULTILINE))
        done = subprocess.run(["bash", "-ec", script], capture_output=True, text=True, check=False)  # noqa: S603, S607  # what was printed
        assert (done.returncode, "edited by hand" in done.stdout) == (0, True), done
        assert "edited by hand" in [row["summary"] for row in bob.all().values()]
        alice.close()
        bob.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        assert not listening(roundup)
