"""Is a notification from where it says it is? As a table: what the definition asks for, and what was sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import TypeAdapter

from ebond.definitions.listening import Verify
from ebond.secrets import Secret, SecretRef
from workers.listen.verify import check_for

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
AT = str(int(NOW.timestamp()))
BODY = b'{"id": "4711"}'
SECRETS = {"NEW": "new s3cret", "OLD": "old s3cret"}
BOTH = ["env:NEW", "env:OLD"]

HEX: dict[str, Any] = {"kind": "hmac", "secrets": BOTH, "header": "X-Sig", "prefix": "sha256="}
BASE64: dict[str, Any] = {"kind": "hmac", "secrets": BOTH, "header": "X-Sig", "encoding": "base64"}
TIMED: dict[str, Any] = {**HEX, "signed": "v0:{timestamp}:{body}", "signed_at": {"header": "X-At", "tolerance": "5m"}}
BEARER: dict[str, Any] = {"kind": "bearer", "secrets": BOTH}
ALONE: dict[str, Any] = {"kind": "bearer", "secrets": BOTH, "header": "X-Gitlab-Token", "prefix": ""}
BASIC: dict[str, Any] = {"kind": "basic", "username": "partner", "secrets": BOTH}
CERTIFICATE: dict[str, Any] = {"kind": "client_certificate", "header": "X-Cert", "certificates": ["AB:CD", "EF:01"]}


def sign(key: str = "NEW", body: bytes = BODY, algorithm: str = "sha256") -> bytes:
    return hmac.new(SECRETS[key].encode(), body, getattr(hashlib, algorithm)).digest()


def timed(at: str = AT, signed: str | None = None) -> dict[str, str]:
    return {"X-Sig": f"sha256={sign(body=b'v0:' + (signed or at).encode() + b':' + BODY).hex()}", "X-At": at}


def basic(text: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}


@pytest.mark.parametrize(
    ("verify", "headers", "outcome"),
    [
        (HEX, {"X-Sig": f"sha256={sign().hex()}"}, None),
        (HEX, {"X-Sig": f"sha256={sign().hex().upper()}"}, None),
        (HEX, {"X-Sig": f"sha256={sign('OLD').hex()}"}, None),
        (HEX, {"X-Sig": sign().hex()}, "forged"),
        (HEX, {"X-Sig": f"sha256={sign(body=b'{}').hex()}"}, "forged"),
        (HEX, {"X-Sig": f"sha256={sign().hex()[:-2]}"}, "forged"),
        (HEX, {"X-Sig": f"sha256={sign(algorithm='sha1').hex()}"}, "forged"),
        (HEX, {"X-Sig": "sha256="}, "forged"),
        (HEX, {"X-Sig": "sha256=zz"}, "forged"),
        (HEX, {}, "forged"),
        ({**HEX, "algorithm": "sha512"}, {"X-Sig": f"sha256={sign(algorithm='sha512').hex()}"}, None),
        (BASE64, {"X-Sig": base64.b64encode(sign()).decode()}, None),
        (BASE64, {"X-Sig": base64.b64encode(sign()).decode()[:-1]}, "forged"),
        (BASE64, {"X-Sig": "no base64 at all é"}, "forged"),
        (TIMED, timed(), None),
        (TIMED, timed(f"{AT}000"), None),
        (TIMED, timed(NOW.isoformat()), None),
        (TIMED, timed(str(int(AT) - 300)), None),
        (TIMED, timed(str(int(AT) - 301)), "replayed"),
        (TIMED, timed(str(int(AT) + 301)), "replayed"),
        (TIMED, timed("9" * 400), "replayed"),
        (TIMED, timed("2026-11-24T12:00:00"), "replayed"),
        (TIMED, timed("yesterday"), "replayed"),
        (TIMED, timed(AT, signed=str(int(AT) - 900)), "forged"),
        (TIMED, {"X-Sig": timed()["X-Sig"]}, "forged"),
        (BEARER, {"Authorization": "Bearer new s3cret"}, None),
        (BEARER, {"Authorization": "Bearer old s3cret"}, None),
        (BEARER, {"Authorization": "Bearer new s3cret2"}, "forged"),
        (BEARER, {"Authorization": "Bearer "}, "forged"),
        (BEARER, {}, "forged"),
        (ALONE, {"X-Gitlab-Token": "new s3cret"}, None),
        (ALONE, {}, "forged"),
        (BASIC, basic("partner:new s3cret"), None),
        (BASIC, basic("partner:old s3cret"), None),
        (BASIC, basic("other:new s3cret"), "forged"),
        (BASIC, basic("partner:"), "forged"),
        (CERTIFICATE, {"X-Cert": "EF:01"}, None),
        (CERTIFICATE, {"X-Cert": "EF:02"}, "forged"),
        (CERTIFICATE, {}, "forged"),
    ],
)
def test_what_is_believed(verify: dict[str, Any], headers: dict[str, str], outcome: str | None) -> None:
    """Either secret counts while it is changed; all that is missing, altered or late does not."""
    refusal = check_for(definition(verify), resolve)(headers.get, BODY, NOW)
    assert (refusal and refusal.outcome) == outcome


def test_no_reason_tells_a_secret_or_what_was_sent() -> None:
    """Reasons are logged."""
    for verify in (HEX, TIMED, BEARER, BASIC, CERTIFICATE):
        sent = {"X-Sig": "sha256=abcd", "X-At": AT, "Authorization": "Bearer guess", "X-Cert": "guess"}
        refusal = check_for(definition(verify), resolve)(sent.get, BODY, NOW)
        assert refusal is not None
        assert not any(word in refusal.why for word in ("s3cret", "guess", "abcd", "4711"))


def definition(verify: dict[str, Any]) -> Verify:
    return TypeAdapter(Verify).validate_python(verify)


def resolve(reference: SecretRef) -> Secret:
    return Secret(SECRETS[reference.name])
