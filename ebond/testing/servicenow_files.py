"""ServiceNow's attachments: files that hang to an incident, which does not change with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ebond.testing.encoded_query import EncodedQuery
from ebond.testing.rest import Asked, Refused, Route, Told

COLUMNS: Final = (
    "sys_id", "file_name", "content_type", "size_bytes", "table_name", "table_sys_id", "sys_created_on",
    "sys_created_by", "sys_updated_on", "download_link",
)  # fmt: skip
_ONE: Final = r"/api/now/attachment/([0-9a-f]{32})"


class Files:
    """The attachments of one instance; ``new_id``, ``stamp`` and ``user`` are the instance's own."""

    def __init__(
        self,
        *,
        new_id: Callable[[], str],
        stamp: Callable[[], str],
        user: Callable[[Asked], str],
        is_there: Callable[[str], bool],
        wrote: Callable[[Asked], None],
    ) -> None:
        self._new_id, self._stamp, self._user, self._is_there, self._wrote = new_id, stamp, user, is_there, wrote
        self.rows: dict[str, dict[str, str]] = {}
        self.contents: dict[str, bytes] = {}

    def add(self, record: str, name: str, content: bytes, *, kind: str, by: str) -> dict[str, str]:
        """Hang a file to an incident; return its row."""
        sys_id, now = self._new_id(), self._stamp()
        row = {"sys_id": sys_id, "file_name": name, "content_type": kind, "size_bytes": str(len(content))}
        row |= {"table_name": "incident", "table_sys_id": record, "sys_created_on": now, "sys_created_by": by}
        self.rows[sys_id] = {**row, "sys_updated_on": now, "download_link": f"/api/now/attachment/{sys_id}/file"}
        self.contents[sys_id] = content
        return self.rows[sys_id]

    def of(self, record: str) -> list[tuple[str, bytes]]:
        """Return names and contents of an incident's files, in order."""
        mine = [row for row in self.rows.values() if row["table_sys_id"] == record]
        return [(row["file_name"], self.contents[row["sys_id"]]) for row in mine]

    def forget(self, record: str) -> None:
        """Take an incident's files away with it."""
        for one in [one for one, row in self.rows.items() if row["table_sys_id"] == record]:
            self._drop(one)

    # -- HTTP ---------------------------------------------------------------------------------------------

    def routes(self) -> Sequence[Route]:
        """Return the calls that are about files."""
        return [
            ("GET", "/api/now/attachment", self._list),
            ("POST", "/api/now/attachment/file", self._create),
            ("GET", _ONE, self._read),
            ("DELETE", _ONE, self._delete),
            ("GET", _ONE + "/file", self._content),
        ]

    def _list(self, asked: Asked) -> Told:
        rows = EncodedQuery(asked.params.get("sysparm_query", ""), COLUMNS).rows(self.rows.values())
        offset, limit = (
            int(asked.params.get(f"sysparm_{name}", most)) for name, most in (("offset", 0), ("limit", 1000))
        )
        return Told(200, {"result": rows[offset : offset + limit]}, {"X-Total-Count": str(len(rows))})

    def _create(self, asked: Asked) -> Told:
        """Take a file as it is: its name and its incident are parameters, and one without content is refused."""
        name, record = asked.params.get("file_name"), asked.params.get("table_sys_id", "")
        if not name or asked.params.get("table_name") != "incident" or not self._is_there(record):
            raise _no(400, "Missing or unknown file_name, table_name or table_sys_id")
        if not asked.content:
            raise _no(400, "Attachment size exceeds limit or is 0")
        row = self.add(record, name, asked.content, kind=asked.media_type, by=self._user(asked))
        self._wrote(asked)
        return Told(201, {"result": row}, {"Location": f"{asked.origin}/api/now/attachment/{row['sys_id']}"})

    def _read(self, _: Asked, sys_id: str) -> Told:
        return Told(200, {"result": self._row(sys_id)})

    def _content(self, _: Asked, sys_id: str) -> Told:
        row = self._row(sys_id)
        return Told(200, headers={"Content-Type": row["content_type"]}, content=self.contents[sys_id])

    def _delete(self, asked: Asked, sys_id: str) -> Told:
        self._row(sys_id)
        self._drop(sys_id)
        self._wrote(asked)
        return Told(204)

    def _row(self, sys_id: str) -> Mapping[str, Any]:
        if sys_id not in self.rows:
            raise _no(404, "Record does not exist or ACL restricts the record retrieval")
        return self.rows[sys_id]

    def _drop(self, sys_id: str) -> None:
        del self.rows[sys_id], self.contents[sys_id]


def _no(status: int, detail: str) -> Refused:
    return Refused(status, {"error": {"message": "Invalid attachment", "detail": detail}, "status": "failure"})
