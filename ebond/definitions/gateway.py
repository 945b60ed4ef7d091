"""A gateway: base URL, token endpoint, credentials, TLS, shared quota."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition, Pointer, Reference, Seconds, TextOrReference

OutcomeName = Literal[
    "applied", "accepted", "not_sent", "refused", "stale", "exists", "gone", "moved",
    "rate_limited", "reauth", "retry", "unknown", "stop",
]  # fmt: skip


class Tls(Definition):
    """Transport security; verification cannot be switched off, a private CA is named instead."""

    ca: str | None = None
    """PEM file of the certificate authorities to trust instead of the system's."""
    client_cert: str | None = None
    client_key: Reference | None = None
    min_version: Literal["1.2", "1.3"] = "1.2"


class Timeouts(Definition):
    """The four time-outs of one call, in seconds."""

    connect: Seconds = 5.0
    read: Seconds = 30.0
    write: Seconds = 30.0
    pool: Seconds = 5.0


class TokenAnswer(Definition):
    """Where the token answer keeps what we need."""

    token: Pointer = "/access_token"  # noqa: S105  # a place, no secret
    expires_in: Pointer = "/expires_in"
    unit: Literal["s", "ms"] = "s"
    default_ttl: Seconds = 300.0
    """Lifetime assumed where the answer names none, zero or nonsense."""


class SigningKey(Definition):
    """The key of ``private_key_jwt`` (RFC 7523)."""

    private_key: Reference
    algorithm: Literal["RS256", "ES256"] = "RS256"
    key_id: str | None = None
    audience: str | None = None
    """``aud`` of the assertion; the token URL where absent."""
    lifetime: Seconds = 120.0


class OAuth2(Definition):
    """2-legged OAuth: client credentials (RFC 6749 section 4.4)."""

    kind: Literal["oauth2_client_credentials"]
    token_url: str
    client_id: TextOrReference
    client_secret: Reference | None = None
    client_auth: Literal["basic", "body", "private_key_jwt"] = "basic"
    basic_encoding: Literal["raw", "rfc6749"] = "raw"
    """``rfc6749`` form-encodes id and secret before base64, as the RFC says; many servers want them raw."""
    key: SigningKey | None = None
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    params: dict[str, str | tuple[str, ...]] = {}
    """Extra form parameters of every token request: audience, resource."""
    query: dict[str, str] = {}
    """Extra query parameters of every token request."""
    headers: dict[str, str] = {}
    answer: TokenAnswer = TokenAnswer()
    leeway: Seconds = 60.0
    """Renew this long before expiry, but never earlier than the last fifth of the lifetime."""


class BasicAuth(Definition):
    """Name and password with every call."""

    kind: Literal["basic"]
    username: TextOrReference
    password: Reference


class BearerAuth(Definition):
    """A fixed token with every call."""

    kind: Literal["bearer"]
    token: Reference
    prefix: str = "Bearer"


class ApiKeyAuth(Definition):
    """A key in a header with every call."""

    kind: Literal["api_key"]
    header: str
    key: Reference


class NoAuth(Definition):
    """No credentials."""

    kind: Literal["none"]


Auth = Annotated[OAuth2 | BasicAuth | BearerAuth | ApiKeyAuth | NoAuth, Field(discriminator="kind")]


class Quota(Definition):
    """So many calls in any window of this length."""

    calls: Annotated[int, Field(gt=0)]
    per: Seconds


class RequestIds(Definition):
    """Which headers carry request ids."""

    send: str = "X-Request-ID"
    keep: tuple[str, ...] = ("X-Request-ID", "X-Correlation-ID", "X-OAPI-Request-Id", "x-amzn-RequestId")
    """Answer headers that may hold the gateway's own id, first match wins."""


class RateHeaders(Definition):
    """Answer headers that tell what is left of the quota; units differ by vendor."""

    remaining: str | None = None
    reset: str | None = None
    reset_unit: Literal["auto", "epoch_s", "epoch_ms", "delta_s", "delta_ms", "iso"] = "auto"


class ErrorMatch(Definition):
    """What an answer must look like; every given part must match."""

    status: tuple[int, ...] = ()
    header: dict[str, str] = {}
    """Header name → regular expression searched in its value."""
    body: dict[Pointer, str | int | bool] = {}
    """JSON pointer → value; text is a regular expression searched in the value's text."""
    text: str | None = None
    """Regular expression searched in the first 2 KB of the body, whatever its type."""
    method: tuple[str, ...] = ()


class ErrorRule(Definition):
    """One row of the outcome table; the first match wins, before ebond's own rows."""

    when: ErrorMatch
    is_: Annotated[OutcomeName, Field(alias="is")]
    why: str = ""
    """What the operator reads."""


class Gateway(Definition):
    """A gateway definition."""

    version: Literal[1]
    gateway: str
    title: str = ""
    base_url: str
    auth: Auth
    tls: Tls = Tls()
    proxy: str | None = None
    timeouts: Timeouts = Timeouts()
    headers: dict[str, str] = {}
    secret_headers: dict[str, Reference] = {}
    """Headers whose value is a secret: subscription keys."""
    query: dict[str, str] = {}
    """Query parameters that the gateway wants with every call."""
    request_ids: RequestIds = RequestIds()
    quota: tuple[Quota, ...] = ()
    """Every window counts at once, shared by all systems behind this gateway."""
    concurrency: Annotated[int, Field(gt=0, le=64)] = 4
    rate_headers: RateHeaders = RateHeaders()
    max_wait: Seconds = 300.0
    """The longest Retry-After that is obeyed inside a run; beyond it the run ends and says so."""
    errors: tuple[ErrorRule, ...] = ()
