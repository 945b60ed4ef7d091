"""Incidents of a telco's service desk, made up, and the same on every start."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

_SYMPTOMS: Final = {
    "fibre": ("No light on the fibre", "High optical loss", "Fibre cut by an excavator", "Flapping uplink"),
    "voice": ("Calls drop after 30 seconds", "One-way audio", "No dial tone", "Fax fails on page 2"),
    "network": ("Packet loss > 5 %", "BGP session down", "Jitter & delay on MPLS", "DHCP pool used up"),
    "mobile": ("Cell out of service", "No data in roaming", "SMS delayed for hours"),
    "hosting": ("VM does not boot", "Backup failed: disk full", "TLS certificate expires <7 days>"),
}
_SITES: Final = ("Lyon-3", "Köln Süd", "Bâle", "Wien 22", "Liège", "Málaga", "Brno", "Århus")
_DETAILS: Final = (
    "Customer reports the fault since this morning.\nPower cycle done, no change.",
    'Alarm "LOS" on port 1/0/{port}; neighbour shows the same.',
    "Seen by monitoring & confirmed by the field engineer. Next visit: {port}:30.",
    "First seen after the change of last night.\nRollback was tried – no effect.",
    "Affects {port} users; a workaround is in place ✅",
)
_START: Final = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident, in words that belong to neither system."""

    title: str
    details: str
    category: str
    site: str
    urgency: int
    """1 (worst) to 5."""
    state: str
    """``new``, ``working``, ``waiting`` or ``resolved``."""
    reported: datetime
    """Different for each, so that it tells them apart."""


def incidents(count: int, *, seed: int = 621) -> Iterator[Incident]:
    """Make up incidents."""
    dice = random.Random(seed)
    moment = _START
    for number in range(1, count + 1):
        moment += timedelta(seconds=dice.randint(61, 5400))
        category = dice.choice(sorted(_SYMPTOMS))
        site = dice.choice(_SITES)
        yield Incident(
            title=f"{dice.choice(_SYMPTOMS[category])}, {site} (circuit {7000 + number})",
            details=dice.choice(_DETAILS).format(port=dice.randint(1, 48)),
            category=category,
            site=site,
            urgency=dice.choices((1, 2, 3, 4, 5), (1, 3, 8, 4, 2))[0],
            state=dice.choices(("new", "working", "waiting", "resolved"), (6, 4, 2, 3))[0],
            reported=moment,
        )


#: How each desk says the same.
ROUNDUP_STATE: Final = {"new": "unread", "working": "in-progress", "waiting": "deferred", "resolved": "resolved"}
ROUNDUP_PRIORITY: Final = {1: "critical", 2: "urgent", 3: "bug", 4: "feature", 5: "wish"}
PARTNER_STATE: Final = {"new": "new", "working": "in_progress", "waiting": "waiting", "resolved": "resolved"}


def as_issue(incident: Incident) -> dict[str, object]:
    """Say it in Roundup's words."""
    return {
        "title": incident.title,
        "description": incident.details,
        "category": incident.category,
        "site": incident.site,
        "priority": ROUNDUP_PRIORITY[incident.urgency],
        "status": ROUNDUP_STATE[incident.state],
        "reported": incident.reported.strftime("%Y-%m-%d.%H:%M:%S"),
    }


def as_document(incident: Incident) -> dict[str, object]:
    """Say it in the partner's words."""
    return {
        "summary": incident.title,
        "details": incident.details,
        "kind": incident.category,
        "location": incident.site,
        "severity": incident.urgency,
        "state": PARTNER_STATE[incident.state],
        "opened_at": incident.reported.isoformat().replace("+00:00", "Z"),
        "customer": {"name": "ACME"},
    }
