"""Attachments: how the files of a record hang together with it, and what becomes of them on the other side.

What is known of a file besides its content (name, size, type) is a record of a resource of its own, as a comment is:
in its paths, parameters and constants ``{parent}`` stands for the id of the record that the file belongs to. Its
``create`` adds a file, whatever the body looks like; there ``{name}``, ``{type}`` and ``{size}`` stand for the file's.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ebond.definitions.base import Definition, Misspelt, shown, spelled
from ebond.definitions.comments import Attach, Marks, Visibility
from ebond.definitions.sizes import Size
from ebond.definitions.texts import Headers, InnerPointer, Path, Pointer
from ebond.definitions.writing import Constants


def _glob(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(_GLOB, value):
        return value
    raise Misspelt(f"{shown(value)} is no type of files", "write image/png, or image/* for all of them")


def _extension(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(_EXTENSION, value):
        return value
    bare = value.lstrip("*.") if isinstance(value, str) else ""
    raise Misspelt(f"{shown(value)} is no ending of a name", f"write {bare or 'pdf'}")


_GLOB = r"[^/\s*]+/(\*|[^/\s*]+)"
_EXTENSION = r"[^.\s*]([^\s*]*[^.\s*])?"
Globs = tuple[Annotated[str, BeforeValidator(_glob), spelled(_GLOB)], ...]
Extensions = tuple[Annotated[str, BeforeValidator(_extension), spelled(_EXTENSION)], ...]


class FileLimits(Definition):
    """Which files are taken."""

    max: Size | None = None
    """The largest file: ``10MB``."""
    types: Globs = ()
    """The only types that are taken: ``["image/*", application/pdf]``. A file that says none goes by its name."""
    not_types: Globs = ()
    """Types that are not taken."""
    extensions: Extensions = ()
    """The only endings of names that are taken: ``[pdf, png]``."""
    not_extensions: Extensions = ()
    """Endings of names that are not taken: ``[exe, js]``."""


class Content(Definition):
    """How the content of a file is had; one of ``path``, ``url`` and ``base64``."""

    path: Path | None = None
    """The path that it is downloaded from; ``{id}``, ``{parent}`` and ``{name}`` are the file's."""
    params: dict[str, str] = {}
    """``path``, ``url``: query parameters, with the same placeholders."""
    headers: Headers = {}
    """``path``, ``url``: headers, such as an Accept of its own."""
    url: str | None = None
    """The file's field that holds the URL. It is only followed where it leads to the gateway: nobody else gets our
    credentials."""
    base64: str | None = None
    """The file's field that holds the content itself; where a system has a download as well, that is better."""


class Attachments(FileLimits):
    """How the files of a record hang together with it."""

    resource: str
    """The resource of this system that the record of a file is."""
    source: Literal["in_record", "ids", "list"]
    """Where they are read: ``in_record``, a list in the record; ``ids``, a list of ids in the record, each read by
    id; ``list``, a list for each record (``{parent}``)."""
    at: InnerPointer | None = None
    """``in_record``, ``ids``: where that list lies in the record. ``list``: what in the record shows that its files
    may have changed, such as their number; its stamp or version where absent."""
    in_list: bool = True
    """``in_record``, ``ids``: False where the rows of the list do not show them: then a record is read by id for them,
    when its version or stamp moved."""
    name: str = "name"
    """The file's field that holds its name."""
    size: str | None = None
    """The file's field that holds its size in bytes."""
    type: str | None = None
    """The file's field that holds its MIME type."""
    digest: str | None = None
    """The file's field that holds a digest of its content, in hex digits."""
    algorithm: Literal["md5", "sha1", "sha256", "sha512"] = "sha256"
    """Of which kind that digest is."""
    internal: Marks = {}
    """What marks a file that only this side's own people may see: pointer → value. One that shows any of these is
    internal."""
    own: Marks = {}
    """What marks a file that ebond's own account added. No such file is ever carried."""
    content: Content
    """How the content of a file is had."""
    add: Literal["none", "raw", "multipart", "base64", "whole_list"] = "none"
    """How one is added: by the ``create`` of its resource, whose body is the content alone (``raw``), a form with the
    content as its last part (``multipart``), or JSON with the content in a field (``base64``); or by an update of the
    record that sends the list with one more (``whole_list``, in base64, too)."""
    part: str = "file"
    """``multipart``: the name of the part that holds the content. The resource's fields and constants go before it."""
    attach: Attach | None = None
    """A second call, where what was uploaded has to be hung to its record: ``{id}`` is the record's, ``{file}`` the
    file's; ``{name}`` and ``{type}``."""
    token: Pointer | None = None
    """``attach``: where the answer to the upload holds what ``{file}`` stands for, if it is not the file's id."""
    mark_public: Constants = {}
    """What a new public file carries besides."""
    mark_internal: Constants | None = None
    """What a new internal file carries besides; where absent, none can be added."""
    names: Literal["any", "unique"] = "any"
    """``unique``: the system refuses or replaces a second file of one name, so it goes as ``report (2).pdf``."""
    empty: bool = True
    """Whether the system takes files of no bytes."""

    @property
    def in_json(self) -> bool:
        """Does a new file travel as a text inside of JSON?"""
        return self.add in ("base64", "whole_list")


class FilesWay(FileLimits):
    """What becomes of one side's files on the other side."""

    public: Visibility = "public"
    """What a public file becomes there; ``never``: it stays."""
    internal: Visibility = "never"
    """What an internal file becomes there. Nothing internal leaves unless this says so."""


class FileRule(Definition):
    """How files are carried between the two resources of a mapping."""

    to_right: FilesWay = FilesWay()
    """What the left side's files become on the right."""
    to_left: FilesWay = FilesWay()
    """What the right side's files become on the left."""
    history: Literal["all", "none"] = "all"
    """Whether files are carried that were there before the two records were linked. Files of one name and content on
    both sides are taken for one."""
