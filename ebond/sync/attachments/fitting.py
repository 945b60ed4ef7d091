"""Whether a file may go to the other side, and under which name. Pure."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Collection
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from ebond.attachments import File
from ebond.definitions.attachments import Attachments, FileLimits
from ebond.definitions.sizes import show_size

EMPTY: Final = "it is empty, and the other side takes no empty files"
UNKNOWN_TYPE: Final = "application/octet-stream"
_TYPE: Final = re.compile(r"[a-z0-9!#$&^_.+-]{1,127}/[a-z0-9!#$&^_.+-]{1,127}")


def type_of(file: File) -> str:
    """Return a file's type without parameters; by its name where it says none, or none that a header could carry."""
    said = file.type.partition(";")[0].strip().lower()
    said = said if _TYPE.fullmatch(said) else ""
    guessed = mimetypes.guess_type(file.name, strict=False)[0] if said in ("", UNKNOWN_TYPE) else None
    return guessed or said or UNKNOWN_TYPE


def largest(*limits: FileLimits) -> int | None:
    """Return the most bytes that all of these take; None where none says."""
    return min((one.max for one in limits if one.max is not None), default=None)


def refusal(file: File, target: Attachments, way: FileLimits) -> str:
    """Say why a file may not go; empty where it may. Its size is only looked at where it is known."""
    if file.size == 0 and not target.empty:
        return EMPTY
    most = largest(target, way)
    if most is not None and file.size is not None and file.size > most:
        return too_large(most, file.size)
    return next((reason for limits in (target, way) if (reason := _of_kind(file, limits))), "")


def too_large(most: int, size: int | None = None) -> str:
    """Say that a file is too large."""
    return f"it is larger than {show_size(most)}" + (f": {size} bytes" if size is not None else "")


def _of_kind(file: File, limits: FileLimits) -> str:
    kind, ending = type_of(file), PurePosixPath(file.name.lower()).suffix[1:]
    named = {one.lower() for one in limits.extensions}, {one.lower() for one in limits.not_extensions}
    if (limits.types and not _among(kind, limits.types)) or _among(kind, limits.not_types):
        return f"files of the type {kind} are not taken"
    if (named[0] and not _ends(file.name, named[0])) or _ends(file.name, named[1]):
        return f"files whose names end in {ending or 'nothing'} are not taken"
    return ""


def _among(kind: str, globs: Collection[str]) -> bool:
    return any(fnmatchcase(kind, glob.lower()) for glob in globs)


def _ends(name: str, endings: Collection[str]) -> bool:
    return any(name.lower().endswith(f".{ending}") for ending in endings)


def short_name(name: str, most: int | None) -> str:
    """Cut a name off before its ending where the other side takes no more characters."""
    if most is None or len(name) <= most:
        return name
    ending = PurePosixPath(name).suffix[:most]
    return name[: most - len(ending)] + ending


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name that nobody has: ``report (2).pdf`` where ``report.pdf`` is taken."""
    used = {one.casefold() for one in taken}
    if name.casefold() not in used:
        return name
    ending = PurePosixPath(name).suffix
    stem = name.removesuffix(ending)
    return next(
        new for number in range(2, len(used) + 3) if (new := f"{stem} ({number}){ending}").casefold() not in used
    )
