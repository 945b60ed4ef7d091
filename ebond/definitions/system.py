"""A system with its contract: resource set, verbs, headers, quota, connection, authentication mode.

Texts of a contract may hold placeholders; any other ``{word}`` there is an error.

============================ =====================================================================
where                        placeholder
============================ =====================================================================
``list.params``, ``body``    ``{extra}``: the bond's own filter (``left.params``) of the same name
``list.since.params``        ``{since}``: the stamp to ask from; ``{extra}``
``list.since.initial``       ``{extra}``
``read`` path, params, body  ``{id}``: the record's id
``create`` path, headers,    ``{sync_id}``: the id that ebond gives to every create, 32 hex digits
params, constants
``update`` path, headers,    ``{id}``
params, constants
``lookup`` path, params,     ``{sync_id}``
body
``search`` params            ``{value}``: what is looked for
a comment's resource, a      ``{parent}``, too: the id of the record that it belongs to
file's resource
a file's ``create``           ``{name}``, ``{type}``, ``{size}``: the file's
============================ =====================================================================
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.answers import ErrorRule, Status, Verb
from ebond.definitions.attachments import Attachments
from ebond.definitions.base import Definition
from ebond.definitions.comments import Comments
from ebond.definitions.fields import FieldType, Normaliser, ResourceField, Stamp, StampFormat
from ebond.definitions.gateway import Quota
from ebond.definitions.listening import Listening
from ebond.definitions.lookups import Search
from ebond.definitions.reading import Listing, Lookup, Paging, Reading, Since
from ebond.definitions.references import Reference
from ebond.definitions.texts import HeaderName, Headers, HeaderText, InnerPointer, Name, Path, Version
from ebond.definitions.writing import Creating, Deleting, Encoding, Once, Updating

__all__ = [
    "Creating", "Csrf", "Deleting", "Encoding", "FieldType", "Listing", "Lookup", "Normaliser", "Once", "Paging",
    "Reading", "Resource", "ResourceField", "Since", "Stamp", "StampFormat", "System", "Updating", "Verb",
]  # fmt: skip


class Resource(Definition):
    """One kind of record: how to list, read, create, update and delete it."""

    id: InnerPointer
    """Where a record's id is."""
    id_type: Literal["text", "number"] = "text"
    """``number``: 7, 7.0 and "07" are one id."""
    created: str | None = None
    """Name of the field that says when a record was made: one under a known id that was made at another time is another
    record."""
    number: InnerPointer | None = None
    """Human key, shown to people."""
    version: InnerPointer | None = None
    """Body path of a version: a counter, stamp or etag."""
    version_header: HeaderName | None = None
    """Answer header of a single record's version, e.g. ETag."""
    version_order: Literal["number", "text", "none"] = "none"
    """Whether a later version compares greater."""
    updated: InnerPointer | None = None
    """Where the stamp of the last change is."""
    updated_stamp: StampFormat = StampFormat()
    """How that stamp is written."""
    correlation: str | None = None
    """Name of the field that carries our ``sync_id``."""
    list: Listing = Listing(path="", paging=Paging(kind="single"))
    """How to read the records, page by page; only comments and files can do without."""
    read: Reading | None = None
    """How to read one record by id."""
    create: Creating | None = None
    """How to create a record; None: the contract does not allow it."""
    update: Updating | None = None
    """How to change a record; None: the contract does not allow it."""
    delete: Deleting | None = None
    """How to delete a record; None: the contract does not allow it."""
    lookup: Lookup | None = None
    """How to find our own record after the answer to its create was lost."""
    search: dict[Name, Search] = {}
    """How records are found by a field's value, for mappings that look them up: ``{mail: {params: {m: "{value}"}}}``.
    What comes back is compared once more: many systems ignore a parameter that they do not know."""
    small: bool = False
    """The whole list is short: mappings that look records up read it once, and do not ask for each of them."""
    comments: Comments | None = None
    """How the comments of a record hang together with it; None: they are not read."""
    attachments: Attachments | None = None
    """How the files of a record hang together with it; None: they are not read."""
    listen: Listening | None = None
    """How the system notifies ``ebond listen``; the list is read all the same, for what no notification tells."""
    wrap: str | None = None
    """Key around the body of writes: ``{"issue": {…}}``."""
    encoding: Encoding = Encoding()
    """How the bodies of all its calls are written, where they are no plain JSON objects."""
    media_type: str = "application/json"
    """Content-Type of writes; patches go by their own type unless this says otherwise."""
    fields: dict[Name, ResourceField]
    """The fields that mappings, conditions and match keys may name."""
    canary: str | None = None
    """Id of a record that is always readable, for ``ebond check``."""

    @property
    def is_listed(self) -> bool:
        """Does the contract say how the records are listed?"""
        return "list" in self.model_fields_set


class Csrf(Definition):
    """A token against forged requests that the system wants with every write, and gives for a GET."""

    path: Path
    """Where to ask for it: a cheap GET under the system's base path."""
    header: HeaderName = "X-CSRF-Token"
    """The header that asks for it, brings it and carries it."""
    ask: HeaderText = "Fetch"
    """What the header says to ask for it."""
    status: Status = 403
    """Status of a write that is turned away for want of a good one; its header says ``Required`` then."""


class System(Definition):
    """A system definition: one business system behind a gateway, and its contract."""

    version: Version
    """Version of this spelling."""
    system: Name
    """Name of the system."""
    extends: str | None = None
    """Name of a system that ships with ebond (or stands beside this one) to start from; what is given here counts,
    and a key that is given as null is taken away."""
    title: str = ""
    """What people call it."""
    gateway: str
    """The gateway that it is reached through."""
    base_path: Path = ""
    """Where the gateway publishes it, under the gateway's base URL."""
    verbs: Annotated[tuple[Verb, ...], Field(min_length=1)] = ("GET", "POST", "PUT", "PATCH")
    """Verbs the contract allows; others are refused before any call is made."""
    headers: Headers = {}
    """Headers the contract wants with every call."""
    secret_headers: dict[HeaderName, Reference] = {}
    """Headers whose value is a secret."""
    query: dict[str, str] = {}
    """Query parameters the contract wants with every call."""
    secret_query: dict[str, Reference] = {}
    """Query parameters whose value is a secret."""
    csrf: Csrf | None = None
    """A token that the system wants with every write besides the credentials, as SAP's do; None: it wants none."""
    quota: tuple[Quota, ...] = ()
    """Quota of this system alone, besides the gateway's."""
    errors: tuple[ErrorRule, ...] = ()
    """The system's own rows of the outcome table, before the gateway's and ebond's."""
    resources: dict[Name, Resource]
    """The resources that the contract allows, by name."""
