"""What each preset says to its system about files, call by call: lists, downloads, uploads, what hangs them there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from ebond.attachments import File, ShownFile
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.stream import Spool
from ebond.gateway.wire import Raw, RawAnswer
from ebond.records.attachments import FileClient
from ebond.records.resource import ResourceClient
from ebond.secrets import Secret
from ebond.testing.clock import ManualClock
from ebond.testing.transport import FakeTransport
from tests.unit.presets.scripted import extended

KIND = "application/pdf"
PDF = File("a b.pdf", 3, KIND)


class Desk:
    """One record, 7, with a file, 9, as a preset reads and writes it; answers come from a script."""

    def __init__(self, preset: str, folder: Path) -> None:
        self.answers: list[Any] = []
        self.transport = FakeTransport(self._answer)
        definitions = extended(folder, preset)
        system, gateway, clock = definitions.systems["ours"], definitions.gateways["front"], ManualClock()
        connection = GatewayConnection.open(
            gateway, resolve=lambda _: Secret(""), clock=clock, transport=self.transport
        )
        sender = SystemClient(connection, system, resolve=lambda _: Secret(""))
        resource = next(one for one in system.resources.values() if one.attachments is not None)
        files = resource.attachments
        assert files is not None
        records = ResourceClient(sender, resource, name="records")
        self.client = FileClient(sender, records, files, system.resources[files.resource], name="files")

    def _answer(self, _: Raw) -> RawAnswer:
        body = self.answers.pop(0)
        if isinstance(body, bytes):
            return RawAnswer(200, {"content-type": KIND}, body)
        headers = {"content-type": "application/json", "etag": '"e"', "x-total-count": "1"}
        return RawAnswer(200, headers, orjson.dumps(body))

    def listed(self, answer: Any) -> list[ShownFile]:
        self.answers.append(answer)
        return self.client.listed("7")

    def downloaded(self, *answers: Any, file: File = PDF) -> bytes:
        self.answers += answers
        with Spool(media_type=KIND) as spool:
            self.client.download("7", "9", file, spool)
            return b"".join(spool.pieces())

    def uploaded(self, *answers: Any) -> str | None:
        """Upload a file, and hang it to its record where that is a second call; return its id."""
        self.answers += answers
        with Spool() as spool:
            spool.write(b"PDF")
            made, token = self.client.upload("7", PDF, spool, media_type=KIND, sync_id="5" * 32, once_url=None)
        if token is not None:
            self.client.attach("7", token, PDF, media_type=KIND)
        return made

    def heard(self) -> list[tuple[str, str, bytes]]:
        """Return the calls so far: (method and place, type of the body, body)."""
        told = [
            (f"{raw.method} {raw.url.removeprefix('https://front.example')}",
             raw.headers.get("Content-Type", ""), raw.content)
            for raw in self.transport.calls
        ]  # fmt: skip
        self.transport.calls.clear()
        return told


def test_servicenow(tmp_path: Path) -> None:
    """The body is the file alone; everything else travels in the query."""
    desk = Desk("servicenow", tmp_path)
    row = {"sys_id": "9", "file_name": "a b.pdf", "size_bytes": "3", "content_type": KIND, "sys_created_by": "ann"}
    assert desk.listed({"result": [row]}) == [ShownFile("9", PDF)]
    query = "table_name%3Dincident%5Etable_sys_id%3D7%5EORDERBYsys_created_on"
    place = f"GET /api/now/attachment?sysparm_query={query}&sysparm_limit=100&sysparm_offset=0"
    assert desk.heard()[0] == (place, "", b"")
    assert desk.downloaded(b"PDF") == b"PDF"
    assert desk.heard() == [("GET /api/now/attachment/9/file", "", b"")]
    assert desk.uploaded({"result": {"sys_id": "10"}}) == "10"
    place = "POST /api/now/attachment/file?table_name=incident&table_sys_id=7&file_name=a%20b.pdf"
    assert desk.heard() == [(place, KIND, b"PDF")]


def test_jira(tmp_path: Path) -> None:
    """A form of one part named `file`, with the header that Jira wants; a download without a redirect."""
    desk = Desk("jira-cloud", tmp_path)
    row = {"id": "9", "filename": "a b.pdf", "size": 3, "mimeType": KIND}
    assert desk.listed({"fields": {"attachment": [row]}}) == [ShownFile("9", PDF)]
    assert desk.heard() == [("GET /rest/api/2/issue/7?fields=attachment", "", b"")]
    assert desk.downloaded(b"PDF") == b"PDF"
    assert desk.heard() == [("GET /rest/api/2/attachment/content/9?redirect=false", "", b"")]
    assert desk.uploaded([{"id": "10"}]) == "10"
    assert desk.transport.calls[-1].headers["X-Atlassian-Token"] == "no-check"
    line = "ebond-" + "5" * 32
    form = (
        f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="a b.pdf"\r\n'
        f"Content-Type: {KIND}\r\n\r\nPDF\r\n--{line}--\r\n"
    )
    kind = f"multipart/form-data; boundary={line}"
    assert desk.heard() == [("POST /rest/api/2/issue/7/attachments", kind, form.encode())]


def test_redmine(tmp_path: Path) -> None:
    """An upload by the one type that Redmine takes, and its token in a change of the issue."""
    desk = Desk("redmine", tmp_path)
    row = {"id": 9, "filename": "a b.pdf", "filesize": 3, "content_type": KIND, "author": {"id": 5}}
    assert desk.listed({"issue": {"id": 7, "attachments": [row]}}) == [ShownFile("9", PDF)]
    assert desk.heard() == [("GET /issues/7.json?include=attachments", "", b"")]
    assert desk.downloaded(b"PDF") == b"PDF"
    assert desk.heard() == [("GET /attachments/download/9/a%20b.pdf", "", b"")]
    assert desk.uploaded({"upload": {"id": 10, "token": "10.ab"}}, {}) == "10"
    upload = {"token": "10.ab", "filename": "a b.pdf", "content_type": KIND}
    (first, second) = desk.heard()
    assert first == ("POST /uploads.json?filename=a%20b.pdf", "application/octet-stream", b"PDF")
    assert (second[0], orjson.loads(second[2])) == ("PUT /issues/7.json", {"issue": {"uploads": [upload]}})


def test_roundup(tmp_path: Path) -> None:
    """A form with the fields before the file, and a change of the issue under its etag."""
    desk = Desk("roundup", tmp_path)
    assert desk.uploaded({"data": {"id": "10"}}, {"data": {"attributes": {"id": "7"}}}, {}) == "10"
    first, second, third = desk.heard()
    assert first[0] == "POST /file"
    assert first[2].index(b'name="type"') < first[2].index(b'name="content"; filename="a b.pdf"')
    assert second[0].startswith("GET /issue/7")
    assert (third[0], orjson.loads(third[2])) == ("PATCH /issue/7", {"@op": "add", "files": "10"})


def test_tmf621(tmp_path: Path) -> None:
    """The whole list with one more, its content in base64."""
    desk = Desk("tmf621", tmp_path)
    old = {"id": "9", "name": "a b.pdf", "mimeType": KIND, "content": "UERG"}
    ticket = {"id": "7", "attachment": [old]}
    (shown,) = desk.client.in_record(ticket["attachment"])
    assert (shown.file.name, shown.file.size) == ("a b.pdf", 3)
    assert desk.downloaded(ticket, file=shown.file) == b"PDF"
    assert desk.heard() == [("GET /troubleTicket/7", "", b"")]
    desk.uploaded(ticket, ticket)
    calls = desk.heard()
    assert [one[0] for one in calls] == ["GET /troubleTicket/7", "PATCH /troubleTicket/7"]
    new = {"name": "a b.pdf", "mimeType": KIND, "content": "UERG"}
    assert orjson.loads(calls[1][2]) == {"attachment": [old, new]}
