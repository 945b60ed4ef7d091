"""What no single definition shows: references, capabilities, and the proof of value maps."""

from __future__ import annotations

import re
import string
from collections.abc import Generator, Iterable, Iterator

from ebond.definitions.bond import Bond, BondSide
from ebond.definitions.catalogue import Definitions
from ebond.definitions.gateway import ErrorRule, Gateway, OAuth2
from ebond.definitions.lossless import faults
from ebond.definitions.mapping import FieldRule, Mapping
from ebond.definitions.nearest import nearest
from ebond.definitions.resource_checks import check_resource
from ebond.definitions.system import Resource, System
from ebond.definitions.yaml_source import Document
from ebond.errors import Problem

Broken = set[tuple[str, str]]


def crosscheck(definitions: Definitions, broken: Broken) -> Iterator[Problem]:
    """Yield every problem between definitions; what refers to a broken definition is not blamed for it."""
    for name, gateway in definitions.gateways.items():
        yield from _gateway(gateway, definitions.sources["gateway", name])
    for system in definitions.systems.values():
        yield from _system(system, definitions, broken)
    for name, mapping in definitions.mappings.items():
        yield from _MappingCheck(mapping, definitions, broken, definitions.sources["mapping", name]).problems()
    for name, bond in definitions.bonds.items():
        yield from _BondCheck(bond, definitions, broken, definitions.sources["bond", name]).problems()


def _gateway(gateway: Gateway, document: Document) -> Iterator[Problem]:
    for path, url in _urls(gateway):
        if not re.match(r"https?://[^/\s]+", url):
            yield document.at(path).problem(f"{url!r} is no URL", "it begins with https:// and a host")
    if isinstance(gateway.auth, OAuth2):
        auth = gateway.auth
        if auth.client_auth == "private_key_jwt" and auth.key is None:
            yield document.at(("auth",)).problem("private_key_jwt needs 'key' with the private key")
        if auth.client_auth != "private_key_jwt" and auth.client_secret is None:
            yield document.at(("auth",)).problem(f"client_auth {auth.client_auth!r} needs 'client_secret'")
    yield from _rules(gateway.errors, document)


def _urls(gateway: Gateway) -> Iterator[tuple[tuple[str, ...], str]]:
    yield ("base_url",), gateway.base_url
    if isinstance(gateway.auth, OAuth2):
        yield ("auth", "token_url"), gateway.auth.token_url


def _rules(rules: Iterable[ErrorRule], document: Document) -> Iterator[Problem]:
    for index, rule in enumerate(rules):
        patterns = [
            *rule.when.header.values(),
            *(value for value in rule.when.body.values() if isinstance(value, str)),
        ]
        for pattern in [*patterns, rule.when.text or ""]:
            yield from _regex(pattern, document, "errors", index, "when")


def _regex(pattern: str, document: Document, *path: str | int) -> Iterator[Problem]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield document.at(path).problem(f"{pattern!r} is no regular expression: {error}")


def _system(system: System, definitions: Definitions, broken: Broken) -> Iterator[Problem]:
    document = definitions.sources["system", system.system]
    if system.gateway not in definitions.gateways and ("gateway", system.gateway) not in broken:
        yield document.at(("gateway",)).problem(
            f"there is no gateway {system.gateway!r}", nearest(system.gateway, definitions.gateways)
        )
    yield from _rules(system.errors, document)
    for name, resource in system.resources.items():
        yield from check_resource(system, name, resource, document)


class _MappingCheck:
    def __init__(self, mapping: Mapping, definitions: Definitions, broken: Broken, document: Document) -> None:
        self.mapping, self.definitions, self.broken, self.document = mapping, definitions, broken, document

    def problems(self) -> Iterator[Problem]:
        left = yield from self._resource("left", self.mapping.left)
        right = yield from self._resource("right", self.mapping.right)
        yield from self._names()
        if left is None or right is None:
            return
        for index, rule in enumerate(self.mapping.fields):
            yield from self._rule(index, rule, left, right)

    def _resource(self, key: str, reference: str) -> Generator[Problem, None, Resource | None]:
        system_name, slash, resource_name = reference.partition("/")
        place = self.document.at((key,))
        if not slash:
            yield place.problem(f"{reference!r} names no resource", "write system/resource")
            return None
        if ("system", system_name) in self.broken:
            return None
        system = self.definitions.systems.get(system_name)
        if system is None:
            yield place.problem(f"there is no system {system_name!r}", nearest(system_name, self.definitions.systems))
            return None
        if resource_name not in system.resources:
            yield place.problem(
                f"system {system_name!r} has no resource {resource_name!r}",
                nearest(resource_name, system.resources),
            )
            return None
        return system.resources[resource_name]

    def _names(self) -> Iterator[Problem]:
        seen: dict[str, int] = {}
        for index, rule in enumerate(self.mapping.fields):
            name = rule.name or rule.left or rule.right or ""
            if name in seen:
                place = self.document.at(("fields", index))
                yield place.problem(f"two rules are called {name!r}", "give one of them a 'name' of its own")
            seen[name] = index

    def _rule(self, index: int, rule: FieldRule, left: Resource, right: Resource) -> Iterator[Problem]:
        yield from self._ends(index, rule, left, right)
        if (rule.left and rule.left not in left.fields) or (rule.right and rule.right not in right.fields):
            return
        yield from self._values(index, rule, left, right)
        yield from self._policies(index, rule, left, right)

    def _ends(self, index: int, rule: FieldRule, left: Resource, right: Resource) -> Iterator[Problem]:
        here = ("fields", index)
        for side, name, fields in (("left", rule.left, left.fields), ("right", rule.right, right.fields)):
            if name is not None and name not in fields:
                yield self.document.at((*here, side)).problem(
                    f"the {side} side has no field {name!r}", nearest(name, fields)
                )
        made_right = rule.constant.right is not None or rule.template.right is not None
        made_left = rule.constant.left is not None or rule.template.left is not None
        if rule.left is None and not (rule.right and made_right):
            yield self.document.at(here).problem(
                "the rule has no 'left' field", "name one, or give a constant or template for the right"
            )
        if rule.right is None and not (rule.left and made_left):
            yield self.document.at(here).problem(
                "the rule has no 'right' field", "name one, or give a constant or template for the left"
            )
        for side, fields in (("right", left.fields), ("left", right.fields)):
            template = rule.template.right if side == "right" else rule.template.left
            yield from self._template(template, fields, *here, "template", side)

    def _template(self, template: object, fields: Iterable[str], *path: str | int) -> Iterator[Problem]:
        if template is None:
            return
        try:
            names = [name for _, name, *_ in string.Formatter().parse(str(template)) if name]
        except ValueError as error:
            yield self.document.at(path).problem(f"the template cannot be read: {error}")
            return
        known = set(fields)
        for name in names:
            if name not in known:
                yield self.document.at(path).problem(
                    f"the template names an unknown field {name!r}", nearest(name, known)
                )

    def _values(self, index: int, rule: FieldRule, left: Resource, right: Resource) -> Iterator[Problem]:
        for position, message, todo in faults(rule.values, rule.direction):
            yield self.document.at(("fields", index, "values", position)).problem(message, todo)
        for position, pair in enumerate(rule.values):
            for side, name, value, fields in (
                ("left", rule.left, pair.left, left.fields),
                ("right", rule.right, pair.right, right.fields),
            ):
                allowed = fields[name].values if name else ()
                if allowed and value not in allowed:
                    place = self.document.at(("fields", index, "values", position, side))
                    yield place.problem(
                        f"the {side} field {name!r} never has the value {value!r}", nearest(value, allowed)
                    )
        if rule.unmapped == "default" and rule.default.left is None and rule.default.right is None:
            yield self.document.at(("fields", index, "unmapped")).problem(
                "there is no default to fall back to", "give 'default'"
            )

    def _policies(self, index: int, rule: FieldRule, left: Resource, right: Resource) -> Iterator[Problem]:
        policy = rule.conflict or self.mapping.conflict
        for side, resource in (("left", left), ("right", right)):
            if policy == "newest_wins" and resource.updated is None:
                path = ("fields", index, "conflict") if rule.conflict else ("conflict",)
                yield self.document.at(path).problem(
                    f"'newest_wins' needs a stamp on both sides, and the {side} resource has no 'updated'",
                    "use left_wins, right_wins or manual",
                )
        if rule.left is None or rule.right is None or _made(rule):
            return
        for side, name, resource in (("left", rule.left, left), ("right", rule.right, right)):
            if rule.direction in ("both", f"to_{side}") and resource.fields[name].write == "never":
                yield self.document.at(("fields", index)).problem(
                    f"the {side} field {name!r} can't be written, but the rule goes {rule.direction}",
                    f"say direction: {'to_right' if side == 'left' else 'to_left'}",
                )


def _made(rule: FieldRule) -> bool:
    return any(
        value is not None
        for value in (rule.constant.left, rule.constant.right, rule.template.left, rule.template.right)
    )


class _BondCheck:
    def __init__(self, bond: Bond, definitions: Definitions, broken: Broken, document: Document) -> None:
        self.bond, self.definitions, self.broken, self.document = bond, definitions, broken, document

    def problems(self) -> Iterator[Problem]:
        mapping = self.definitions.mappings.get(self.bond.mapping)
        if mapping is None:
            if ("mapping", self.bond.mapping) not in self.broken:
                yield self.document.at(("mapping",)).problem(
                    f"there is no mapping {self.bond.mapping!r}",
                    nearest(self.bond.mapping, self.definitions.mappings),
                )
            return
        yield from self._match(mapping)
        for key, side, reference in (
            ("left", self.bond.left, mapping.left),
            ("right", self.bond.right, mapping.right),
        ):
            resource = self._resource(reference)
            if resource is not None:
                yield from self._side(key, side, resource)

    def _resource(self, reference: str) -> Resource | None:
        system_name, _, resource_name = reference.partition("/")
        system = self.definitions.systems.get(system_name)
        return system.resources.get(resource_name) if system else None

    def _match(self, mapping: Mapping) -> Iterator[Problem]:
        names = {rule.name or rule.left or rule.right or "" for rule in mapping.fields}
        for index, key in enumerate(self.bond.match.keys):
            for position, name in enumerate(key):
                if name not in names:
                    place = self.document.at(("match", "keys", index, position))
                    yield place.problem(f"the mapping has no rule {name!r}", nearest(name, names))

    def _side(self, key: str, side: BondSide, resource: Resource) -> Iterator[Problem]:
        for index, condition in enumerate(side.scope):
            path = (key, "scope", index)
            if condition.field not in resource.fields:
                place = self.document.at((*path, "field"))
                yield place.problem(
                    f"the resource has no field {condition.field!r}",
                    nearest(condition.field, resource.fields),
                )
            if condition.matches is not None:
                yield from _regex(condition.matches, self.document, *path, "matches")
        if side.create and resource.create is None and "create" in self.document.data.get(key, {}):
            yield self.document.at((key, "create")).problem("the contract has no way to create this resource")
