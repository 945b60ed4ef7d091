"""People at work in both systems, each by its own interface and past ebond and the gateway.

The demo seeds, edits and verifies with these. They use the standard library: nothing of ebond's is trusted here.
"""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from ebond.demo import helpdesk_system, kinto_system, roundup_system
from ebond.errors import EbondError

#: Seconds after which a quiet connection is not trusted: servers close theirs, and a call would meet that.
_QUIET = 1.0


class _Caller:
    """A kept-alive connection with Basic credentials."""

    def __init__(self, url: str, account: tuple[str, str], headers: Mapping[str, str]) -> None:
        self._host = urlsplit(url).netloc
        basic = base64.b64encode(":".join(account).encode()).decode()
        self._headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json", **headers}
        self._connection = HTTPConnection(self._host, timeout=30)
        self._used = time.monotonic()

    def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[Any, Mapping[str, str]]:
        """Make one call, with a body of bytes or of JSON; raises EbondError for anything but success."""
        content, shown = self._made(method, path, body, headers or {})
        return (json.loads(content) if content else None), shown

    def fetch(self, path: str) -> bytes:
        """Return the content of a file."""
        return self._made("GET", path, None, {"Accept": "*/*"})[0]

    def _made(self, method: str, path: str, body: Any, headers: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        if time.monotonic() - self._used > _QUIET:
            self._connection.close()
        self._connection.request(method, path, data, {**self._headers, **headers})
        answer = self._connection.getresponse()
        content = answer.read()
        self._used = time.monotonic()
        if answer.status >= 400:
            raise EbondError(f"{method} {path} on {self._host}: {answer.status} {content[:300]!r}")
        return content, dict(answer.getheaders())

    def close(self) -> None:
        self._connection.close()


class RoundupPeople:
    """Somebody who works in Roundup."""

    def __init__(self, url: str) -> None:
        # Roundup refuses writes whose Origin is not its own.
        headers = {"X-Requested-With": "rest", "Origin": url}
        self._caller = _Caller(url, roundup_system.PERSON, headers)

    def create(self, values: Mapping[str, Any]) -> str:
        """File an issue; return its id."""
        answer, _ = self._caller.call("POST", f"{roundup_system.PATH}/issue", dict(values))
        return str(answer["data"]["id"])

    def edit(self, issue_id: str, values: Mapping[str, Any]) -> None:
        """Change fields of an issue."""
        self._change("PATCH", issue_id, dict(values))

    def retire(self, issue_id: str) -> None:
        """Delete an issue, as far as Roundup deletes: it is hidden from lists and can still be read."""
        self._change("DELETE", issue_id)

    def add_message(self, issue_id: str, text: str) -> None:
        """Comment on an issue: two calls; Roundup itself moves its status from unread to chatting."""
        root = roundup_system.PATH
        author, _ = self._caller.call("GET", f"{root}/user?username={roundup_system.PERSON[0]}")
        message, _ = self._caller.call(
            "POST", f"{root}/msg", {"content": text, "author": author["data"]["collection"][0]["id"]}
        )
        self._change("PATCH", issue_id, {"@op": "add", "messages": message["data"]["id"]})

    def messages(self, issue_id: str) -> list[str]:
        """Return the texts of an issue's messages, oldest first."""
        ids = [one["id"] for one in self.show(issue_id)["messages"]]
        root = f"{roundup_system.PATH}/msg"
        shown = [
            self._caller.call("GET", f"{root}/{one}?@verbose=3")[0]["data"]["attributes"]
            for one in sorted(ids, key=int)
        ]
        return [str(one["content"]) for one in shown]

    def attach(self, issue_id: str, name: str, content: bytes, media_type: str) -> str:
        """Attach a file to an issue: two calls; return the file's id."""
        fields = {"name": name, "type": media_type}
        body = b"".join(
            f'--people\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in fields.items()
        )
        body += b'--people\r\nContent-Disposition: form-data; name="content"; filename="f"\r\n'
        body += b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--people--\r\n"
        headers = {"Content-Type": "multipart/form-data; boundary=people"}
        made, _ = self._caller.call("POST", f"{roundup_system.PATH}/file", body, headers)
        self._change("PATCH", issue_id, {"@op": "add", "files": made["data"]["id"]})
        return str(made["data"]["id"])

    def files(self, issue_id: str) -> list[tuple[str, bytes]]:
        """Return (name, content) of an issue's files, oldest first."""
        found = []
        for one in sorted((one["id"] for one in self.show(issue_id)["files"]), key=int):
            shown, _ = self._caller.call("GET", f"{roundup_system.PATH}/file/{one}?@verbose=2")
            content = self._caller.fetch(f"{roundup_system.PATH}/file/{one}/binary_content")
            found.append((str(shown["data"]["attributes"]["name"]), content))
        return found

    def show(self, issue_id: str) -> dict[str, Any]:
        """Return an issue's attributes."""
        path = f"{roundup_system.PATH}/issue/{issue_id}?@verbose=2&@protected=true"
        shown, _ = self._caller.call("GET", path)
        return dict(shown["data"]["attributes"])

    def _change(self, method: str, issue_id: str, body: Any = None) -> None:
        path = f"{roundup_system.PATH}/issue/{issue_id}"
        shown, _ = self._caller.call("GET", path)
        self._caller.call(method, path, body, {"If-Match": shown["data"]["@etag"]})

    def all(self, fields: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        """Return every issue by id."""
        query = urlencode({"@fields": ",".join(fields), "@verbose": 2, "@page_size": 5000, "@page_index": 1})
        answer, _ = self._caller.call("GET", f"{roundup_system.PATH}/issue?{query}")
        return {str(row["id"]): row for row in answer["data"]["collection"]}

    def close(self) -> None:
        """Go home."""
        self._caller.close()


class KintoPeople:
    """Somebody who works in the partner's document store."""

    def __init__(self, url: str) -> None:
        self._caller = _Caller(url, kinto_system.PERSON, {})

    def make_collection(self) -> None:
        """Make the bucket and its collections, open to every account."""
        bucket = f"/v1/buckets/{kinto_system.BUCKET}"
        everyone = {"permissions": {"write": ["system.Authenticated"]}}
        self._caller.call("PUT", bucket, everyone)
        paths = (kinto_system.COMMENTS, kinto_system.PEOPLE, kinto_system.FILES)
        others = (path.split("/")[-2] for path in paths)
        for collection in (kinto_system.COLLECTION, *others):
            self._caller.call("PUT", f"{bucket}/collections/{collection}", everyone)

    def hire(self, login: str) -> str:
        """Enter somebody among the people; return the id."""
        answer, _ = self._caller.call("POST", kinto_system.PEOPLE, {"data": {"login": login}})
        return str(answer["data"]["id"])

    def create(self, values: Mapping[str, Any]) -> str:
        """Store a record; return its id."""
        answer, _ = self._caller.call("POST", kinto_system.PATH, {"data": dict(values)})
        return str(answer["data"]["id"])

    def edit(self, record_id: str, values: Mapping[str, Any]) -> None:
        """Change fields of a record."""
        self._caller.call("PATCH", self._path(record_id), {"data": dict(values)})

    def delete(self, record_id: str) -> None:
        """Delete a record; the feed keeps its tombstone."""
        self._caller.call("DELETE", self._path(record_id))

    def show(self, record_id: str) -> dict[str, Any]:
        """Return a record."""
        answer, _ = self._caller.call("GET", self._path(record_id))
        return dict(answer["data"])

    def comment(self, record_id: str, text: str, *, internal: bool = False) -> str:
        """Comment on a record; return the comment's id."""
        said = {"record": record_id, "text": text, "author": kinto_system.PERSON[0], "internal": internal}
        answer, _ = self._caller.call("POST", kinto_system.COMMENTS, {"data": said})
        return str(answer["data"]["id"])

    def attach(self, record_id: str, name: str, content: bytes, media_type: str) -> str:
        """Attach a file to a record, which counts its files; return the file's id."""
        text = base64.b64encode(content).decode()
        known = {"record": record_id, "name": name, "type": media_type, "size": len(content), "content": text}
        answer, _ = self._caller.call("POST", kinto_system.FILES, {"data": known})
        self.edit(record_id, {"files": len(self.files(record_id))})
        return str(answer["data"]["id"])

    def files(self, record_id: str) -> list[tuple[str, bytes]]:
        """Return (name, content) of the files of a record, oldest first."""
        answer, _ = self._caller.call("GET", f"{kinto_system.FILES}?record={quote(record_id)}&_sort=last_modified")
        return [(str(one["name"]), base64.b64decode(one["content"])) for one in answer["data"]]

    def comments(self, record_id: str) -> list[dict[str, Any]]:
        """Return the comments on a record, oldest first."""
        answer, _ = self._caller.call("GET", f"{kinto_system.COMMENTS}?record={quote(record_id)}&_sort=last_modified")
        return list(answer["data"])

    def forget_everything(self) -> None:
        """Empty the whole server, its clocks and tombstones included."""
        self._caller.call("POST", "/v1/__flush__")

    @staticmethod
    def _path(record_id: str) -> str:
        return f"{kinto_system.PATH}/{quote(record_id)}"

    def all(self) -> dict[str, dict[str, Any]]:
        """Return every record by id."""
        found: dict[str, dict[str, Any]] = {}
        path: str | None = f"{kinto_system.PATH}?_limit=500"
        while path:
            answer, headers = self._caller.call("GET", path)
            found |= {row["id"]: row for row in answer["data"]}
            following = headers.get("Next-Page")
            path = following and f"{urlsplit(following).path}?{urlsplit(following).query}"
        return found

    def close(self) -> None:
        """Go home."""
        self._caller.close()


class HelpdeskPeople:
    """Somebody who works at the help desk."""

    def __init__(self, url: str) -> None:
        self._caller = _Caller(url, helpdesk_system.PERSON, {})

    def create(self, values: Mapping[str, Any]) -> str:
        """Open a ticket in the one queue; return its id."""
        answer, _ = self._caller.call("POST", self._path(), {"queue": 1, **values})
        return str(answer["id"])

    def edit(self, ticket_id: str, values: Mapping[str, Any]) -> None:
        """Change fields of a ticket."""
        self._caller.call("PATCH", self._path(ticket_id), dict(values))

    def follow_up(self, ticket_id: str, comment: str) -> None:
        """Comment on a ticket, for the customer to see; a title of the comment's own would rename the ticket."""
        body = {"ticket": ticket_id, "comment": comment, "public": True, "user": None}
        self._caller.call("POST", f"{helpdesk_system.PATH}/followups/", body)

    def delete(self, ticket_id: str) -> None:
        """Delete a ticket for good."""
        self._caller.call("DELETE", self._path(ticket_id))

    def all(self) -> dict[str, dict[str, Any]]:
        """Return every ticket by id."""
        answer, _ = self._caller.call("GET", self._path() + "?page_size=5000")
        return {str(row["id"]): row for row in answer["results"]}

    def close(self) -> None:
        """Go home."""
        self._caller.close()

    @staticmethod
    def _path(ticket_id: str = "") -> str:
        return f"{helpdesk_system.PATH}/tickets/" + (f"{ticket_id}/" if ticket_id else "")
