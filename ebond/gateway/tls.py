"""What TLS of a gateway is: whom we trust, and with which certificate we show who we are."""

from __future__ import annotations

import ssl
from pathlib import Path

from ebond.definitions.gateway import Gateway
from ebond.errors import SecretError
from ebond.gateway.token_request import Resolve


def tls_context(gateway: Gateway, resolve: Resolve, folder: Path) -> ssl.SSLContext:
    """Return the context that a definition asks for; raises SecretError where a certificate can't be used.

    Paths begin at ``folder``. Verification is always on.
    """
    tls = gateway.tls
    ca = _file(tls.ca, "tls.ca", folder)
    try:
        context = ssl.create_default_context(cafile=ca)
    except (OSError, ssl.SSLError) as error:
        raise _unusable("tls.ca", ca, error) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if tls.min_version == "1.3" else ssl.TLSVersion.TLSv1_2
    certificate = _file(tls.client_cert, "tls.client_cert", folder)
    if certificate is None:
        return context
    key = None
    if tls.client_key is not None:
        if tls.client_key.kind != "file":
            # ssl reads keys from files only.
            raise SecretError("tls.client_key has to be a file", todo="Write it as file:PATH")
        resolve(tls.client_key)
        key = _file(tls.client_key.name, "tls.client_key", folder)
    try:
        # Without a password here ssl would ask for one on the terminal, and nobody is there.
        context.load_cert_chain(certificate, key, password="")
    except (OSError, ssl.SSLError) as error:
        raise _unusable("tls.client_cert", certificate, error) from None
    return context


def _file(name: str | None, key: str, folder: Path) -> str | None:
    if name is None:
        return None
    path = folder / name
    if not path.is_file():
        raise SecretError(f"{key}: there is no file {path}", todo="Paths begin at the definition's folder")
    return str(path)


def _unusable(key: str, path: str | None, error: OSError) -> SecretError:
    why = getattr(error, "reason", None) or error.strerror or type(error).__name__
    return SecretError(
        f"{key}: {path} cannot be used: {why}",
        todo="It has to be a PEM file that ebond's user may read; the key fits the certificate and has no pass phrase",
    )
