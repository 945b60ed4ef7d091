"""``ebond check`` of the presets against the faithful fakes: a pointer that leads nowhere would be found there."""

from __future__ import annotations

import pytest

from ebond.cli.check import _online
from ebond.testing.mef124 import Mef124
from ebond.testing.tmf621 import Tmf621
from tests.scenarios.life_stories import STORIES
from tests.scenarios.test_life import done

AT = "2026-12-01T12:00:00Z"
SELLERS = {"expectedResolutionDate": AT, "resolutionDate": AT}
PARTNERS = {**SELLERS, "requestedResolutionDate": AT, "priority": "High", "statusChangeReason": "so"}
QUOTA = "no quota is defined, and answers tell of none: ask for it, and write it into 'quota'"


@pytest.mark.parametrize("name", STORIES)
def test_a_check_finds_the_presets_right(name, tell):
    """Every field, id, stamp, version and comment of tickets that have lived is where the presets say."""
    story = STORIES[name]
    tale = tell(story)
    for stage in story.stages[:5]:
        done(tale, stage)
    for app, ticket in ((tale.ours, tale.one), (tale.theirs, tale.two)):
        if isinstance(app, Tmf621):
            app.person_edits(ticket, **PARTNERS)
        elif isinstance(app, Mef124):
            app.seller_edits(ticket, **SELLERS)
    if name == "tmf4-mef":
        tale.ours.person_edits(tale.one, externalId="e")
    found = [(one.about, one.finding.level, one.finding.text) for one in _online(tale.life.bench)]
    assert [one for one in found if one[1] != "ok"] == [
        (about, "warn", QUOTA) for about in dict.fromkeys(about for about, _, _ in found if "/" in about)
    ]
    talked = [text for about, _, text in found if "comments have a text" in text]
    assert len(talked) == 2
