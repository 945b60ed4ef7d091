"""Putting a bond together: definitions, connections, store and clock become one context to run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Lock

from ebond.clock import Clock
from ebond.definitions import Definitions
from ebond.definitions.bond import Bond, BondSide
from ebond.definitions.gateway import Gateway
from ebond.definitions.mapping import Mapping as MappingDefinition
from ebond.definitions.system import Resource, System
from ebond.definitions.tell import Tell
from ebond.definitions.tell_checks import number_field
from ebond.gateway.client import GatewayConnection, SystemClient
from ebond.gateway.connection import Observer
from ebond.gateway.pacer import Pacer
from ebond.gateway.sharing import Sharing
from ebond.gateway.turnstile import Turnstile
from ebond.gateway.wire import Transport
from ebond.mapping.compile import CompiledMapping, compile_mapping
from ebond.mapping.scope import compile_scope
from ebond.records.attachments import FileClient
from ebond.records.comments import CommentClient
from ebond.records.resource import ResourceClient
from ebond.secrets import Secret, SecretRef
from ebond.state import Side
from ebond.store import Store
from ebond.sync.attachments.marked import file_mark_of, with_file_mark
from ebond.sync.comments.marked import mark_of, with_mark
from ebond.sync.context import BondContext, Nobody, SideContext, Watcher
from ebond.sync.memory import Memory
from ebond.sync.planned import Policy
from ebond.sync.resolve import Resolver, resolver
from ebond.sync.told import Tells, told_fields
from ebond.tracing import UNTRACED, Tracer

TransportFor = Callable[[Gateway], Transport]


class Workbench:
    """Opens bonds on shared gateway connections: one token and one quota for each gateway.

    ``transport_for`` lets tests put fakes on the wire; ``sharing`` is what other processes use the gateways with,
    ``observer`` is told of every call, ``tracer`` of what is under way.
    """

    def __init__(
        self,
        definitions: Definitions,
        store: Store,
        *,
        clock: Clock,
        environ: Mapping[str, str],
        transport_for: TransportFor | None = None,
        sharing: Sharing | None = None,
        observer: Observer | None = None,
        tracer: Tracer = UNTRACED,
    ) -> None:
        self._sharing, self._observer, self._tracer = sharing, observer, tracer
        self._lock = Lock()
        self.definitions, self.store, self.clock, self.environ = definitions, store, clock, environ
        self._transport_for = transport_for
        self._connections: dict[str, GatewayConnection] = {}
        self._memory = Memory()

    def __enter__(self) -> Workbench:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Keep what is left of long quota windows, and close the connections."""
        for name, connection in self._connections.items():
            if self._sharing is None:
                self.store.put(_quota_key(name), connection.quota_snapshot())
            connection.close()
        self._connections.clear()

    def connection(self, gateway_name: str) -> GatewayConnection:
        """Return the one connection to a gateway, opened at first use."""
        with self._lock:
            if gateway_name not in self._connections:
                self._connections[gateway_name] = self._open(self.definitions.gateways[gateway_name])
            return self._connections[gateway_name]

    def connections(self) -> dict[str, GatewayConnection]:
        """Return the connections that were opened so far, by gateway."""
        with self._lock:
            return dict(self._connections)

    def _open(self, gateway: Gateway) -> GatewayConnection:
        connection = GatewayConnection.open(
            gateway,
            resolve=self._secret,
            clock=self.clock,
            transport=self._transport_for(gateway) if self._transport_for else None,
            folder=self.definitions.folder,
            observer=self._observer,
            sharing=self._sharing,
            tracer=self._tracer,
        )
        kept = None if self._sharing else self.store.get(_quota_key(gateway.gateway))
        if kept is not None:
            connection.restore_quota(kept)
        return connection

    def quota_left(self, gateway_name: str) -> dict[str, int]:
        """Return what is left of a gateway's quota, as the fleet knows it or as last kept; no secret is needed."""
        gateway = self.definitions.gateways[gateway_name]
        gate = self._sharing.gate(gateway) if self._sharing else None
        turnstile = Turnstile(Pacer(gateway.quota, owner="gateway"), self.clock, gate=gate)
        turnstile.restore(self.store.get(_quota_key(gateway_name)) or {})
        return turnstile.left()

    def resource(self, reference: str) -> tuple[System, Resource, ResourceClient, SystemClient]:
        """Open the resource that a mapping names as ``system/resource``."""
        system_name, _, resource_name = reference.partition("/")
        system = self.definitions.systems[system_name]
        client = SystemClient(self.connection(system.gateway), system, resolve=self._secret)
        resource = system.resources[resource_name]
        records = ResourceClient(client, resource, name=reference, now=self.clock.now)
        return system, resource, records, client

    def compiled(self, name: str) -> tuple[CompiledMapping, Policy]:
        """Return a bond's mapping and policies; nothing is opened and no secret is needed."""
        bond = self.definitions.bond(name)
        mapping = self.definitions.mappings[bond.mapping]
        return self._compile(bond, mapping), self._policy(bond, mapping)

    def bond(self, name: str, *, watcher: Watcher | None = None) -> BondContext:
        """Open a bond; raises UsageError for an unknown name, SecretError for a missing secret."""
        bond = self.definitions.bond(name)
        mapping = self.definitions.mappings[bond.mapping]
        compiled = self._compile(bond, mapping)
        senders = {side: self._sender(mapping, side) for side in Side}
        return BondContext(
            bond=bond,
            mapping=compiled,
            left=self._side(Side.LEFT, mapping, bond.left, compiled, senders[Side.LEFT]),
            right=self._side(Side.RIGHT, mapping, bond.right, compiled, senders[Side.RIGHT]),
            awaited=self._awaited(name, bond),
            resolver=resolver(name, mapping, self.definitions, self._memory, self.store, self.clock, senders=senders),
            policy=self._policy(bond, mapping),
            store=self.store,
            clock=self.clock,
            watcher=watcher or Nobody(),
            tracer=self._tracer,
            comments=mapping.comments,
            files=mapping.attachments,
            tells=self._tells(bond, mapping, compiled),
        )

    def _tells(self, bond: Bond, mapping: MappingDefinition, compiled: CompiledMapping) -> Tells | None:
        if mapping.tell == Tell():
            return None
        ends = {Side.LEFT: self._definition(mapping.left), Side.RIGHT: self._definition(mapping.right)}
        numbers = {side: number_field(end) for side, end in ends.items()}
        return Tells(
            mapping.tell, {side: compiled.view(side) for side in Side}, numbers, self._policy(bond, mapping).salt
        )

    @contextmanager
    def preview(self, name: str, *, watcher: Watcher) -> Iterator[BondContext]:
        """Open a bond on a scratch copy of its state: everything is read and planned, nothing is written."""
        with self.store.scratch(name) as scratch:
            yield replace(self.bond(name, watcher=watcher), store=scratch, dry=True)

    def _secret(self, reference: SecretRef) -> Secret:
        return reference.resolve(self.environ, self.definitions.folder)

    def _policy(self, bond: Bond, mapping: MappingDefinition) -> Policy:
        ends = [self._definition(reference) for reference in (mapping.left, mapping.right)]
        coarser = max(end.updated_stamp.granularity for end in ends)
        return Policy(
            differences=bond.match.differences,
            flip_limit=bond.guard.flip_limit,
            flip_window=bond.guard.flip_window,
            stamp_step=timedelta(seconds=coarser),
            salt=hashlib.sha256(mapping.model_dump_json().encode()).hexdigest()[:16],
        )

    def _compile(self, bond: Bond, mapping: MappingDefinition) -> CompiledMapping:
        left, right = (self._end(mapping, reference) for reference in (mapping.left, mapping.right))
        return compile_mapping(
            mapping,
            left,
            right,
            extra_left=(*_extra(bond.left, left), *told_fields(mapping.tell.left, mapping.tell.right, left)),
            extra_right=(*_extra(bond.right, right), *told_fields(mapping.tell.right, mapping.tell.left, right)),
        )

    def _end(self, mapping: MappingDefinition, reference: str) -> Resource:
        """Return a resource as the bonds of a mapping look at it."""
        resource = self._definition(reference)
        marked = resource if mapping.comments is None else with_mark(resource)
        return marked if mapping.attachments is None else with_file_mark(marked)

    def _definition(self, reference: str) -> Resource:
        system_name, _, resource_name = reference.partition("/")
        return self.definitions.systems[system_name].resources[resource_name]

    def known(self, name: str) -> Resolver | None:
        """Return who tells what was looked up for a bond before; nobody is called."""
        mapping = self.definitions.mappings[self.definitions.bond(name).mapping]
        return resolver(name, mapping, self.definitions, self._memory, self.store, self.clock, senders={})

    def _awaited(self, name: str, bond: Bond) -> bool:
        """Does any bond name records of this one?"""
        return any(
            name == (rule.link.bond or (name if mapping.mapping == bond.mapping else None))
            for mapping in self.definitions.mappings.values()
            for rule in mapping.fields
            if rule.link is not None
        )

    def _sender(self, mapping: MappingDefinition, side: Side) -> SystemClient:
        system = self.definitions.systems[_reference(mapping, side).partition("/")[0]]
        return SystemClient(self.connection(system.gateway), system, resolve=self._secret)

    def _side(
        self,
        side: Side,
        mapping: MappingDefinition,
        settings: BondSide,
        compiled: CompiledMapping,
        system_client: SystemClient,
    ) -> SideContext:
        reference = _reference(mapping, side)
        system = system_client.system
        resource = self._end(mapping, reference)
        client = ResourceClient(system_client, resource, name=reference, now=self.clock.now)
        view = compiled.view(side)
        return SideContext(
            side=side,
            system=system.system,
            resource_name=reference.partition("/")[2],
            resource=resource,
            client=client,
            view=view,
            settings=settings,
            in_scope=compile_scope(settings.scope, view),
            calls=lambda: system_client.calls,
            patience=self.definitions.gateways[system.gateway].timeouts.read,
            comments=self._comments(mapping, system, client, system_client),
            files=self._files(mapping, system, client, system_client),
        )

    def _comments(
        self, mapping: MappingDefinition, system: System, client: ResourceClient, sender: SystemClient
    ) -> CommentClient | None:
        comments = client.resource.comments
        if mapping.comments is None or comments is None:
            return None
        name = f"{system.system}/{comments.resource}"
        return CommentClient(sender, client, comments, system.resources[comments.resource], name=name)

    def _files(
        self, mapping: MappingDefinition, system: System, client: ResourceClient, sender: SystemClient
    ) -> FileClient | None:
        files = client.resource.attachments
        if mapping.attachments is None or files is None:
            return None
        name = f"{system.system}/{files.resource}"
        return FileClient(sender, client, files, system.resources[files.resource], name=name)


def _extra(settings: BondSide, resource: Resource) -> tuple[str, ...]:
    """Fields that no rule carries but scope, correlation and policies look at."""
    names = [condition.field for condition in settings.scope]
    names += (*settings.partner_deleted.set_, *settings.partner_left.set_)
    if resource.correlation:
        names.append(resource.correlation)
    if resource.created:
        names.append(resource.created)
    names += (*mark_of(resource), *file_mark_of(resource))
    return tuple(dict.fromkeys(names))


def _reference(mapping: MappingDefinition, side: Side) -> str:
    return mapping.left if side is Side.LEFT else mapping.right


def _quota_key(gateway_name: str) -> str:
    return f"quota:{gateway_name}"
