"""The one module that speaks HTTP.

Each call borrows an HTTP client of its own and gives it back: a client that threads share searches its pool under one
lock, and gets slower with every waiting caller. Redirects are not followed, they would carry credentials along; and
cookies are not kept, they would be credentials that no definition names.
"""

from __future__ import annotations

import re
import ssl
from collections import deque
from pathlib import Path
from typing import Any, Final

import httpx

from ebond.definitions.gateway import Gateway, Timeouts
from ebond.gateway.line import Line
from ebond.gateway.stream import Spool, allowance, head
from ebond.gateway.tls import tls_context
from ebond.gateway.token_request import Resolve
from ebond.gateway.wire import Raw, RawAnswer, TransportFailure

#: Shorter than load balancers keep idle connections: a call on a connection that just closed is a lost answer.
KEEP_ALIVE: Final = 4.0
#: A call as a whole may take so many read time-outs.
PATIENCE: Final = 10.0
#: No answer may be larger, unpacked: what a faulty gateway sends must not take the machine down.
LARGEST: Final = 256 * 1024 * 1024

_VALUE: Final = re.compile(r"[\t -~\x80-\xff]*")


class HttpxTransport:
    """Carries calls by httpx; threads share it."""

    def __init__(
        self,
        *,
        timeouts: Timeouts,
        context: ssl.SSLContext,
        proxy: str | None = None,
        patience: float = PATIENCE,
        largest: int = LARGEST,
    ) -> None:
        self._timeouts, self._context, self._proxy = timeouts, context, proxy
        self._patience, self._largest = patience, largest
        self._idle: deque[_Lane] = deque()
        self._closed = False

    @classmethod
    def for_gateway(cls, gateway: Gateway, *, resolve: Resolve, folder: Path) -> HttpxTransport:
        """Return the transport that a definition asks for; raises SecretError where a certificate can't be used."""
        return cls(timeouts=gateway.timeouts, context=tls_context(gateway, resolve, folder), proxy=gateway.proxy)

    def send(self, raw: Raw) -> RawAnswer:
        """Carry one call; raises TransportFailure where no complete answer came."""
        lane = self._borrow()
        try:
            answer = lane.send(raw)
        except TransportFailure:
            self._give_back(lane)
            raise
        except BaseException:
            # Interrupted in the middle: nobody knows what is on this connection.
            lane.close()
            raise
        self._give_back(lane)
        return answer

    def close(self) -> None:
        """Close the connections; those of calls under way when they end."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()

    def _borrow(self) -> _Lane:
        # The one that was used last has the connection that is most surely alive.
        try:
            return self._idle.pop()
        except IndexError:
            return _Lane(self._timeouts, self._context, self._proxy, self._patience, self._largest)

    def _give_back(self, lane: _Lane) -> None:
        self._idle.append(lane)
        if self._closed:
            self.close()


class _Lane:
    """One HTTP client, for one call at a time."""

    def __init__(
        self, timeouts: Timeouts, context: ssl.SSLContext, proxy: str | None, patience: float, largest: int
    ) -> None:
        self._line = Line()
        self._whole = timeouts.connect + timeouts.write + timeouts.read * patience
        self._largest = largest
        self._extensions = {
            "timeout": {
                "connect": timeouts.connect,
                "read": timeouts.read,
                "write": timeouts.write,
                "pool": timeouts.pool,
            }
        }
        self._http = httpx.HTTPTransport(
            verify=context,
            proxy=proxy,
            trust_env=False,
            # The token endpoint may be elsewhere.
            limits=httpx.Limits(max_connections=2, max_keepalive_connections=2, keepalive_expiry=KEEP_ALIVE),
        )
        # httpx has no argument for it, and httpcore's pool takes it by this name only.
        self._http._pool._network_backend = self._line

    def send(self, raw: Raw) -> RawAnswer:
        self._line.begin(self._whole + (allowance(raw.upload.size) if raw.upload else 0.0))
        try:
            request = self._request(raw)
            answer = self._http.handle_request(request)
            try:
                headers = _headers(answer)
                into = raw.spool if answer.is_success else None
                content = self._content(answer) if into is None else self._spooled(answer, headers, into)
                return RawAnswer(answer.status_code, headers, content, sent_after=self._line.sent_after)
            finally:
                answer.close()
                self._drop_what_follows()
        except (httpx.TransportError, httpx.InvalidURL, httpx.DecodingError, ValueError, RuntimeError) as error:
            raise _failure(error, sent=self._line.sent) from None

    def close(self) -> None:
        self._http.close()

    def _request(self, raw: Raw) -> httpx.Request:
        known = {name.lower() for name in raw.headers}
        headers = [] if "accept-encoding" in known else [(b"Accept-Encoding", b"gzip, deflate")]
        for name, value in raw.headers.items():
            if not _VALUE.fullmatch(value) or value != value.strip():
                raise TransportFailure(
                    f"the header {name} cannot carry its value",
                    sent=False,
                    lasting=True,
                    todo="A secret of one line is wanted there, without blanks around it and of Latin letters",
                )
            headers.append((name.encode("ascii"), value.encode("latin-1")))
        content = raw.content or None if raw.upload is None else raw.upload.pieces()
        return httpx.Request(raw.method, raw.url, headers=headers, content=content, extensions=dict(self._extensions))

    def _drop_what_follows(self) -> None:
        """Close connections on which more came than the answer: it would be taken for the answer to the next call."""
        for connection in self._http._pool.connections:
            # Tunnels and forwarded connections have the real one inside; only h11 knows what it has not read yet.
            inner: Any = connection
            while hasattr(inner, "_connection"):
                inner = inner._connection
            if inner is not None and inner._h11_state.trailing_data[0]:
                self._http.close()

    def _spooled(self, answer: httpx.Response, headers: dict[str, str], into: Spool) -> bytes:
        """Have a file take the body; return the beginning of one that is none."""
        into.begin()
        if not into.takes(headers):
            return head(answer.iter_bytes())
        length = headers.get("content-length", "")
        self._line.extend(allowance(int(length) if length.isdigit() else into.limit or 0))
        for piece in answer.iter_bytes():
            into.write(piece)
        return b""

    def _content(self, answer: httpx.Response) -> bytes:
        pieces, size = [], 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > self._largest:
                raise TransportFailure(
                    f"the answer is larger than {self._largest // 1024 // 1024} MB",
                    sent=True,
                    lasting=True,
                    todo="Ask for smaller pages: see 'size' under 'paging'",
                )
            pieces.append(piece)
        return b"".join(pieces)


def _headers(answer: httpx.Response) -> dict[str, str]:
    """Return the headers by names in lower case; Latin-1 brings every value back as it came."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in answer.headers.raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


_WORDS: Final = {
    "ConnectError": "no connection",
    "ConnectTimeout": "no connection in time",
    "ReadTimeout": "no answer in time",
    "WriteTimeout": "the call could not be sent in time",
    "PoolTimeout": "no free connection in time",
    "RemoteProtocolError": "the answer broke off",
    "ReadError": "the connection broke",
    "WriteError": "the connection broke while sending",
    "DecodingError": "the answer cannot be unpacked",
    "ProxyError": "the proxy does not let us through",
}
#: These say nothing that we sent; all others are named by their kind alone.
_SPEAKING: Final = (httpx.NetworkError, httpx.TimeoutException, httpx.RemoteProtocolError, httpx.ProxyError)
_UNTRUSTED: Final = "CERTIFICATE_VERIFY_FAILED"
_ALERT: Final = re.compile(r"_ALERT_([A-Z_]+)")
#: Alerts that end a handshake; after any other one nobody knows what became of the call.
_HANDSHAKE: Final = re.compile(
    r"_ALERT_(?:\w*CERTIFICATE\w*|UNKNOWN_CA|HANDSHAKE_FAILURE|PROTOCOL_VERSION|ACCESS_DENIED"
    r"|INSUFFICIENT_SECURITY|UNRECOGNI[SZ]ED_NAME|NO_APPLICATION_PROTOCOL)"
)


def _failure(error: Exception, *, sent: bool) -> TransportFailure:
    said = str(error).partition("\n")[0][:160] if isinstance(error, _SPEAKING) else ""
    if _UNTRUSTED in said:
        why = said.partition("certificate verify failed: ")[2].rpartition(" (_ssl")[0]
        return TransportFailure(
            f"the server's certificate is not trusted{f': {why}' if why else ''}",
            sent=sent,
            lasting=True,
            todo="Name its certificate authority in tls.ca; verification cannot be switched off",
        )
    if _HANDSHAKE.search(said):
        # With TLS 1.3 it comes only after the call was sent; the server has not looked at that.
        return TransportFailure(
            f"the server breaks TLS off: {_ALERT.findall(said)[0].replace('_', ' ').lower()}",
            sent=False,
            lasting=True,
            todo="See which client certificate and which version of TLS it wants: tls.client_cert, tls.min_version",
        )
    words = _WORDS.get(type(error).__name__, f"the call failed: {type(error).__name__}")
    return TransportFailure(f"{words} ({said})" if said else words, sent=sent, lasting=_lasting(error))


def _lasting(error: Exception) -> bool:
    """Is it the call itself that cannot be made?"""
    return isinstance(error, httpx.InvalidURL | httpx.UnsupportedProtocol | httpx.LocalProtocolError | ValueError)
