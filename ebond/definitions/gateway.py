"""A gateway: base URL, token endpoint, credentials, TLS, shared quota."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.answers import ErrorMatch, ErrorRule, OutcomeName
from ebond.definitions.auth import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    BearerAuth,
    Login,
    LoginAnswer,
    NoAuth,
    OAuth2,
    SigningKey,
    TokenAnswer,
    TokenAuth,
)
from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds, Seconds
from ebond.definitions.references import Reference
from ebond.definitions.texts import HeaderName, Headers, Name, Url, Version

__all__ = [
    "ApiKeyAuth", "Auth", "BasicAuth", "BearerAuth", "ErrorMatch", "ErrorRule", "Gateway", "Login", "LoginAnswer",
    "NoAuth", "OAuth2", "OutcomeName", "Quota", "RateHeaders", "RequestIds", "SigningKey", "Timeouts", "Tls",
    "TokenAnswer", "TokenAuth",
]  # fmt: skip


class Tls(Definition):
    """Transport security; verification cannot be switched off, a private CA is named instead."""

    ca: str | None = None
    """PEM file of the certificate authorities to trust instead of the system's; paths begin at this folder."""
    client_cert: str | None = None
    """PEM file of our certificate, where the gateway asks for one."""
    client_key: Reference | None = None
    """Its key as ``file:PATH``, without a pass phrase; not needed where the certificate's file holds it."""
    min_version: Literal["1.2", "1.3"] = "1.2"
    """The oldest version of TLS that is spoken."""
    plain_http: bool = False
    """Allow http:// to another machine: credentials and records can be read on the way. For a sidecar or a private
    network that encrypts below HTTP."""


class Timeouts(Definition):
    """The four time-outs of one call."""

    connect: PositiveSeconds = 5.0
    """Until the connection stands."""
    read: PositiveSeconds = 30.0
    """Between two pieces of the answer. A write whose answer does not come in this time counts as unknown."""
    write: PositiveSeconds = 30.0
    """Between two pieces of what is sent."""
    pool: PositiveSeconds = 5.0
    """Until a connection is free."""


class Quota(Definition):
    """So many calls in any window of this length."""

    calls: Annotated[int, Field(gt=0)]
    """How many calls."""
    per: PositiveSeconds
    """Length of the window."""


class RequestIds(Definition):
    """Which headers carry request ids."""

    send: HeaderName = "X-Request-ID"
    """Header that carries ours."""
    keep: tuple[HeaderName, ...] = ("X-Request-ID", "X-Correlation-ID", "X-OAPI-Request-Id", "x-amzn-RequestId")
    """Answer headers that may hold the gateway's own id, first match wins."""


class RateHeaders(Definition):
    """Answer headers that tell what is left of the quota; units differ by vendor."""

    remaining: HeaderName | None = None
    """Header with the calls that are left; where it says 0, everybody waits for the reset."""
    reset: HeaderName | None = None
    """Header that tells when the window ends."""
    reset_unit: Literal["auto", "epoch_s", "epoch_ms", "delta_s", "delta_ms", "iso"] = "auto"
    """How it tells."""


class Gateway(Definition):
    """A gateway definition."""

    version: Version
    """Version of this spelling."""
    gateway: Name
    """Name of the gateway."""
    title: str = ""
    """What people call it."""
    base_url: Url
    """Where the gateway is; systems add their base path. Credentials are sent to this host only."""
    auth: Auth
    """How the gateway knows us."""
    tls: Tls = Tls()
    """Transport security."""
    proxy: Url | None = None
    """HTTP proxy to go through."""
    timeouts: Timeouts = Timeouts()
    """The four time-outs of one call."""
    headers: Headers = {}
    """Headers that the gateway wants with every call."""
    secret_headers: dict[HeaderName, Reference] = {}
    """Headers whose value is a secret: subscription keys."""
    query: dict[str, str] = {}
    """Query parameters that the gateway wants with every call."""
    secret_query: dict[str, Reference] = {}
    """Query parameters whose value is a secret: API keys, where the gateway takes them nowhere else."""
    request_ids: RequestIds = RequestIds()
    """Which headers carry request ids."""
    quota: tuple[Quota, ...] = ()
    """Every window counts at once, shared by all systems behind this gateway."""
    concurrency: Annotated[int, Field(gt=0, le=64)] = 4
    """Calls under way at once, over all systems behind this gateway."""
    rate_headers: RateHeaders = RateHeaders()
    """Answer headers that tell what is left of the quota."""
    max_wait: Seconds = 300.0
    """The longest Retry-After that is obeyed inside a run; beyond it the run ends and says so."""
    errors: tuple[ErrorRule, ...] = ()
    """The gateway's own rows of the outcome table, before ebond's."""
