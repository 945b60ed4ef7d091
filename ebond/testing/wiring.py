"""A fake system with its faults, its gateway and its definitions, wired together; and a bond between two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ebond.clock import Clock
from ebond.definitions.bond import Bond
from ebond.definitions.gateway import Gateway
from ebond.definitions.mapping import Mapping
from ebond.definitions.system import Resource, System
from ebond.testing.fake_api import FakeApi
from ebond.testing.fake_files import FakeFiles
from ebond.testing.fake_gateway import FakeGateway
from ebond.testing.fake_people import USER, FakePeople
from ebond.testing.fake_system import FakeSystem
from ebond.testing.fake_talk import FakeTalk
from ebond.testing.habits import Habits
from ebond.testing.interference import Faults
from ebond.testing.manners import Manners
from ebond.testing.preset import RESOURCE, Preset
from ebond.testing.presets import bare, plain, versioned
from ebond.testing.real_presets import kinto_like, roundup_like, servicenow_like
from ebond.testing.transport import FakeTransport

PRESETS: Final[dict[str, Callable[[], Preset]]] = {
    "plain": plain,
    "bare": bare,
    "versioned": versioned,
    "kinto": kinto_like,
    "roundup": roundup_like,
    "servicenow": servicenow_like,
}
"""Every ready kind of system by name."""


@dataclass(frozen=True, slots=True)
class FakeEnd:
    """One end of a bond: what a test touches, and what ebond is given."""

    name: str
    preset: Preset
    system: FakeSystem
    api: FakeApi
    talk: FakeTalk | None
    """The comments of its records, where the kind of system has some."""
    files: FakeFiles | None
    """The files of its records, likewise."""
    people: FakePeople | None
    """The accounts of the system, where the kind of system shows them."""
    faults: Faults
    """Between gateway and API: token requests do not pass it."""
    gateway: FakeGateway
    transport: FakeTransport
    definition: System
    gateway_definition: Gateway

    @property
    def resource(self) -> Resource:
        """The one resource of the definition."""
        return self.definition.resources[RESOURCE]

    @property
    def reference(self) -> str:
        """How mappings name the resource."""
        return f"{self.name}/{RESOURCE}"


def fake_end(
    preset: Preset,
    *,
    name: str,
    clock: Clock,
    habits: Habits | None = None,
    manners: Manners | None = None,
    definition: dict[str, Any] | None = None,
    **gateway: Any,
) -> FakeEnd:
    """Wire one end; ``habits`` and ``manners`` replace the preset's, ``gateway`` goes to FakeGateway."""
    system = FakeSystem(habits or preset.habits, clock=clock)
    api = FakeApi(system, preset.resource, manners=manners or preset.manners)
    talk = FakeTalk(api) if preset.resource.comments else None
    public = f"https://{name}.test/{name}/v1"
    files = FakeFiles(api, talk or api, public=public) if preset.resource.attachments else None
    people = FakePeople(files or talk or api) if USER in preset.others else None
    face = people or files or talk or api
    faults = Faults(face if preset.mask is None else preset.mask.app(face))
    front = FakeGateway({f"/{name}/v1": faults}, clock=clock, base_url=f"https://{name}.test", **gateway)
    return FakeEnd(
        name=name,
        preset=preset,
        system=system,
        api=api,
        talk=talk,
        files=files,
        people=people,
        faults=faults,
        gateway=front,
        transport=FakeTransport(front),
        definition=preset.definition(name, f"{name}-gateway", **(definition or {})),
        gateway_definition=front.definition(f"{name}-gateway"),
    )


MAPPED: Final = ("title", "description", "status", "urgency", "cost", "due", "active", "labels")


def fake_mapping(left: FakeEnd, right: FakeEnd, *, fields: Sequence[str] = MAPPED, **changes: Any) -> Mapping:
    """Return a mapping of the named fields, both ways, with the statuses paired."""
    rules: list[dict[str, Any]] = [{"left": field, "right": field} for field in fields]
    for rule in rules:
        if rule["left"] == "status":
            pairs = zip(left.preset.statuses, right.preset.statuses, strict=True)
            rule["values"] = [{"left": one, "right": other} for one, other in pairs]
    document = {
        "version": 1,
        "mapping": "fake-mapping",
        "left": left.reference,
        "right": right.reference,
        "fields": rules,
    }
    return Mapping.model_validate({**document, **changes})


def fake_bond(**changes: Any) -> Bond:
    """Return a bond over ``fake_mapping``."""
    return Bond.model_validate({"version": 1, "bond": "fake-bond", "mapping": "fake-mapping", **changes})
