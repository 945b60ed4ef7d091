"""What each preset says to its system and makes of the answers, word by word: the talks under ``talks/``.

The calls and answers are those of the vendors' documentation, with the habits that it owns up to. A talk::

    == what it shows: scan [from] | read ID | find ID | create {…} | update ID {…}
    > GET /path?query        a call that is expected, decoded
    >> {…}                   its JSON body
    < 200 Header: value      the answer, with headers
    << {…}                   its JSON body
    = …                      what comes of it: ids of rows, an id, ``seen`` or ``unseen``, or an error's name

Lines before the first talk are YAML that the operator writes besides ``extends``. An update is made upon what the
talk read before, or upon a record of its own: ``on {…}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from ebond.errors import EbondError
from ebond.gateway.wire import Raw, RawAnswer
from ebond.records.resource import ResourceClient
from ebond.testing.clock import ManualClock
from ebond.testing.transport import FakeTransport
from tests.unit.presets.scripted import client_of, extended

TALKS = sorted((Path(__file__).parent / "talks").glob("*.txt"))
NOW = datetime(2026, 11, 23, 20, 37, 43, tzinfo=UTC)


@dataclass
class Exchange:
    """One call and its answer."""

    call: str
    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    answer: bytes = b""


@dataclass
class Script:
    """Plays a talk: takes down the calls, gives the answers."""

    exchanges: list[Exchange]
    heard: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, raw: Raw) -> RawAnswer:
        self.heard.append((_spelled(raw.method, raw.url), orjson.loads(raw.content) if raw.content else None))
        one = self.exchanges[min(len(self.heard), len(self.exchanges)) - 1]
        kind = {"content-type": "application/json"} if one.answer else {}
        return RawAnswer(one.status, {**kind, **one.headers}, one.answer)


def talks() -> Iterator[Any]:
    for path in TALKS:
        own, *parts = re.split(r"^== ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for part in parts:
            title, *lines = part.strip().split("\n")
            yield pytest.param(path.stem, own, title, lines, id=f"{path.stem}: {title.partition(':')[0]}")


@pytest.mark.parametrize(("preset", "own", "title", "lines"), list(talks()))
def test_a_preset_talks_as_its_system_wants(
    preset: str, own: str, title: str, lines: list[str], tmp_path: Path
) -> None:
    """Exactly these calls are made, in this order, and this comes of the answers."""
    exchanges, outcome = _read(lines)
    script = Script(exchanges)
    client = client_of(extended(tmp_path, preset, own), FakeTransport(script), ManualClock(NOW))
    came = _do(client, title.partition(": ")[2])
    assert script.heard == [(_sorted(one.call), one.body) for one in exchanges]
    assert came == outcome


def _do(client: ResourceClient, what: str) -> str:
    verb, _, rest = what.partition(" ")
    try:
        return _DO[verb](client, rest)
    except EbondError as error:
        return type(error).__name__


def _scan(client: ResourceClient, since: str) -> str:
    pages = list(client.pages(datetime.fromisoformat(since) if since else None))
    rows = [row for page in pages for row in page.rows]
    faults = [f"fault {fault.record_id}" for page in pages for fault in page.faults]
    return " ".join([*(row.id + (" deleted" if row.deleted else "") for row in rows), *faults]) or "nothing"


def _read_one(client: ResourceClient, record_id: str) -> str:
    seen = client.read(record_id)
    return f"{seen.id} version {seen.version}"


def _find(client: ResourceClient, sync_id: str) -> str:
    return " ".join(seen.id for seen in client.find(sync_id)) or "nothing"


def _create(client: ResourceClient, values: str) -> str:
    written = client.create(orjson.loads(values), sync_id="5" * 32)
    return f"{written.id} {'seen' if written.seen else 'unseen'}"


def _update(client: ResourceClient, rest: str) -> str:
    record_id, _, rest = rest.partition(" ")
    changes, _, current = rest.partition(" on ")
    record = orjson.loads(current) if current else None
    version = client.reader.as_record(record, record_id).version if record else None  # type: ignore[union-attr]  # a record
    written = client.update(record_id, orjson.loads(changes), version=version, current=record)
    return f"{written.id} {'seen' if written.seen else 'unseen'}"


_DO = {"scan": _scan, "read": _read_one, "find": _find, "create": _create, "update": _update}


def _read(lines: list[str]) -> tuple[list[Exchange], str]:
    exchanges: list[Exchange] = []
    outcome = ""
    for line in lines:
        mark, _, rest = line.partition(" ")
        match mark:
            case ">":
                exchanges.append(Exchange(rest))
            case ">>":
                exchanges[-1].body = orjson.loads(rest)
            case "<":
                status, _, header = rest.partition(" ")
                name, _, value = header.partition(": ")
                exchanges[-1].status = int(status)
                exchanges[-1].headers |= {name.lower(): value} if name else {}
            case "<<":
                exchanges[-1].answer = rest.encode()
            case "=":
                outcome = rest
    return exchanges, outcome


def _spelled(method: str, url: str) -> str:
    parts = urlsplit(url)
    query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True)))
    return f"{method} {parts.path}" + (f"?{query}" if query else "")


def _sorted(call: str) -> str:
    """Sort the query of a call as it stands in a talk; ``&`` separates, nothing is encoded."""
    path, mark, query = call.partition("?")
    return path + mark + "&".join(sorted(query.split("&")))
