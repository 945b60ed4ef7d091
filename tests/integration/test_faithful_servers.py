"""What an operator does to try ebond without the systems: start two stand-ins, and sync the example between them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.request import Request, urlopen

import orjson
import pytest
from typer.testing import CliRunner

from ebond.cli.main import app
from ebond.definitions.folder import presets


def call(url: str, body: object = None, method: str | None = None) -> object:
    content = None if body is None else orjson.dumps(body)
    with urlopen(Request(url, content, {"Content-Type": "application/json"}, method=method)) as answer:  # noqa: S310
        return orjson.loads(answer.read())


@pytest.fixture
def stand_ins() -> Iterator[list[str]]:
    """Return the addresses of a ServiceNow and of a TMF621 partner, each a process of its own."""
    with ExitStack() as stack:
        urls = []
        for module in ("servicenow", "tmf621"):
            command = [sys.executable, "-m", f"ebond.testing.{module}", "--port", "0"]
            child = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603
            stack.callback(child.terminate)
            assert child.stdout is not None
            urls.append(child.stdout.readline().rpartition(": ")[2].strip())
        yield urls


def test_the_example_can_be_tried(stand_ins: list[str], tmp_path: Path) -> None:
    """The check finds nothing wrong, and a sync carries an incident to the partner, and its status back."""
    ours, theirs = stand_ins
    shutil.copytree(presets() / "examples" / "servicenow-tmf621", tmp_path, dirs_exist_ok=True)
    systems = (tmp_path / "systems.yaml").read_text(encoding="utf-8")
    for written, url in (("http://127.0.0.1:8081", ours), ("http://127.0.0.1:8082", theirs)):
        systems = systems.replace(written, url)
    (tmp_path / "systems.yaml").write_text(systems, encoding="utf-8")

    def ebond(*command: str) -> int:
        return int(CliRunner().invoke(app, [*command, "--folder", str(tmp_path), "--json"]).exit_code)

    made = call(f"{ours}/api/now/table/incident", {"short_description": "Line down", "comments": "hello"})
    assert [ebond("check"), ebond("sync", "desk-partner")] == [0, 0]
    (ticket,) = call(f"{theirs}/troubleTicket")
    call(f"{theirs}/troubleTicket/{ticket['id']}", {"status": "inProgress"}, "PATCH")
    assert ebond("sync", "desk-partner") == 0
    (ticket,) = call(f"{theirs}/troubleTicket")
    incident = call(f"{ours}/api/now/table/incident/{made['result']['sys_id']}")
    # What our own account said is never carried.
    assert (ticket["name"], ticket["status"], ticket.get("note")) == ("Line down", "inProgress", None)
    assert incident["result"]["state"] == "2"
