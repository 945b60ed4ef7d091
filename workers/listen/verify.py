"""Is a notification from the system that it says it is from? Pure: the time is an argument, secrets are resolved."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from ebond.definitions.listening import BasicVerify, BearerVerify, CertificateVerify, HmacVerify, SignedAt, Verify
from ebond.secrets import Secret, SecretRef

#: A header's value by its name, in any case; None where it is not there, or there more than once.
HeaderOf = Callable[[str], str | None]
Resolve = Callable[[SecretRef], Secret]
#: A number of seconds from here on is one of milliseconds: the year 5138.
_MILLIS: Final = 1e11


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a notification is not believed."""

    outcome: str
    """``forged`` or ``replayed``."""
    why: str


Check = Callable[[HeaderOf, bytes, datetime], Refusal | None]
"""Say what is wrong with a notification, by its headers, body and the time; None where nothing is."""


def check_for(verify: Verify, resolve: Resolve) -> Check:
    """Return the check that a definition asks for; raises SecretError for a secret that is not there."""
    match verify:
        case HmacVerify():
            return _signature(verify, _bytes(verify.secrets, resolve))
        case BearerVerify():
            wanted = [verify.prefix.encode() + one for one in _bytes(verify.secrets, resolve)]
            return _one_of(verify.header, wanted, f"no valid token in {verify.header}")
        case BasicVerify():
            username = verify.username
            name = resolve(username).reveal() if isinstance(username, SecretRef) else username
            pairs = [name.encode() + b":" + one for one in _bytes(verify.secrets, resolve)]
            return _one_of(
                "Authorization", [b"Basic " + base64.b64encode(one) for one in pairs], "wrong name or password"
            )
        case CertificateVerify():
            certificates = [one.encode() for one in verify.certificates]
            return _one_of(verify.header, certificates, f"no known certificate in {verify.header}")


def _one_of(header: str, wanted: Sequence[bytes], why: str) -> Check:
    def check(header_of: HeaderOf, _body: bytes, _now: datetime) -> Refusal | None:
        return None if _is_any((header_of(header) or "").encode(), wanted) else Refusal("forged", why)

    return check


def _signature(verify: HmacVerify, secrets: Sequence[bytes]) -> Check:
    at = verify.signed_at
    before, _, after = verify.signed.partition("{body}")

    def check(header_of: HeaderOf, body: bytes, now: datetime) -> Refusal | None:
        timestamp = "" if at is None else header_of(at.header) or ""
        signature = _decoded(header_of(verify.header) or "", verify)
        if signature is None:
            return Refusal("forged", f"no signature in {verify.header}")
        signed = _filled(before, timestamp) + body + _filled(after, timestamp)
        if not _is_any(signature, [hmac.digest(one, signed, verify.algorithm) for one in secrets]):
            return Refusal("forged", f"the signature in {verify.header} is not that of the body")
        return None if at is None else _timely(timestamp, at, now)

    return check


def _timely(timestamp: str, at: SignedAt, now: datetime) -> Refusal | None:
    moment = _moment(timestamp)
    if moment is None:
        return Refusal("replayed", f"no time in {at.header}")
    off = abs((now - moment).total_seconds())
    return Refusal("replayed", f"signed {off:.0f} s away from our clock") if off > at.tolerance else None


def _moment(text: str) -> datetime | None:
    try:
        if text.isascii() and text.isdigit():
            seconds = int(text[:15])
            return datetime.fromtimestamp(seconds / 1000 if seconds >= _MILLIS else seconds, UTC)
        moment = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else None


def _decoded(value: str, verify: HmacVerify) -> bytes | None:
    if not value.startswith(verify.prefix):
        return None
    text = value.removeprefix(verify.prefix).strip()
    try:
        return bytes.fromhex(text) if verify.encoding == "hex" else base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None


def _filled(text: str, timestamp: str) -> bytes:
    return text.replace("{timestamp}", timestamp).encode()


def _is_any(given: bytes, wanted: Sequence[bytes]) -> bool:
    """Compare with all of them, in a time that tells nothing of how alike they are."""
    asked = hashlib.sha256(given).digest()
    return sum(hmac.compare_digest(asked, hashlib.sha256(one).digest()) for one in wanted) > 0


def _bytes(secrets: Sequence[SecretRef], resolve: Resolve) -> list[bytes]:
    return [resolve(one).reveal().encode() for one in secrets]
