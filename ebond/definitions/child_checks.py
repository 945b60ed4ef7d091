"""What holds for comments and attachments alike: do they hang together with their own resource and with the record?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from ebond.definitions.attachments import Attachments
from ebond.definitions.comments import Attach, Comments
from ebond.definitions.nearest import nearest
from ebond.definitions.parents import names_parent
from ebond.definitions.request_checks import check_placeholders
from ebond.definitions.system import Resource, System
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem

#: What presets say where only the operator knows.
OPEN: Final = "set-me"
#: The key that describes them.
Kind = Literal["comments", "attachments"]
#: What a single one is called.
_ONE: Final[dict[Kind, tuple[str, str]]] = {
    "comments": ("a", "comment"),
    "attachments": ("an", "attachment"),
}


def check_listed(
    resource: Resource, child: Resource, part: Comments | Attachments, spot: Spot, *, kind: Kind
) -> Iterator[Problem]:
    """Yield what is wrong where there is a list for each record."""
    if not child.is_listed:
        yield spot.fault(f"{kind} from a list need a 'list' of their resource", "source")
    elif not names_parent(child):
        yield spot.fault(f"nothing says whose {kind} are listed", "source", todo="put {parent} into its list")
    if part.at is None and resource.updated is None and resource.version is None:
        todo = f"say with 'at' what in the record shows that its {kind} may have changed"
        yield spot.fault(f"{kind} would be listed for every record in every run", "source", todo=todo)


def check_field(
    child: Resource, name: str, types: tuple[str, ...], spot: Spot, *path: str, kind: Kind
) -> Iterator[Problem]:
    """Yield what is wrong with a field of the child's that ``path`` names."""
    article, one = _ONE[kind]
    field = child.fields.get(name)
    if field is None:
        yield spot.fault(f"{article} {one} has no field {name!r}", *path, todo=nearest(name, child.fields))
    elif field.type not in types:
        yield spot.fault(f"the {one}'s field {name!r} is no {' or '.join(types)}", *path)


def check_attach(system: System, attach: Attach | None, spot: Spot, *placeholders: str) -> Iterator[Problem]:
    """Yield what is wrong with a second call, which hangs a new one to its record."""
    if attach is None:
        return
    at = spot.into("attach")
    for key in ("path", "params", "constants"):
        yield from check_placeholders(at, key, getattr(attach, key), *placeholders)
    if attach.method not in system.verbs:
        todo = f"it allows {', '.join(system.verbs)}"
        yield spot.fault(f"the contract does not allow {attach.method}", "attach", "method", todo=todo)


def check_ends(
    ends: Mapping[str, Comments | Attachments | None], names: Mapping[str, str], spot: Spot, *, kind: Kind
) -> Iterator[Problem]:
    """Yield what the resources of a mapping lack to carry them; ``ends``: side → how they are described there.

    ``names``: side → ``system/resource``.
    """
    for side, part in ends.items():
        if part is None:
            todo = f"describe them under '{kind}' of the resource"
            yield spot.fault(f"the {side} resource has no {kind}", todo=todo)
        elif OPEN in part.own.values():
            system, _, resource = names[side].partition("/")
            own = f"{{own: {{{next(iter(part.own))}: …}}}}"
            todo = f"say it in the system {system}: resources: {{{resource}: {{{kind}: {own}}}}}"
            yield spot.fault(f"nobody says what ebond's own account is called on the {side}", todo=todo)
