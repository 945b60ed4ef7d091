"""Which resources of a system are no records of their own: the comments and files of others."""

from __future__ import annotations

from ebond.definitions.system import System


def child_resources(system: System) -> frozenset[str]:
    """Return the names of the resources that are comments or attachments of another one."""
    parts = [part for one in system.resources.values() for part in (one.comments, one.attachments)]
    return frozenset(part.resource for part in parts if part is not None)


def file_resources(system: System) -> frozenset[str]:
    """Return the names of the resources that are attachments of another one."""
    return frozenset(one.attachments.resource for one in system.resources.values() if one.attachments is not None)
