"""Certificates of a private authority, made for one test run."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

HOST = ip_address("127.0.0.1")


@dataclass(frozen=True)
class Pair:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def write(self, folder: Path, name: str, password: bytes | None = None) -> None:
        """Write ``name.pem`` and ``name.key``."""
        how = BestAvailableEncryption(password) if password else NoEncryption()
        (folder / f"{name}.pem").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        (folder / f"{name}.key").write_bytes(self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how))


def authority(name: str = "Test CA") -> Pair:
    """Make an authority."""
    return _make(name, None, x509.BasicConstraints(ca=True, path_length=0))


def issued(ca: Pair, name: str, *, host: bool = True, days: int = 30) -> Pair:
    """Have an authority issue a certificate, for this machine or for another one; with negative days an old one."""
    at = x509.IPAddress(HOST) if host else x509.DNSName("elsewhere.test")
    return _make(name, ca, x509.SubjectAlternativeName([at]), days=days)


def _make(name: str, ca: Pair | None, extension: x509.ExtensionType, *, days: int = 30) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    signer, issuer = (ca.key, ca.certificate.subject) if ca else (key, subject)
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=60))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(extension, critical=ca is None)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Pair(built.sign(signer, hashes.SHA256()), key)


def server_context(folder: Path, name: str, *, clients: str | None = None) -> ssl.SSLContext:
    """Return a server's side that shows ``name`` and, where ``clients`` is given, wants certificates of that CA."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    if clients is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(folder / f"{clients}.pem")
    return context
