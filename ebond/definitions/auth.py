"""How a gateway knows us: the authentication modes of a contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ebond.definitions.base import Definition
from ebond.definitions.durations import PositiveSeconds, Seconds
from ebond.definitions.references import Reference, TextOrReference
from ebond.definitions.texts import HeaderName, Headers, HeaderText, Pointer, Url


class TokenAnswer(Definition):
    """Where the token answer keeps what we need."""

    token: Pointer = "/access_token"  # noqa: S105  # a place, no secret
    """Where the token is."""
    expires_in: Pointer = "/expires_in"
    """Where its lifetime is, as a number or text."""
    unit: Literal["s", "ms"] = "s"
    """Unit of that lifetime."""
    default_ttl: PositiveSeconds = 300.0
    """Lifetime assumed where the answer names none, zero or nonsense."""


class SigningKey(Definition):
    """The key of ``private_key_jwt`` (RFC 7523)."""

    private_key: Reference
    """The private key in PEM form, without a pass phrase."""
    algorithm: Literal["RS256", "ES256"] = "RS256"
    """How the assertion is signed; the server's registration of the key says which."""
    key_id: str | None = None
    """``kid`` of the assertion, where the server wants one."""
    audience: str | None = None
    """``aud`` of the assertion; the token URL where absent."""
    lifetime: PositiveSeconds = 120.0
    """How long an assertion is good for."""


class OAuth2(Definition):
    """2-legged OAuth: client credentials (RFC 6749 section 4.4)."""

    kind: Literal["oauth2_client_credentials"]
    """The authentication mode."""
    token_url: Url
    """Where tokens are asked for."""
    client_id: TextOrReference
    """The client's id, plain or by reference."""
    client_secret: Reference | None = None
    """The client's secret; not needed for ``private_key_jwt`` and ``tls``."""
    client_auth: Literal["basic", "body", "private_key_jwt", "tls"] = "basic"
    """How the client proves itself: Basic header, form fields, a signed assertion, or the gateway's ``tls`` client
    certificate alone (RFC 8705)."""
    body: Literal["form", "json"] = "form"
    """How the parameters of a token request are written; the RFC wants a form, some servers take JSON only."""
    basic_encoding: Literal["raw", "rfc6749"] = "raw"
    """``rfc6749`` form-encodes id and secret before base64, as the RFC says; many servers want them raw."""
    key: SigningKey | None = None
    """The signing key of ``private_key_jwt``."""
    scopes: tuple[str, ...] = ()
    """Scopes to ask for; the client's own where absent."""
    scope_separator: str = " "
    """What stands between scopes; some servers want a comma."""
    params: dict[str, str | tuple[str, ...]] = {}
    """Extra form parameters of every token request: audience, resource."""
    secret_params: dict[str, Reference] = {}
    """Form parameters whose value is a secret."""
    query: dict[str, str] = {}
    """Extra query parameters of every token request."""
    headers: Headers = {}
    """Extra headers of every token request."""
    secret_headers: dict[HeaderName, Reference] = {}
    """Headers of every token request whose value is a secret: subscription keys."""
    answer: TokenAnswer = TokenAnswer()
    """Where the answer keeps the token and its lifetime."""
    leeway: Seconds = 60.0
    """Renew this long before expiry, but never earlier than the last fifth of the lifetime."""
    header: HeaderName = "Authorization"
    """The header that carries the token with every call."""
    prefix: HeaderText = "Bearer"
    """What stands before the token there, whatever the answer calls its type; some systems have a word of their own."""


class NamePassword(Definition):
    """Name and password of a Basic header."""

    username: TextOrReference
    """The user's name, plain or by reference."""
    password: Reference
    """The user's password."""


class LoginAnswer(TokenAnswer):
    """Where the answer to a login keeps the token."""

    at: Literal["json", "text", "header", "cookie"] = "json"
    """``json``: at ``token`` of the body; ``text``: the body is the token; ``header``, ``cookie``: that of ``name``."""
    token: Pointer = "/token"  # noqa: S105  # a place, no secret
    """``json``: where the token is."""
    name: HeaderName | None = None
    """``header``, ``cookie``: its name."""
    default_ttl: PositiveSeconds = 1800.0
    """Lifetime assumed where the answer names none. A session that ends sooner is noticed by a 401 and opened anew."""


class Login(Definition):
    """A login call that is no OAuth: its answer holds a token, which goes with every call."""

    kind: Literal["login"]
    """The authentication mode."""
    url: Url
    """Where to log in."""
    method: Literal["GET", "POST", "PUT"] = "POST"
    """The verb."""
    body: Literal["form", "json", "none"] = "json"
    """How ``params`` and ``secret_params`` are written."""
    params: dict[str, str] = {}
    """What the body holds. In JSON a name that begins with '/' is a place inside: ``/auth/user``."""
    secret_params: dict[str, Reference] = {}
    """What else it holds, by reference: the password, a refresh token."""
    basic: NamePassword | None = None
    """Name and password for a Basic header of the login alone."""
    query: dict[str, str] = {}
    """Query parameters of the login."""
    headers: Headers = {}
    """Extra headers of the login."""
    secret_headers: dict[HeaderName, Reference] = {}
    """Headers of the login whose value is a secret."""
    answer: LoginAnswer = LoginAnswer()
    """Where the answer keeps the token and its lifetime."""
    leeway: Seconds = 60.0
    """Log in anew this long before the token expires, but never earlier than the last fifth of its lifetime."""
    header: HeaderName = "Authorization"
    """The header that carries the token with every call; ``Cookie`` for a session's cookie."""
    prefix: HeaderText = ""
    """What stands before the token there: ``AR-JWT``, ``Bearer``; with no blank between where it ends with '='."""
    query_param: str | None = None
    """The query parameter that carries the token instead, where the system takes it nowhere else."""

    @property
    def token_url(self) -> str:
        """Where tokens are asked for."""
        return self.url


class BasicAuth(Definition):
    """Name and password with every call."""

    kind: Literal["basic"]
    """The authentication mode."""
    username: TextOrReference
    """The user's name, plain or by reference."""
    password: Reference
    """The user's password."""


class BearerAuth(Definition):
    """A fixed token with every call."""

    kind: Literal["bearer"]
    """The authentication mode."""
    token: Reference
    """The token."""
    prefix: HeaderText = "Bearer"
    """What stands before it in the Authorization header; with no blank between where it ends with '='."""


class ApiKeyAuth(Definition):
    """A key in a header with every call."""

    kind: Literal["api_key"]
    """The authentication mode."""
    header: HeaderName
    """The header that carries the key."""
    key: Reference
    """The key."""


class NoAuth(Definition):
    """No credentials, or the client certificate under ``tls`` alone."""

    kind: Literal["none"]
    """The authentication mode."""


TokenAuth = OAuth2 | Login
"""The modes in which a token is asked for."""
Auth = Annotated[OAuth2 | Login | BasicAuth | BearerAuth | ApiKeyAuth | NoAuth, Field(discriminator="kind")]
