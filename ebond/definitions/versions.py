"""Versions of the definitions' spelling, and how older ones are read.

A definition says ``version: 1``. When a key is renamed or moved, the version is counted up, and a function here makes a
document of the new spelling out of one of the old: pure, from plain data to plain data, one step for each version.
So a folder that an operator wrote once is read for ever; places in messages stay those of the file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

Migration = Callable[[dict[str, Any]], dict[str, Any]]

#: The version that the models describe.
CURRENT: Final = 1
#: Version of a document → what makes one of the next version out of it. There is one version so far.
MIGRATIONS: Final[Mapping[int, Migration]] = {}


def up_to_date(data: dict[str, Any], migrations: Mapping[int, Migration] = MIGRATIONS) -> dict[str, Any]:
    """Return a document in the newest spelling that the migrations lead to."""
    while type(version := data.get("version")) is int and version in migrations:
        data = {**migrations[version](data), "version": version + 1}
    return data
