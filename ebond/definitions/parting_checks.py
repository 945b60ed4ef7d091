"""Can what a bond says about partners that were deleted or have left be done, by the contracts of both sides?"""

from __future__ import annotations

from collections.abc import Container, Iterator

from ebond.definitions.bond import BondSide
from ebond.definitions.fits import value_fault
from ebond.definitions.nearest import nearest
from ebond.definitions.parting import PartnerDeleted, Values
from ebond.definitions.system import Resource
from ebond.definitions.yaml_source import Spot
from ebond.errors import Problem


def check_deleted(rule: PartnerDeleted, here: Resource, there: Resource, spot: Spot) -> Iterator[Problem]:
    """Yield what is wrong with a side's policy for deleted partners."""
    if rule.policy in ("close", "archive"):
        yield from check_values(rule.policy, rule.set_, here, spot)
    else:
        if spot.says("set"):
            yield spot.fault(f"policy {rule.policy!r} sets no fields", "set", key=True, todo="remove it")
        if rule.policy == "ignore":
            if spot.says("edited"):
                yield spot.fault("policy 'ignore' does not use 'edited'", "edited", key=True, todo="remove it")
            return
        if here.delete is None:
            todo = "give the system's resource a 'delete', or say close, archive or ignore"
            yield spot.fault("the contract has no way to delete a record", "policy", todo=todo)
        if here.read is None:
            yield spot.fault(
                "'delete' needs the resource's 'read': nothing is deleted that was not looked at", "policy"
            )
    if there.read is None and not there.list.deleted:
        yield spot.fault(
            "nobody can tell what is deleted on the other side: it has neither 'read' nor 'list.deleted'", "policy"
        )


def check_left(
    settings: BondSide, other: BondSide, here: Resource, templates: Container[str], spot: Spot
) -> Iterator[Problem]:
    """Yield what is wrong with a side's policy for partners that left; ``templates`` name fields that are carried."""
    rule = settings.partner_left
    if rule.policy == "ignore":
        for key in ("set", "back"):
            if spot.says(key):
                yield spot.fault("policy 'ignore' sets no fields", key, key=True, todo="remove it")
        return
    if not other.scope:
        todo = "say in the other side's 'scope' which records belong to the bond"
        yield spot.fault("no record ever leaves the other side: it has no scope", "policy", todo=todo)
    yield from check_values("tell", rule.set_, here, spot)
    yield from check_values(
        "tell", {name: rule.back[name] for name in rule.back if name in rule.set_}, here, spot, "back"
    )
    for name in rule.back:
        if name not in rule.set_:
            yield spot.fault(
                f"{name!r} is not set when the partner leaves", "back", name, key=True, todo="put it in 'set'"
            )
    for name in rule.set_:
        if any(condition.field == name for condition in settings.scope):
            yield spot.fault(f"{name!r} decides about this side's own scope", "set", name, key=True)
        elif name in templates:
            yield spot.fault(f"a template carries {name!r} back to the other side", "set", name, key=True)


def check_values(policy: str, values: Values, here: Resource, spot: Spot, at: str = "set") -> Iterator[Problem]:
    """Yield what is wrong with the values that a policy sets."""
    if not values and at == "back":
        return
    if not values:
        yield spot.fault(f"policy {policy!r} needs 'set': which fields get which values", "policy")
    if here.update is None:
        yield spot.fault("the contract has no way to change a record", "policy")
    for name, value in values.items():
        field = here.fields.get(name)
        if field is None:
            todo = nearest(name, here.fields)
            yield spot.fault(f"the resource has no field {name!r}", at, name, key=True, todo=todo)
        elif field.write != "always":
            yield spot.fault(f"{name!r} cannot be changed after the record was made", at, name, key=True)
        elif value is not None and (fault := value_fault(value, field)) is not None:
            yield spot.fault(fault[0], at, name, todo=fault[1])
