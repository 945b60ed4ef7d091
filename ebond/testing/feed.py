"""Which records a list call asks a fake system for, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from ebond.definitions.system import Since
from ebond.testing.face import Face
from ebond.testing.pointers import parts
from ebond.testing.revision import Refusal, Revision
from ebond.testing.stamping import floored, read
from ebond.testing.templates import match_params, names_hole


class Feed:
    """The list of a resource before it is cut into pages."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self.resource = face.resource
        self.fields = {parts(field.path)[-1]: name for name, field in self.resource.fields.items()}

    def rows(self, params: Mapping[str, str]) -> list[Revision]:
        """Return the records that a call with these parameters is about, sorted."""
        since = self._since(params)
        chosen = [r for r in self.face.system.indexed() if self._shown(r, since) and self._wanted(r, params)]
        if self.face.manners.sort == "id":
            return sorted(chosen, key=lambda revision: (len(revision.id), revision.id))
        return sorted(chosen, key=lambda revision: revision.place)

    def found(self, text: str) -> list[Revision]:
        """Return the living records whose correlation field holds ``text``."""
        name = self.resource.correlation or ""
        living = (revision for revision in self.face.system.indexed() if not revision.deleted)
        if self.face.manners.substring_lookup:
            low = text.lower()
            return [r for r in living if low in str(r.values.get(name, "")).lower()]
        return [revision for revision in living if revision.values.get(name) == text]

    def _shown(self, revision: Revision, since: tuple[datetime, bool] | None) -> bool:
        if revision.deleted and not (since is not None and self.resource.list.deleted):
            return False
        if since is None:
            return True
        at, inclusive = since
        shown = floored(revision.updated, self._granularity())
        return shown >= at if inclusive else shown > at

    def _granularity(self) -> float:
        return self.resource.list.since.stamp.granularity if self.resource.list.since else 1e-6

    def _since(self, params: Mapping[str, str]) -> tuple[datetime, bool] | None:
        rule = self.resource.list.since
        if rule is None:
            return None
        templates = {name: text for name, text in rule.params.items() if names_hole(text)}
        found = match_params(templates, params)
        try:
            if found is not None:
                return read(found["since"], rule.stamp), rule.inclusive
            if not any(name in params for name in templates) or self._initial(rule, params):
                return None
        except (ValueError, OverflowError):
            pass
        if self.face.manners.garbage_since == "refused":
            raise Refusal(400, "bad_filter", "the filter can't be read")
        return None

    def _initial(self, rule: Since, params: Mapping[str, str]) -> bool:
        return all(params.get(name) == text for name, text in rule.initial.items())

    def _wanted(self, revision: Revision, params: Mapping[str, str]) -> bool:
        """A parameter named like a field filters by equality; unknown ones are ignored, and so are the list's own."""
        own = self.resource.list.params
        return all(
            str(revision.values.get(name, "")) == params[param]
            for param, name in self.fields.items()
            if param in params and params[param] != own.get(param)
        )
