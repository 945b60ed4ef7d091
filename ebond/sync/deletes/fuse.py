"""The fuse against mass deletions. Pure."""

from __future__ import annotations

from typing import Final

from ebond.definitions.bond import Guard

#: So few are no mass, whatever share of a small bond they are.
FEW: Final = 5


def blown(count: int, *, links: int, guard: Guard) -> str:
    """Say why so many deletions are too many at once; empty where they are not.

    ``links`` is how many links the bond has, those of the deleted records among them.
    """
    if count > guard.deletions:
        return f"{count} records were deleted, more than {guard.deletions} at once"
    if count > FEW and count * 100 > guard.deletions_percent * links:
        return f"{count} of {links} records were deleted, more than {guard.deletions_percent} percent at once"
    return ""
