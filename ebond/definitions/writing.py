"""The write side of a resource: create, update, delete."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds
from ebond.definitions.texts import HeaderName, Headers, InnerPointer, Path, Pointer

Constants = dict[InnerPointer, str | int | float | bool | None]
Returns = Literal["record", "fields", "nothing"]


class Encoding(Definition):
    """How bodies are written where they are no plain JSON objects."""

    kind: Literal["json", "form"] = "json"
    """``form``: as a web form sends them."""
    field: str | None = None
    """``form``: the one field that holds the whole body as JSON: ``json_data``. Without it each member is a field, and
    what lies deeper is written ``a[b]``."""
    in_list: bool = False
    """Creates and updates send a list with the one record in it: ``[{…}]``."""


class Once(Definition):
    """What the system offers so that a create happens once."""

    kind: Literal["none", "idempotency_key", "client_id", "one_time_url", "upsert"] = "none"
    """``idempotency_key``: a header by which the server knows a repeat; ``client_id``: we choose the record's id;
    ``one_time_url``: a URL that creates once; ``upsert``: the path names the record by its correlation field, which
    is therefore left out of the body, and a repeat meets the record that the first try made. It would take
    back what people wrote there since: give it a ``lookup``, or a create in doubt waits for the list to show it."""
    header: HeaderName = "Idempotency-Key"
    """``idempotency_key``: the header."""
    ttl: PositiveSeconds = 86400.0
    """How long the server remembers an idempotency key; after it, look up first."""
    url_path: Path | None = None
    """``one_time_url``: POST here first to get the URL."""
    url: Pointer = "/data/link"
    """``one_time_url``: where that answer keeps the URL."""


class Action(Definition):
    """A call of its own that gives a field one value: a transition, a close, a reopen."""

    method: Literal["POST", "PUT", "PATCH"] = "POST"
    """The verb."""
    path: Path
    """``{id}`` stands for the record's id."""
    params: dict[str, str] = {}
    """Query parameters; ``{id}`` stands for the record's id."""
    constants: Constants = {}
    """What the body holds; there is none where this is empty. ``{id}`` stands for the record's id."""


class Creating(Definition):
    """How to create a record."""

    method: Literal["POST", "PUT", "PATCH"] = "POST"
    """The verb."""
    path: Path
    """``{sync_id}`` stands for our id where the client chooses it (``client_id``)."""
    headers: Headers = {}
    """Extra headers; ``{sync_id}`` stands for our id."""
    params: dict[str, str] = {}
    """Query parameters; ``{sync_id}`` stands for our id."""
    constants: Constants = {}
    """Values that every create carries: types, categories. ``{sync_id}`` stands for our id."""
    once: Once = Once()
    """What the system offers so that a create happens once."""
    id: Pointer | None = None
    """Body path of the new id; None or absent: from Location, else by look-up."""
    id_header: HeaderName = "Location"
    """Answer header with the new record's URL, which ends with its id: ``OData-EntityId``."""
    returns: Returns = "record"
    """``record``: the whole record at ``answer``; ``fields``: only some, not to be trusted as a record."""
    answer: Pointer = ""
    """Where the record is in the answer."""
    keyed: bool = False
    """True where an object lies there, and the record is its only member."""


class Remark(Definition):
    """What a system wants said with a change of some fields: one more member of a list in the record."""

    fields: Annotated[tuple[str, ...], Field(min_length=1)]
    """The fields that do not change without it."""
    at: InnerPointer
    """Where the list lies in the record; it is sent whole."""
    item: Constants
    """The new member. The whole texts ``{now}`` and ``{new_id}`` stand for the time and for an id that is new."""


class Updating(Definition):
    """How to change a record."""

    method: Literal["PATCH", "PUT", "POST"] = "PATCH"
    """The verb."""
    path: Path
    """``{id}`` stands for the record's id."""
    style: Literal["changed_fields", "merge_patch", "json_patch", "put_full"] = "changed_fields"
    """What the body holds: the changed fields as plain JSON, a merge patch (RFC 7396), a JSON patch (RFC 6902), or
    the whole record as last read with the changes in it."""
    headers: Headers = {}
    """Extra headers; ``{id}`` stands for the record's id."""
    params: dict[str, str] = {}
    """Query parameters; ``{id}`` stands for the record's id."""
    constants: Constants = {}
    """Values that every update carries. ``{id}`` stands for the record's id."""
    remark: Remark | None = None
    """What has to be said with a change of some fields."""
    precondition: Literal["if_match", "body_version", "compare"] = "compare"
    """``compare`` reads the record just before the write, for systems that can't check a version."""
    quote: bool = False
    """Put the version in double quotes for If-Match."""
    version_at: InnerPointer | None = None
    """``body_version``: where the body carries the version that we read."""
    returns: Returns = "record"
    """What the answer holds: the whole ``record`` at ``answer``, only some ``fields``, or ``nothing``."""
    answer: Pointer = ""
    """Where the record is in the answer."""
    keyed: bool = False
    """True where an object lies there, and the record is its only member."""


class Deleting(Definition):
    """How to delete a record; only a bond whose policy says so deletes."""

    method: Literal["DELETE"] = "DELETE"
    """The verb."""
    path: Path
    """``{id}`` stands for the record's id."""
    precondition: Literal["if_match", "compare"] = "compare"
    """``if_match`` sends the version that was read; ``compare`` is for systems that can't check it: the record is
    read just before, in either case."""
    quote: bool = False
    """Put the version in double quotes for If-Match."""
