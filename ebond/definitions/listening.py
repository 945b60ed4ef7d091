"""How a system tells us that a record changed: its webhook, and how we know that it is from there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds
from ebond.definitions.references import Reference, TextOrReference
from ebond.definitions.texts import HeaderName, HeaderText, InnerPointer, Path, Pointer

#: Several are good at once, so that a secret is changed without a gap.
References = Annotated[tuple[Reference, ...], Field(min_length=1)]


class SignedAt(Definition):
    """When a notification was signed: one that is replayed later is refused."""

    header: HeaderName
    """The header that carries the time, in seconds or milliseconds since 1970 or as an ISO stamp."""
    tolerance: PositiveSeconds = 300.0
    """How far it may be from our clock."""


class HmacVerify(Definition):
    """A signature over the body, made with a secret that both know."""

    kind: Literal["hmac"]
    """How it is known that a notification comes from the system."""
    secrets: References
    """The secret; while it is changed, the old and the new one."""
    header: HeaderName
    """The header that carries the signature."""
    algorithm: Literal["sha256", "sha384", "sha512", "sha1"] = "sha256"
    """The hash function."""
    encoding: Literal["hex", "base64"] = "hex"
    """How the signature is written."""
    prefix: HeaderText = ""
    """What stands before it: ``sha256=``."""
    signed: str = "{body}"
    """What is signed: ``{body}`` alone, or with the time of ``signed_at`` as ``{timestamp}.{body}``."""
    signed_at: SignedAt | None = None
    """Where the time of the signature is; without it a replay is not told from a repeat, and neither does harm."""


class BearerVerify(Definition):
    """A token that the system sends along."""

    kind: Literal["bearer"]
    """How it is known that a notification comes from the system."""
    secrets: References
    """The token; while it is changed, the old and the new one."""
    header: HeaderName = "Authorization"
    """The header that carries it."""
    prefix: HeaderText = "Bearer "
    """What stands before it there; ``""`` where the header holds the token alone."""


class BasicVerify(Definition):
    """A name and password that the system sends along."""

    kind: Literal["basic"]
    """How it is known that a notification comes from the system."""
    username: TextOrReference
    """The name, plain or by reference."""
    secrets: References
    """The password; while it is changed, the old and the new one."""


class CertificateVerify(Definition):
    """A client certificate, which the proxy in front of us has verified (``ebond listen --behind``)."""

    kind: Literal["client_certificate"]
    """How it is known that a notification comes from the system."""
    header: HeaderName
    """The header in which the proxy names the certificate; it must take away what callers send under that name."""
    certificates: Annotated[tuple[str, ...], Field(min_length=1)]
    """What the header holds for the system's certificates: fingerprints or subjects."""


Verify = Annotated[HmacVerify | BearerVerify | BasicVerify | CertificateVerify, Field(discriminator="kind")]


class Unsubscribe(Definition):
    """How a subscription is taken away."""

    method: Literal["DELETE", "POST"] = "DELETE"
    """The verb."""
    path: Path
    """``{id}`` stands for the subscription's id."""


class Subscribe(Definition):
    """How to ask the system for notifications: TM Forum's hub, and what is like it."""

    path: Path
    """Where to POST, under the system's base path."""
    body: dict[str, str] = {"callback": "{callback}"}
    """What to send; ``{callback}`` stands for our public address of ``path``."""
    id: InnerPointer = "/id"
    """Where the subscription's id is in the answer."""
    renew: PositiveSeconds | None = None
    """After how long to subscribe anew; None: a subscription lasts."""
    remove: Unsubscribe | None = None
    """How to take a subscription away: the old one after a new one was made, and all with ``--unsubscribe``."""


class Challenge(Definition):
    """A handshake: the system sends a text and wants it back, before it notifies."""

    method: Literal["GET", "POST"] = "GET"
    """The verb of that call."""
    query: Annotated[str, Field(min_length=1)]
    """The query parameter that is sent back as plain text: ``hub.challenge``, ``validationToken``."""
    tokens: tuple[Reference, ...] = ()
    """A word that both know, without which nothing is sent back; while it is changed, the old and the new one."""
    token_query: str = ""
    """The query parameter that carries it: ``hub.verify_token``."""


class Listening(Definition):
    """How a system notifies us. Nothing is believed of what it sends but which record to read."""

    path: Path
    """Where ``ebond listen`` receives it; what is called below that path belongs to it, too."""
    verify: Verify
    """How it is known that a notification comes from the system."""
    events: Pointer | None = None
    """Where several events are, in a list; None: each call carries one."""
    id: InnerPointer
    """Where the record's id is in an event."""
    type: InnerPointer | None = None
    """Where an event says what it is about."""
    types: tuple[str, ...] = ()
    """The only events of interest, by ``type``; all, unless given."""
    answer: Literal[200, 201, 202, 204] = 204
    """The status that the system wants to hear."""
    challenge: Challenge | None = None
    """How the system tries the callback before it uses it; None: it does not."""
    subscribe: Subscribe | None = None
    """How to ask the system for notifications; None: somebody has set that up there."""
    unknown: Literal["list", "read"] = "list"
    """What to do with a record that ebond does not know yet: have the list read at once, or read the record by id.
    ``read`` is for lists that show all records of this kind: what a list leaves out would be taken in."""
