"""The scene of the demo: who has which incidents at the start, and what people do afterwards."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from ebond.definitions.folder import presets
from ebond.demo.incidents import Incident, as_document, as_issue, incidents
from ebond.demo.people import KintoPeople, RoundupPeople
from ebond.demo.stack import Stack

#: Incidents that only ACME has, only the partner has, and both have.
OURS: Final = 180
THEIRS: Final = 60
SHARED: Final = 60
BOND: Final = "acme-partner"


@dataclass(slots=True)
class Scene:
    """Both desks, and the ids that the story needs."""

    roundup: RoundupPeople
    partner: KintoPeople
    issues: dict[str, str] = field(default_factory=dict)
    """Title → id in Roundup."""

    @property
    def total(self) -> int:
        return OURS + THEIRS + SHARED

    def seed(self) -> None:
        """Fill both systems. The shared incidents were typed in by hand on both sides, not quite alike."""
        self.partner.make_collection()
        everything = list(incidents(self.total))
        ours, theirs = everything[:OURS], everything[OURS : OURS + THEIRS]
        for incident in ours:
            self._file(incident)
        for incident in theirs:
            self.partner.create(as_document(incident))
        for number, incident in enumerate(everything[OURS + THEIRS :]):
            self._file(incident)
            other = replace(incident, details="As reported by phone.") if number % 10 == 0 else incident
            self.partner.create(as_document(other))

    def _file(self, incident: Incident) -> None:
        self.issues[incident.title] = self.roundup.create(as_issue(incident))

    def edit(self) -> list[str]:
        """Let people work on both sides; return what they did."""
        documents = {row["summary"]: row["id"] for row in self.partner.all().values()}
        first, second, third, *_ = self.issues.items()
        self.roundup.edit(first[1], {"priority": "critical"})
        self.partner.edit(documents[first[0]], {"location": "Lyon-4, room 12"})
        self.roundup.edit(second[1], {"description": "ACME: the splice was redone, light is back."})
        self.partner.edit(documents[second[0]], {"details": "Partner: we see no light."})
        unread = next(
            (title, issue) for title, issue in self.issues.items() if title != third[0] and self._unread(issue)
        )
        self.roundup.add_message(unread[1], "An engineer is on the way.")
        self.partner.edit(documents[third[0]], {"summary": third[0] + " – escalated", "severity": 1})
        return [
            f"{first[0]!r}\n    ACME raises the priority, the partner moves the site: both must cross",
            f"{second[0]!r}\n    both rewrite the description: the mapping says that the left side wins",
            f"{unread[0]!r}\n    ACME adds a message: Roundup itself moves the status to chatting",
            f"{third[0]!r}\n    the partner renames it and makes it severity 1",
        ]

    def _unread(self, issue_id: str) -> bool:
        return bool(self.roundup.all(("status",))[issue_id]["status"]["name"] == "unread")


def write_definitions(folder: Path, stack: Stack) -> None:
    """Copy the example's definitions with the addresses of this stack."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted((presets() / "examples" / "roundup-kinto").glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        text = text.replace("https://gateway.example", stack.gateway)
        text = text.replace("https://roundup.example", stack.roundup)
        (folder / path.name).write_text(text, encoding="utf-8")
