"""Token requests in all the ways that servers want them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from ebond.definitions.auth import OAuth2
from ebond.errors import SecretError
from ebond.gateway.token_request import encodings_differ, token_request
from ebond.gateway.wire import Raw
from ebond.secrets import Secret, SecretRef

Resolve = Callable[[SecretRef], Secret]
AWKWARD = ["pl.ain-_~", "a:b", "a+b", "%41", "per%cent", "sp ace", "é€", "/=?&#", "+%2B+", '"\\']
#: RSA keys take long to make.
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())


def oauth(**changes: Any) -> OAuth2:
    document = {"kind": "oauth2_client_credentials", "token_url": "https://gw.test/oauth/token", "client_id": "me"}
    return OAuth2.model_validate({**document, "client_secret": "env:SECRET", **changes})


def secret(value: str) -> Resolve:
    return lambda _: Secret(value)


def ask(auth: OAuth2, value: str = "s") -> Raw:
    return token_request(auth, secret(value), now=1_000_000, nonce="n-1")


def form(raw: Raw) -> dict[str, list[str]]:
    return parse_qs(raw.content.decode(), strict_parsing=True, keep_blank_values=True)


def basic(raw: Raw) -> str:
    return base64.b64decode(raw.headers["Authorization"].removeprefix("Basic "), validate=True).decode()


def test_orange() -> None:
    """The request that the simplest gateways document, byte by byte."""
    raw = ask(oauth(client_secret="env:SECRET"), "pass")
    assert (raw.method, raw.url, raw.content) == (
        "POST",
        "https://gw.test/oauth/token",
        b"grant_type=client_credentials",
    )
    assert dict(raw.headers) == {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "Authorization": "Basic bWU6cGFzcw==",
    }


@pytest.mark.parametrize("value", AWKWARD)
def test_raw_basic(value: str) -> None:
    """Id and secret stand in the header as they are."""
    assert basic(ask(oauth(client_id="id", basic_encoding="raw"), value)) == f"id:{value}"


@pytest.mark.parametrize("value", AWKWARD)
def test_rfc6749_basic(value: str) -> None:
    """A server that decodes as the RFC says gets id and secret back, colons in both included."""
    client, colon, password = basic(ask(oauth(client_id=value, basic_encoding="rfc6749"), value)).partition(":")
    assert (unquote_plus(client), colon, unquote_plus(password)) == (value, ":", value)


@pytest.mark.parametrize("value", AWKWARD)
def test_body(value: str) -> None:
    """In the form the credentials survive any decoder of forms, and no header carries them."""
    raw = ask(oauth(client_id=value, client_auth="body"), value)
    assert form(raw) == {"grant_type": ["client_credentials"], "client_id": [value], "client_secret": [value]}
    assert "Authorization" not in raw.headers


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20))
def test_encodings_differ(value: str) -> None:
    """The two encodings are told apart exactly where the header would differ, or a server may decode it."""
    one, other = (ask(oauth(basic_encoding=encoding), value).headers for encoding in ("raw", "rfc6749"))
    if one != other:
        assert encodings_differ(oauth(), secret(value))
    assert encodings_differ(oauth(client_auth="body"), secret(value)) is False


def test_everything_extra() -> None:
    """Scopes, audience, repeated resources, query and headers all arrive, at each request."""
    auth = oauth(
        scopes=["read", "write"],
        scope_separator=",",
        params={"audience": "https://api.test/", "resource": ["urn:a", "urn:b"]},
        query={"tenant": "a b&c"},
        headers={"X-Tenant": "t", "Accept": "application/vnd.token+json"},
    )
    for raw in (ask(auth), ask(auth)):
        assert form(raw) == {
            "grant_type": ["client_credentials"],
            "scope": ["read,write"],
            "audience": ["https://api.test/"],
            "resource": ["urn:a", "urn:b"],
        }
        assert parse_qsl(raw.url.partition("?")[2]) == [("tenant", "a b&c")]
        assert (raw.headers["X-Tenant"], raw.headers["Accept"]) == ("t", "application/vnd.token+json")


def test_json_instead_of_a_form() -> None:
    """A server that takes JSON only gets the same parameters as an object, repeated ones as a list."""
    raw = ask(oauth(body="json", client_auth="body", scopes=["r"], params={"resource": ["a", "b"]}), 'p"w')
    assert raw.headers["Content-Type"] == "application/json"
    assert orjson.loads(raw.content) == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": 'p"w',
        "scope": "r",
        "resource": ["a", "b"],
    }


def test_query_of_the_url_stays() -> None:
    """A token URL with a query of its own keeps it."""
    raw = ask(oauth(token_url="https://gw.test/token?v=3", query={"tenant": "x"}))
    assert raw.url == "https://gw.test/token?v=3&tenant=x"


def test_headers_are_told_apart_without_case() -> None:
    """A header of the definition replaces ours however it is spelled; none goes twice."""
    raw = ask(oauth(headers={"accept": "text/plain", "content-TYPE": "x/y"}))
    assert sorted(name.lower() for name in raw.headers) == ["accept", "authorization", "content-type"]


def jwt(raw: Raw) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Return header, claims, what was signed and the signature."""
    token = form(raw)["client_assertion"][0]
    head, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    return orjson.loads(head), orjson.loads(claims), token.rpartition(".")[0].encode(), signature


def pem(key: Any, form: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return str(key.private_bytes(Encoding.PEM, form, NoEncryption()).decode())


def signing(**key: Any) -> OAuth2:
    return oauth(client_secret=None, client_auth="private_key_jwt", key={"private_key": "file:key.pem", **key})


@pytest.mark.parametrize("form_of_key", [PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL])
def test_rs256_assertion(form_of_key: PrivateFormat) -> None:
    """The server can verify the assertion with the public key, and what it claims is what the RFC wants."""
    raw = ask(signing(key_id="k-1", lifetime="2m"), pem(RSA_KEY, form_of_key))
    head, claims, signed, signature = jwt(raw)
    RSA_KEY.public_key().verify(signature, signed, padding.PKCS1v15(), hashes.SHA256())
    assert head == {"alg": "RS256", "typ": "JWT", "kid": "k-1"}
    assert claims == {
        "iss": "me",
        "sub": "me",
        "aud": "https://gw.test/oauth/token",
        "jti": "n-1",
        "iat": 999_990,
        "nbf": 999_990,
        "exp": 1_000_120,
    }
    assert form(raw)["client_assertion_type"] == ["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    assert form(raw)["client_id"] == ["me"]
    assert "Authorization" not in raw.headers


def test_es256_assertion() -> None:
    """An elliptic signature travels as two numbers of 32 bytes, and verifies."""
    raw = ask(signing(algorithm="ES256", audience="https://issuer.test"), pem(EC_KEY))
    head, claims, signed, signature = jwt(raw)
    assert (head, claims["aud"], len(signature)) == ({"alg": "ES256", "typ": "JWT"}, "https://issuer.test", 64)
    one, two = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    verify = EC_KEY.public_key().verify
    verify(encode_dss_signature(one, two), signed, ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        verify(encode_dss_signature(one, two), signed + b"x", ec.ECDSA(hashes.SHA256()))


WRONG_KEYS = [
    ("no key", "rubbish", "RS256", "cannot be read"),
    ("empty", "", "RS256", "cannot be read"),
    ("another kind", pem(EC_KEY), "RS256", "does not fit RS256"),
    ("RSA for ES256", pem(RSA_KEY), "ES256", "does not fit ES256"),
    ("another curve", pem(ec.generate_private_key(ec.SECP384R1())), "ES256", "does not fit ES256"),
]


@pytest.mark.parametrize(
    ("key", "algorithm", "why"), [row[1:] for row in WRONG_KEYS], ids=[row[0] for row in WRONG_KEYS]
)
def test_wrong_key(key: str, algorithm: str, why: str) -> None:
    """A key that cannot sign is said by its place, and nothing of it is shown."""
    with pytest.raises(SecretError, match=rf"^the private key file:key\.pem {why}") as raised:
        ask(signing(algorithm=algorithm), key)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
