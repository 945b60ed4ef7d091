"""Whether two files are one, as far as what is known of them tells. Pure.

A digest of the same kind tells; without one, the same size is taken for the same content where the name is the same,
too. Where no size is known either, nothing tells, and the content has to be read.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from ebond.attachments import File

#: What systems put other characters for, or leave out.
_ODD: Final = re.compile(r"[^\w]|_")


def same_content(one: File, other: File) -> bool | None:
    """Do two files hold the same? None where nothing tells."""
    if one.size is not None and other.size is not None and one.size != other.size:
        return False
    if one.digest and other.digest and one.digest.partition(":")[0] == other.digest.partition(":")[0]:
        return one.digest == other.digest
    return True if one.size is not None and other.size is not None else None


def same_digest(one: File, other: File) -> bool:
    """Do digests of one kind say that the content is the same?"""
    return bool(one.digest) and one.digest == other.digest


def same_name(one: File, other: File) -> bool:
    """Have two files the same name, however its letters are put together?"""
    return unicodedata.normalize("NFC", one.name) == unicodedata.normalize("NFC", other.name)


def like_name(one: File, other: File) -> bool:
    """Can one name be what a system made of the other? Case, blanks and odd characters do not count."""
    return _plain(one.name) == _plain(other.name)


def _plain(name: str) -> str:
    return _ODD.sub("", unicodedata.normalize("NFKD", name)).casefold()
