"""Handshakes: what a system sends to try a callback comes back to it, and nothing else does."""

from __future__ import annotations

from typing import Any

import pytest

from ebond.definitions.listening import Challenge
from ebond.secrets import Secret, SecretRef
from workers.listen.challenge import LONGEST, echo_for

GRAPH = {"query": "validationToken", "method": "POST"}
HUB = {"query": "hub.challenge", "tokens": ["env:OLD", "env:NEW"], "token_query": "hub.verify_token"}


def asked(definition: dict[str, Any] | None, verb: str, query: str) -> tuple[int, str] | None:
    challenge = Challenge.model_validate(definition) if definition else None
    return echo_for(challenge, secret)(verb, query)


def secret(reference: SecretRef) -> Secret:
    return Secret(str(reference).rpartition(":")[2].lower())


@pytest.mark.parametrize(
    ("definition", "verb", "query", "answer"),
    [
        (None, "GET", "hub.challenge=x", None),
        (GRAPH, "POST", "validationToken=Validation%3A+a%26b", (200, "Validation: a&b")),
        (GRAPH, "POST", "", None),
        (GRAPH, "GET", "validationToken=x", None),
        (GRAPH, "POST", "validationToken=x&validationToken=y", None),
        (GRAPH, "POST", "validationToken=a%0D%0Ab", (400, "")),
        (GRAPH, "POST", f"validationToken={'x' * (LONGEST + 1)}", (400, "")),
        (GRAPH, "POST", f"validationToken={'x' * 8 * LONGEST}", None),
        (HUB, "GET", "hub.challenge=x&hub.verify_token=new", (200, "x")),
        (HUB, "GET", "hub.challenge=x&hub.verify_token=old", (200, "x")),
        (HUB, "GET", "hub.challenge=x&hub.verify_token=", (401, "")),
        (HUB, "GET", "hub.challenge=x", (401, "")),
    ],
)
def test_what_is_answered_to_a_handshake(
    definition: dict[str, Any] | None, verb: str, query: str, answer: tuple[int, str] | None
) -> None:
    """The text as it was sent, to who knows the word; what is no handshake is a call like any other."""
    assert asked(definition, verb, query) == answer
