"""Asking for a token: the request of RFC 6749 section 4.4 in all the ways that servers want it. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ebond.definitions.auth import Login, OAuth2, SigningKey, TokenAuth
from ebond.errors import SecretError
from ebond.gateway.url import encode_query, with_query
from ebond.gateway.wire import Headers, Raw
from ebond.mapping.path import setter
from ebond.secrets import Secret, SecretRef

Resolve = Callable[[SecretRef], Secret]

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_TYPES: Final = {"form": "application/x-www-form-urlencoded", "json": "application/json"}
_PLAIN: Final = re.compile(r"[A-Za-z0-9\-._~]*")
#: How far an assertion is dated back, for servers whose clock is behind ours.
_BACKDATE: Final = 10
_ES256_BITS: Final = 256


def token_request(auth: TokenAuth, resolve: Resolve, *, now: float, nonce: str) -> Raw:
    """Build the token request; ``now`` in seconds since 1970 and ``nonce`` go into a signed assertion."""
    if isinstance(auth, Login):
        return login_request(auth, resolve)
    client_id = plain(auth.client_id, resolve)
    form: list[tuple[str, str]] = [("grant_type", "client_credentials")]
    headers = Headers({"Content-Type": _TYPES[auth.body], "Accept": "application/json"})
    for name, text in auth.headers.items():
        headers.set(name, text)
    for name, reference in auth.secret_headers.items():
        headers.set(name, resolve(reference).reveal())
    if auth.client_auth == "basic":
        headers.set("Authorization", _basic(client_id, _secret(auth, resolve), auth.basic_encoding))
    elif auth.client_auth == "body":
        form += [("client_id", client_id), ("client_secret", _secret(auth, resolve))]
    elif auth.client_auth == "tls":
        form.append(("client_id", client_id))
    else:
        form += [
            ("client_id", client_id),
            ("client_assertion_type", _ASSERTION),
            ("client_assertion", _assertion(auth, client_id, resolve, now=now, nonce=nonce)),
        ]
    if auth.scopes:
        form.append(("scope", auth.scope_separator.join(auth.scopes)))
    for name, value in auth.params.items():
        form += [(name, one) for one in ((value,) if isinstance(value, str) else value)]
    form += [(name, resolve(reference).reveal()) for name, reference in auth.secret_params.items()]
    url = with_query(auth.token_url, encode_query(auth.query.items()))
    return Raw("POST", url, headers, urlencode(form).encode() if auth.body == "form" else _json(form))


def login_request(auth: Login, resolve: Resolve) -> Raw:
    """Build the call of a login."""
    headers = Headers({"Accept": "text/plain, */*" if auth.answer.at == "text" else "application/json"})
    if auth.basic is not None:
        name, password = plain(auth.basic.username, resolve), resolve(auth.basic.password).reveal()
        headers.set("Authorization", _basic(name, password, "raw"))
    values = auth.params | {name: resolve(reference).reveal() for name, reference in auth.secret_params.items()}
    content = b""
    if auth.body != "none":
        headers.set("Content-Type", _TYPES[auth.body])
        content = urlencode(values).encode() if auth.body == "form" else orjson.dumps(_nested(values))
    for name, text in auth.headers.items():
        headers.set(name, text)
    for name, reference in auth.secret_headers.items():
        headers.set(name, resolve(reference).reveal())
    return Raw(auth.method, with_query(auth.url, encode_query(auth.query.items())), headers, content)


def _nested(values: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in values.items():
        if name.startswith("/"):
            setter(name)(body, value)
        else:
            body[name] = value
    return body


def _json(form: list[tuple[str, str]]) -> bytes:
    """Write parameters as an object; one that is given more than once becomes a list."""
    values: dict[str, list[str]] = {}
    for name, value in form:
        values.setdefault(name, []).append(value)
    return orjson.dumps({name: given if given[1:] else given[0] for name, given in values.items()})


def encodings_differ(auth: TokenAuth, resolve: Resolve) -> bool:
    """Would the two encodings of the Basic header differ for these credentials? Then a wrong one is likely."""
    if isinstance(auth, Login) or auth.client_auth != "basic":
        return False
    return not all(_PLAIN.fullmatch(text) for text in (plain(auth.client_id, resolve), _secret(auth, resolve)))


def proof(auth: TokenAuth, resolve: Resolve) -> tuple[Secret, ...]:
    """Return what proves who we are as it is now: another secret may be asked with at once."""
    if isinstance(auth, Login):
        password = (auth.basic.password,) if auth.basic is not None else ()
        return tuple(map(resolve, (*auth.secret_params.values(), *auth.secret_headers.values(), *password)))
    references = (auth.client_secret, auth.key.private_key if auth.key else None)
    return tuple(resolve(one) for one in references if one is not None)


def plain(value: str | SecretRef, resolve: Resolve) -> str:
    """Return a text that may be given as a reference."""
    return resolve(value).reveal() if isinstance(value, SecretRef) else value


def _secret(auth: OAuth2, resolve: Resolve) -> str:
    return resolve(auth.client_secret).reveal() if auth.client_secret is not None else ""


def _basic(client_id: str, secret: str, encoding: str) -> str:
    if encoding == "rfc6749":
        client_id, secret = quote_plus(client_id), quote_plus(secret)
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def _assertion(auth: OAuth2, client_id: str, resolve: Resolve, *, now: float, nonce: str) -> str:
    key = auth.key
    assert key is not None
    header = {"alg": key.algorithm, "typ": "JWT"} | ({"kid": key.key_id} if key.key_id else {})
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": key.audience or auth.token_url,
        "jti": nonce,
        "iat": int(now) - _BACKDATE,
        "nbf": int(now) - _BACKDATE,
        "exp": int(now + key.lifetime),
    }
    signed = f"{_b64(orjson.dumps(header))}.{_b64(orjson.dumps(claims))}"
    return f"{signed}.{_b64(_sign(key, resolve, signed.encode()))}"


def _sign(key: SigningKey, resolve: Resolve, data: bytes) -> bytes:
    private = _private_key(key, resolve)
    if key.algorithm == "RS256" and isinstance(private, rsa.RSAPrivateKey):
        return private.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if key.algorithm == "ES256" and isinstance(private, ec.EllipticCurvePrivateKey) and private.key_size == _ES256_BITS:
        one, two = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
        return one.to_bytes(32, "big") + two.to_bytes(32, "big")
    raise SecretError(
        f"the private key {key.private_key} does not fit {key.algorithm}",
        todo="RS256 wants an RSA key, ES256 one of the curve P-256; see 'algorithm'",
    )


def _private_key(key: SigningKey, resolve: Resolve) -> Any:
    try:
        return serialization.load_pem_private_key(resolve(key.private_key).reveal().encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise SecretError(
            f"the private key {key.private_key} cannot be read", todo="Give an unencrypted PEM private key"
        ) from None


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
