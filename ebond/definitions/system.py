"""A system with its contract: resource set, verbs, headers, quota, connection, authentication mode."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition, Pointer, Reference, Seconds
from ebond.definitions.gateway import ErrorRule, Quota

FieldType = Literal["text", "number", "boolean", "date", "instant", "list", "json"]
Normaliser = Literal["trim", "collapse_spaces", "lf", "casefold", "html_escape", "nfc", "strip_html", "no_emoji"]
Verb = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
Stamp = Literal["iso", "iso_z", "epoch_s", "epoch_ms", "pattern"]


class StampFormat(Definition):
    """How a system writes and filters a point in time."""

    format: Stamp = "iso"
    pattern: str | None = None
    """strptime pattern where ``format: pattern``, e.g. ``%Y-%m-%d.%H:%M:%S``."""
    zone: str = "UTC"
    """IANA zone of stamps that carry none."""
    granularity: Seconds = 0.000001
    """The finest step that the system shows and filters; filters are floored to it, never rounded up."""


class ResourceField(Definition):
    """One field of a record: where it lies, its type and its habits."""

    path: Pointer
    write_path: Pointer | None = None
    """Where writes put the value, if elsewhere than where it is read: ``/status`` for ``/status/name``."""
    type: FieldType = "text"
    max: Annotated[int, Field(gt=0)] | None = None
    """Longest text in characters that the system takes."""
    values: tuple[str, ...] = ()
    """The only values that the system takes."""
    normalise: tuple[Normaliser, ...] = ()
    """What the system itself does to text, so that ebond does not take it for an edit."""
    write: Literal["always", "create_only", "never"] = "always"
    required: bool = False
    empty: Literal["null", "text", "list", "omit"] = "null"
    """How 'no value' is written: null, "", [], or by leaving the field out (then it cannot be cleared)."""
    stamp: StampFormat = StampFormat()
    """For date and instant."""
    decimals: Annotated[int, Field(ge=0)] | None = None
    """Places the system keeps of a number; compared and written rounded to it."""
    number_as: Literal["number", "text"] = "number"
    true: str | int | bool = True
    false: str | int | bool = False
    separator: str | None = None
    """A list kept as one text, split by this."""
    ordered: bool = True
    """False where the order of a list means nothing."""

    @property
    def written_at(self) -> str:
        """Where writes put the value."""
        return self.path if self.write_path is None else self.write_path


class Paging(Definition):
    """How one page leads to the next."""

    kind: Literal["single", "offset", "page", "cursor", "header_token", "link", "next_url", "header_url"]
    size: Annotated[int, Field(gt=0)] = 100
    size_param: str | None = None
    """Parameter that carries the page size; None where it can't be chosen."""
    param: str | None = None
    """Parameter that carries offset, page number or cursor."""
    first: int = 0
    """The first offset or page number."""
    cursor: Pointer | None = None
    """Body path of the next cursor (``cursor``) or URL (``next_url``)."""
    header: str | None = None
    """Header of the next token (``header_token``) or URL (``header_url``)."""
    more: Pointer | None = None
    """Body path of a flag that says whether more follows; without it the kind's own end rule holds."""
    more_when: str | int | bool = True
    total: Pointer | None = None
    total_header: str | None = None
    short_page_ends: bool = True
    """False where pages may be short although more follow (access rules applied after the limit)."""
    end_status: tuple[int, ...] = ()
    """Statuses that mean 'past the last page'."""
    max_pages: Annotated[int, Field(gt=0)] = 100_000


class Since(Definition):
    """How to ask for records changed since a point in time."""

    params: dict[str, str]
    """Query parameters; ``{since}`` stands for the stamp, e.g. ``{"activity": "{since};"}``."""
    stamp: StampFormat = StampFormat()
    overlap: Seconds = 60.0
    """Ask this much before the floor, for records that were committed late."""
    inclusive: bool = True
    """False where the filter means strictly after; then one granularity more is asked for."""
    initial: dict[str, str] = {}
    """Parameters of a scan from the beginning, instead of ``params``."""
    retention: Seconds | None = None
    """How far back the feed reaches; a longer gap means a full scan."""


class Listing(Definition):
    """How to read the records of a resource, page by page."""

    method: Literal["GET", "POST"] = "GET"
    path: str
    params: dict[str, str] = {}
    body: dict[str, str] = {}
    """JSON body of a POST listing; paging and since parameters are merged in."""
    records: Pointer = ""
    paging: Paging
    since: Since | None = None
    """None: the system has no change feed, every scan is a snapshot."""
    complete: bool = True
    """False where the list holds stubs only: each new or changed record is read by id."""
    skip: dict[Pointer, str | int | bool] = {}
    """Rows that are no records of ours: pointer → value."""
    deleted: dict[Pointer, str | int | bool] = {}
    """What marks a tombstone in the feed."""


class Reading(Definition):
    """How to read one record by id."""

    path: str
    """``{id}`` stands for the record's id."""
    params: dict[str, str] = {}
    record: Pointer = ""
    deleted: dict[Pointer, str | int | bool] = {}
    """What marks a deleted record that still answers 200."""


class Once(Definition):
    """What the system offers so that a create happens once."""

    kind: Literal["none", "idempotency_key", "client_id", "one_time_url"] = "none"
    header: str = "Idempotency-Key"
    ttl: Seconds = 86400.0
    """How long the server remembers an idempotency key; after it, look up first."""
    url_path: str | None = None
    """``one_time_url``: POST here first to get the URL."""
    url: Pointer = "/data/link"


class Creating(Definition):
    """How to create a record."""

    method: Literal["POST", "PUT", "PATCH"] = "POST"
    path: str
    """``{sync_id}`` stands for our id where the client chooses it (``client_id``)."""
    headers: dict[str, str] = {}
    params: dict[str, str] = {}
    constants: dict[Pointer, str | int | float | bool | None] = {}
    """Values that every create carries: types, categories."""
    once: Once = Once()
    id: Pointer | None = None
    """Body path of the new id; None or absent: from Location, else by look-up."""
    returns: Literal["record", "fields", "nothing"] = "record"
    """``record``: the whole record at ``answer``; ``fields``: only some, not to be trusted as a record."""
    answer: Pointer = ""


class Updating(Definition):
    """How to change a record."""

    method: Literal["PATCH", "PUT", "POST"] = "PATCH"
    path: str
    style: Literal["changed_fields", "merge_patch", "json_patch", "put_full"] = "changed_fields"
    headers: dict[str, str] = {}
    params: dict[str, str] = {}
    constants: dict[Pointer, str | int | float | bool | None] = {}
    precondition: Literal["if_match", "body_version", "compare"] = "compare"
    """``compare`` reads the record just before the write, for systems that can't check a version."""
    quote: bool = False
    """Put the version in double quotes for If-Match."""
    version_at: Pointer | None = None
    """``body_version``: where the body carries the version that we read."""
    returns: Literal["record", "fields", "nothing"] = "record"
    answer: Pointer = ""


class Lookup(Definition):
    """How to find our own record by its correlation field after an answer was lost."""

    path: str
    params: dict[str, str]
    """``{sync_id}`` stands for the correlation id."""
    records: Pointer = ""
    lag: Seconds = 0.0
    """How long the search may trail behind writes."""


class Deleting(Definition):
    """How to delete a record; nothing in this version calls it."""

    method: Literal["DELETE"] = "DELETE"
    path: str


class Resource(Definition):
    """One kind of record: how to list, read, create, update and delete it."""

    id: Pointer
    id_type: Literal["text", "number"] = "text"
    number: Pointer | None = None
    """Human key, shown to people."""
    version: Pointer | None = None
    """Body path of a version: a counter, stamp or etag."""
    version_header: str | None = None
    """Answer header of a single record's version, e.g. ETag."""
    version_order: Literal["number", "text", "none"] = "none"
    """Whether a later version compares greater."""
    updated: Pointer | None = None
    updated_stamp: StampFormat = StampFormat()
    correlation: str | None = None
    """Name of the field that carries our ``sync_id``."""
    list: Listing
    read: Reading | None = None
    create: Creating | None = None
    update: Updating | None = None
    delete: Deleting | None = None
    lookup: Lookup | None = None
    wrap: str | None = None
    """Key around the body of writes: ``{"issue": {…}}``."""
    media_type: str = "application/json"
    fields: dict[str, ResourceField]
    canary: str | None = None
    """Id of a record that is always readable, for ``ebond check``."""


class System(Definition):
    """A system definition: one business system behind a gateway, and its contract."""

    version: Literal[1]
    system: str
    extends: str | None = None
    """Name of a system that ships with ebond (or stands beside this one) to start from; what is given here counts."""
    title: str = ""
    gateway: str
    base_path: str = ""
    verbs: tuple[Verb, ...] = ("GET", "POST", "PUT", "PATCH")
    """Verbs the contract allows; others are refused before any call is made."""
    headers: dict[str, str] = {}
    """Headers the contract wants with every call."""
    secret_headers: dict[str, Reference] = {}
    query: dict[str, str] = {}
    quota: tuple[Quota, ...] = ()
    """Quota of this system alone, besides the gateway's."""
    errors: tuple[ErrorRule, ...] = ()
    resources: dict[str, Resource]
