"""The handshake of systems that try a callback before they use it: they send a text, and want it back. Pure."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qs

from ebond.definitions.listening import Challenge
from ebond.secrets import Secret, SecretRef

#: The longest text that is sent back.
LONGEST: Final = 512

Echo = Callable[[str, str], tuple[int, str] | None]
"""From verb and query of a call to status and text of its answer; None where it is no handshake."""


def echo_for(challenge: Challenge | None, resolve: Callable[[SecretRef], Secret]) -> Echo:
    """Return what answers handshakes; raises SecretError for a secret that is not there."""
    if challenge is None:
        return lambda _verb, _query: None
    tokens = [resolve(one).reveal().encode() for one in challenge.tokens]

    def echo(verb: str, query: str) -> tuple[int, str] | None:
        if verb != challenge.method:
            return None
        said = parse_qs(query, keep_blank_values=True, max_num_fields=32) if len(query) <= 8 * LONGEST else {}
        text = said.get(challenge.query, [])
        if len(text) != 1:
            return None
        if tokens and not _is_known((said.get(challenge.token_query) or [""])[0], tokens):
            return 401, ""
        # What is sent back is sent by anybody: no markup can come of it as plain text, and no header.
        return (200, text[0]) if len(text[0]) <= LONGEST and text[0].isprintable() else (400, "")

    return echo


def _is_known(given: str, tokens: list[bytes]) -> bool:
    """Compare with all of them, in a time that tells nothing of how alike they are."""
    asked = hashlib.sha256(given.encode()).digest()
    return sum(hmac.compare_digest(asked, hashlib.sha256(one).digest()) for one in tokens) > 0
