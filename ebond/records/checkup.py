"""What ``ebond check`` learns beside the records: credentials, clocks, rights, quota. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from ebond.definitions.auth import OAuth2, TokenAuth
from ebond.definitions.gateway import Gateway
from ebond.definitions.system import Resource, System
from ebond.errors import BondStopped, EbondError
from ebond.gateway.connection import GatewayConnection
from ebond.gateway.token_request import Resolve, encodings_differ
from ebond.gateway.wire import Answer, Request
from ebond.records.feed import Sender
from ebond.records.verify import Finding

#: Clocks that differ by less are in step; HTTP dates tell whole seconds, and the answer takes its time.
IN_STEP: Final = timedelta(seconds=5)
#: Signed assertions and tokens are refused by servers whose clock differs by more.
TOO_FAR: Final = timedelta(minutes=2)
_QUOTA: Final = ("ratelimit", "rate-limit", "quota")


class Listener:
    """Passes calls on, and keeps what the answers show beside their bodies."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.headers: dict[str, str] = {}
        self.server_now: datetime | None = None
        """The system's clock, as the last answer told it."""
        self.stopped = False
        """Something answered that no run could go on with."""

    def send(self, request: Request) -> Answer:
        """Send a request; raises what the sender does."""
        try:
            answer = self._sender.send(request)
        except BondStopped:
            self.stopped = True
            raise
        self.headers.update(answer.headers)
        self.server_now = answer.server_now or self.server_now
        return answer


def of_credentials(connection: GatewayConnection) -> tuple[EbondError | None, Finding]:
    """Ask for a token, where there are tokens; return why no call can be made, if so, and what there is to say."""
    try:
        connection.credentials.header()
    except EbondError as error:
        return error, Finding("error", str(error))
    granted = isinstance(connection.gateway.auth, TokenAuth)
    return None, Finding("ok", "a token is granted" if granted else "credentials need no token")


def of_encoding(gateway: Gateway, resolve: Resolve) -> Iterable[Finding]:
    """Warn of credentials that the two Basic encodings (RFC 6749, 2.3.1, and none) write differently."""
    auth = gateway.auth
    if isinstance(auth, OAuth2) and encodings_differ(auth, resolve):
        other = "raw" if auth.basic_encoding == "rfc6749" else "rfc6749"
        yield Finding(
            "warn",
            f"the client id or secret has characters that servers expect in one of two encodings; it is sent as "
            f"{auth.basic_encoding!r}: should the token be refused, set 'basic_encoding: {other}'",
        )


def of_clock(server_now: datetime | None, now: datetime) -> Iterable[Finding]:
    """Compare the Date of an answer with our clock."""
    if server_now is None:
        return
    ahead = server_now - now
    if abs(ahead) < IN_STEP:
        yield Finding("ok", "its clock and ours are in step")
        return
    where = "ahead of" if ahead > timedelta(0) else "behind"
    text = f"its clock is {abs(ahead).total_seconds():.0f} s {where} ours"
    if abs(ahead) < TOO_FAR:
        yield Finding("warn", f"{text}: see that this machine keeps its time (NTP)")
    else:
        yield Finding("error", f"{text}: tokens may be refused; set the clock that is wrong (NTP)")


def of_rights(system: System, resource: Resource, allow: str | None) -> Iterable[Finding]:
    """Compare the verbs that the contract needs with those that the system says it allows (RFC 9110, 10.2.1)."""
    writes = {part.method for part in (resource.create, resource.update) if part is not None}
    if missing := sorted(writes - set(system.verbs)):
        yield Finding(
            "error", f"the contract's verbs leave out {', '.join(missing)}, which this resource is written with"
        )
    if not writes:
        return
    if allow is None:
        names = ", ".join(sorted(writes))
        yield Finding("ok", f"reading is allowed; whether {names} is, no system tells before something is written")
        return
    allowed = {verb.strip().upper() for verb in allow.split(",")}
    if refused := sorted(writes - allowed):
        yield Finding(
            "warn", f"it says that it allows {allow}, and not {', '.join(refused)}: ask the API's team for the right"
        )
    else:
        yield Finding("ok", f"it says that it allows {', '.join(sorted(writes))}")


def of_quota(gateway: Gateway, headers: Mapping[str, str]) -> Iterable[Finding]:
    """Say which headers tell of a quota, and whether the definition reads them."""
    seen = sorted(name for name in headers if any(word in name.lower() for word in _QUOTA))
    read = gateway.rate_headers.remaining
    if read is not None and read.lower() not in headers:
        yield Finding("warn", f"answers carry no {read}, which 'rate_headers.remaining' names")
    elif seen and read is None:
        yield Finding("warn", f"answers tell of a quota ({', '.join(seen)}): name them in the gateway's 'rate_headers'")
    elif seen:
        yield Finding("ok", f"answers tell what is left of the quota: {', '.join(seen)}")
    elif not gateway.quota:
        yield Finding("warn", "no quota is defined, and answers tell of none: ask for it, and write it into 'quota'")
