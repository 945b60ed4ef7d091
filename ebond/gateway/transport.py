"""The one module that speaks HTTP.

One httpx client for each worker thread: a client that threads share searches its pool under one lock, and gets
slower with every waiting caller. Redirects are not followed: they would carry credentials along.
"""

from __future__ import annotations

import ssl
from pathlib import Path
from threading import Lock, local
from typing import Any, Final

import httpx

from ebond.definitions.gateway import Gateway
from ebond.errors import SecretError
from ebond.gateway.token_request import Resolve
from ebond.gateway.wire import Raw, RawAnswer, TransportFailure

#: Shorter than load balancers keep idle connections: a call on a connection that just closed is a lost answer.
KEEP_ALIVE: Final = 4.0

#: Raised before a byte of the request was sent.
_NOT_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
    httpx.ProxyError,
)


class HttpxTransport:
    """Carries calls by httpx."""

    def __init__(self, *, timeouts: httpx.Timeout, context: ssl.SSLContext, proxy: str | None = None) -> None:
        self._timeouts, self._context, self._proxy = timeouts, context, proxy
        self._here = local()
        self._clients: list[httpx.Client] = []
        self._lock = Lock()

    @classmethod
    def for_gateway(cls, gateway: Gateway, *, resolve: Resolve, folder: Path) -> HttpxTransport:
        """Return the transport that a definition asks for; raises SecretError where a certificate can't be read."""
        times = gateway.timeouts
        return cls(
            timeouts=httpx.Timeout(connect=times.connect, read=times.read, write=times.write, pool=times.pool),
            context=_context(gateway, resolve, folder),
            proxy=gateway.proxy,
        )

    def send(self, raw: Raw) -> RawAnswer:
        """Carry one call; raises TransportFailure where no complete answer came."""
        try:
            answer = self._client().request(raw.method, raw.url, headers=dict(raw.headers), content=raw.content or None)
        except httpx.TransportError as error:
            raise _failure(error) from None
        except (httpx.InvalidURL, httpx.DecodingError) as error:
            raise TransportFailure(f"the call failed: {type(error).__name__}", sent=True) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return RawAnswer(answer.status_code, headers, answer.content)

    def close(self) -> None:
        """Close the connections of all threads."""
        with self._lock:
            for client in self._clients:
                client.close()
            self._clients.clear()
            self._here = local()

    def _client(self) -> httpx.Client:
        client: httpx.Client | None = getattr(self._here, "client", None)
        if client is None:
            client = httpx.Client(
                timeout=self._timeouts,
                verify=self._context,
                proxy=self._proxy,
                trust_env=False,
                follow_redirects=False,
                limits=httpx.Limits(max_connections=2, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE),
            )
            # Ours says who we are and what we take; the rest would only cost bytes.
            client.headers = httpx.Headers({"Accept-Encoding": "gzip, deflate"})
            self._here.client = client
            with self._lock:
                self._clients.append(client)
        return client


def _failure(error: httpx.TransportError) -> TransportFailure:
    said = _reason(error)
    if isinstance(error, httpx.ConnectError) and "CERTIFICATE_VERIFY_FAILED" in said:
        return TransportFailure(
            "the server's certificate is not trusted",
            sent=False,
            lasting=True,
            todo="Name its certificate authority in tls.ca; verification cannot be switched off",
        )
    kind = type(error).__name__
    return TransportFailure(
        f"{_WORDS.get(kind, kind)} ({said})" if said else kind, sent=not isinstance(error, _NOT_SENT)
    )


_WORDS: Final = {
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection in time",
    "ReadTimeout": "no answer in time",
    "WriteTimeout": "the call could not be sent in time",
    "PoolTimeout": "no free connection in time",
    "RemoteProtocolError": "the answer broke off",
    "ReadError": "the connection broke",
    "WriteError": "the connection broke while sending",
}


def _reason(error: Exception) -> str:
    """Return the system's own words; never the request."""
    return str(error).partition("\n")[0][:120]


def _context(gateway: Gateway, resolve: Resolve, folder: Path) -> ssl.SSLContext:
    tls = gateway.tls
    try:
        context = ssl.create_default_context(cafile=str(folder / tls.ca) if tls.ca else None)
        if tls.client_cert:
            _load_client_cert(context, gateway, resolve, folder)
    except (OSError, ssl.SSLError) as error:
        raise SecretError(
            f"a certificate of gateway {gateway.gateway} cannot be read: {_reason(error)}",
            todo="Check tls.ca, tls.client_cert and tls.client_key: PEM files, the key without a pass phrase",
        ) from error
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if tls.min_version == "1.3" else ssl.TLSVersion.TLSv1_2
    return context


def _load_client_cert(context: Any, gateway: Gateway, resolve: Resolve, folder: Path) -> None:
    tls = gateway.tls
    assert tls.client_cert is not None
    key = None
    if tls.client_key is not None:
        resolve(tls.client_key)
        # ssl reads keys from files only; the reference must be a file for that.
        key = str(folder / tls.client_key.name) if tls.client_key.kind == "file" else None
        if key is None:
            raise SecretError("tls.client_key has to be a file", todo="Write it as file:PATH")
    context.load_cert_chain(str(folder / tls.client_cert), key)
