"""What a system's calls look like on the wire: base and query, headers of the contract, the body as JSON."""

from __future__ import annotations

import re
from typing import Final

import orjson

from ebond.definitions.gateway import Gateway
from ebond.definitions.system import System
from ebond.errors import ContractError
from ebond.gateway.form import form_of
from ebond.gateway.token_request import Resolve
from ebond.gateway.url import (
    clean_path,
    encode_query,
    is_absolute,
    join,
    origin,
    with_defaults,
    with_query,
    within_origin,
)
from ebond.gateway.wire import Headers, Raw, Request

_USER_AGENT: Final = "ebond"
#: What a header may carry; anything else would end it, or the request.
_VALUE: Final = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")


class Outgoing:
    """Writes the calls of one system; raises SecretError for a secret that leads nowhere."""

    def __init__(self, gateway: Gateway, system: System, resolve: Resolve) -> None:
        self._system = system
        self._base = join(gateway.base_url, system.base_path)
        self._home = "/".join(gateway.base_url.split("/", 3)[:3])
        self._origin = origin(gateway.base_url)
        secret_query, secret_headers = (
            [{name: resolve(one).reveal() for name, one in kept.items()} for kept in both]
            for both in (
                (gateway.secret_query, system.secret_query),
                (gateway.secret_headers, system.secret_headers),
            )
        )
        self._ours = frozenset(secret_query[0] | secret_query[1])
        self._query = gateway.query | system.query | secret_query[0] | secret_query[1]
        self._headers = Headers({"Accept": "application/json", "User-Agent": _USER_AGENT})
        for headers in (gateway.headers, secret_headers[0], system.headers, secret_headers[1]):
            for name, value in headers.items():
                self._headers.set(name, value)
        self.secrets = tuple(value for kept in (*secret_query, *secret_headers) for value in kept.values())
        """What must not be written down, the credentials of the call excepted."""

    def write(self, request: Request) -> Raw:
        """Return the call without request id and credentials; raises ContractError for one that cannot be sent."""
        what = f"{request.method} {request.path.partition('?')[0]} on {self._system.system}"
        if request.method not in self._system.verbs:
            raise ContractError(
                f"the contract of {self._system.system} does not allow {request.method}",
                todo=f"It allows {', '.join(self._system.verbs)}; see its 'verbs'",
            )
        headers = Headers(self._headers)
        content = b""
        if request.json is not None:
            content = _written(request, what)
            headers.set("Content-Type", request.media_type)
        elif request.upload is not None:
            # Its size is known, and not every server takes a body without.
            headers.set("Content-Type", request.media_type)
            headers.set("Content-Length", str(request.upload.size))
        if request.spool is not None:
            # As it is, or its length and digest would be those of something else.
            headers.set("Accept", "*/*")
            headers.set("Accept-Encoding", "identity")
        for name, value in request.headers.items():
            if not _VALUE.fullmatch(value):
                raise ContractError(
                    f"the header {name} of {what} cannot carry its value",
                    todo="It is made of the record's id or version: see what the system gives for those",
                )
            headers.set(name, value)
        return Raw(request.method, self._url(request), headers, content, request.upload, request.spool)

    def _url(self, request: Request) -> str:
        if is_absolute(request.path):
            url = self._home + clean_path(within_origin(request.path, self._origin))
        else:
            url = join(self._base, clean_path(request.path))
        return with_defaults(with_query(url, encode_query(request.params)), self._query, ours=self._ours)


def _written(request: Request, what: str) -> bytes:
    try:
        return orjson.dumps(request.json) if request.form is None else form_of(request.json, request.form)
    except TypeError as error:
        raise ContractError(
            f"the body of {what} cannot be written as JSON: {error}",
            todo="See which field of the mapping gives such a value",
        ) from None
