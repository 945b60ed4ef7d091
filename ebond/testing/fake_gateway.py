"""An API gateway in memory: a token endpoint, bearer checks, a quota by fixed windows, base paths."""

from __future__ import annotations

import base64
import binascii
import math
from collections import Counter
from collections.abc import Mapping
from threading import RLock
from typing import Any, Final, Literal
from urllib.parse import parse_qs, unquote_plus, urlsplit

import orjson

from ebond.clock import Clock
from ebond.definitions.gateway import Gateway
from ebond.gateway.wire import Raw, RawAnswer
from ebond.secrets import Secret, SecretRef
from ebond.testing.faults import App

ClientAuth = Literal["raw", "rfc6749", "body"]
CLIENT: Final = "ebond"
SECRET: Final = "s3cret:with/odd%41+chars"
"""Odd on purpose: colons, slashes and percent signs are where Basic headers differ."""
BACKEND: Final = "http://backend.internal:8080"


class FakeGateway:
    """Serves applications under base paths, behind 2-legged OAuth.

    ``calls`` counts by what became of them: token, token_refused, passed, unauthorised, throttled, no_path.
    ``ttl`` is how long a token really works, ``expires_in`` what the token answer says of it (None: nothing;
    a text as some gateways do).
    """

    def __init__(
        self,
        mounts: Mapping[str, App],
        *,
        clock: Clock,
        client_auth: ClientAuth = "raw",
        expires_in: int | str | None = 3600,
        ttl: float = 3600.0,
        quota: tuple[int, float] | None = None,
        single_session: bool = False,
        base_url: str = "https://gateway.test",
    ) -> None:
        self.mounts = dict(mounts)
        self.clock = clock
        self.client_auth = client_auth
        self.expires_in = expires_in
        self.ttl = ttl
        self.quota = quota
        self.single_session = single_session
        self.base_url = base_url
        self.secret = SECRET
        self.calls: Counter[str] = Counter()
        self.times: list[float] = []
        self._lock = RLock()
        self._tokens: dict[str, float] = {}
        self._window: tuple[float, int] = (0.0, 0)

    def __call__(self, raw: Raw) -> RawAnswer:
        """Answer one call to the gateway's own address."""
        url = urlsplit(raw.url)
        headers = {name.lower(): value for name, value in raw.headers.items()}
        with self._lock:
            if url.path == "/oauth/token":
                return self._token(raw, headers)
            refusal = self._unauthorised(headers) or self._throttled()
            if refusal is not None:
                return refusal
            base = self._mount(url.path)
            if base is None:
                return self._answer(404, "no_path", {"code": 60, "message": "Resource not found"})
            self.calls["passed"] += 1
            number = self.calls.total()
        onward = {name: value for name, value in raw.headers.items() if name.lower() != "authorization"}
        address = BACKEND + url.path[len(base) :] + (f"?{url.query}" if url.query else "")
        real = self.mounts[base](Raw(raw.method, address, onward, raw.content))
        return RawAnswer(real.status, {**real.headers, "x-oapi-request-id": f"gw-{number}"}, real.content)

    def revoke(self) -> None:
        """Revoke every token that was given out."""
        with self._lock:
            self._tokens.clear()

    def busiest(self, per: float) -> int:
        """Return the most calls that passed the token check in any window of this length."""
        times = sorted(self.times)
        return max((sum(1 for t in times if start <= t < start + per) for start in times), default=0)

    def definition(self, name: str = "fake-gateway", **changes: Any) -> Gateway:
        """Return the definition of this gateway, as an operator would write it."""
        encoding = {} if self.client_auth == "body" else {"basic_encoding": self.client_auth}
        auth = {
            "kind": "oauth2_client_credentials",
            "token_url": f"{self.base_url}/oauth/token",
            "client_id": CLIENT,
            "client_secret": "env:FAKE_SECRET",
            "client_auth": "body" if self.client_auth == "body" else "basic",
            **encoding,
        }
        quota = [{"calls": self.quota[0], "per": f"{self.quota[1]:g}s"}] if self.quota else []
        document = {"version": 1, "gateway": name, "base_url": self.base_url, "auth": auth, "quota": quota}
        return Gateway.model_validate({**document, **changes})

    def resolve(self, _reference: SecretRef) -> Secret:
        """Return the secret that the definition's references name."""
        return Secret(self.secret)

    # inside

    def _token(self, raw: Raw, headers: Mapping[str, str]) -> RawAnswer:
        form = parse_qs(raw.content.decode())
        if form.get("grant_type") != ["client_credentials"]:
            return self._answer(400, "token_refused", {"error": "unsupported_grant_type"})
        if self._client(form, headers.get("authorization", "")) != (CLIENT, self.secret):
            return self._answer(401, "token_refused", {"error": "invalid_client"})
        if self.single_session:
            self._tokens.clear()
        self.calls["token"] += 1
        token = f"token-{self.calls['token']}"
        self._tokens[token] = self.clock.monotonic() + self.ttl
        body: dict[str, Any] = {"token_type": "Bearer", "access_token": token}
        if self.expires_in is not None:
            body["expires_in"] = self.expires_in
        return RawAnswer(200, {"content-type": "application/json"}, orjson.dumps(body))

    def _client(self, form: Mapping[str, list[str]], authorization: str) -> tuple[str, str]:
        if self.client_auth == "body":
            return form.get("client_id", [""])[0], form.get("client_secret", [""])[0]
        try:
            text = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        client, _, secret = text.partition(":")
        if self.client_auth == "rfc6749":
            return unquote_plus(client), unquote_plus(secret)
        return client, secret

    def _unauthorised(self, headers: Mapping[str, str]) -> RawAnswer | None:
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, 0.0) > self.clock.monotonic():
            return None
        why = {"www-authenticate": 'Bearer error="invalid_token"'}
        body = {"code": 42, "message": "Expired credentials"} if token else {"code": 40, "message": "Missing"}
        return self._answer(401, "unauthorised", body, why if token else {})

    def _throttled(self) -> RawAnswer | None:
        """Fixed windows: the count starts anew with each, so a burst over the border passes."""
        now = self.clock.monotonic()
        self.times.append(now)
        if self.quota is None:
            return None
        calls, per = self.quota
        start = now - now % per
        count = self._window[1] + 1 if self._window[0] == start and self._window[1] else 1
        self._window = (start, count)
        if count <= calls:
            return None
        rest = {"retry-after": str(math.ceil(start + per - now))}
        return self._answer(429, "throttled", {"code": 53, "message": "Too many requests"}, rest)

    def _mount(self, path: str) -> str | None:
        fitting = [base for base in self.mounts if path == base or path.startswith(base.rstrip("/") + "/")]
        return max(fitting, key=len, default=None)

    def _answer(self, status: int, kind: str, body: Any, headers: Mapping[str, str] | None = None) -> RawAnswer:
        self.calls[kind] += 1
        return RawAnswer(status, {"content-type": "application/json", **(headers or {})}, orjson.dumps(body))
