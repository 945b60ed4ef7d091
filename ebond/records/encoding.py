"""Bodies as a resource wants them written: in a list, or as a form. Plain JSON goes through as it is."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ebond.definitions.system import Encoding, Resource
from ebond.gateway.form import TYPE
from ebond.gateway.wire import Answer, Request
from ebond.records.feed import Sender

_WRITES: Final = frozenset({"create", "update"})


def encoded(sender: Sender, resource: Resource) -> Sender:
    """Return what sends the calls of a resource with their bodies as it wants them."""
    return sender if resource.encoding == Encoding() else EncodedSender(sender, resource.encoding)


class EncodedSender:
    """Writes bodies in the encoding of one resource."""

    def __init__(self, sender: Sender, encoding: Encoding) -> None:
        self._sender, self._encoding = sender, encoding

    def send(self, request: Request) -> Answer:
        """Send a request, its body in the resource's encoding."""
        if request.json is None:
            return self._sender.send(request)
        if self._encoding.in_list and request.operation in _WRITES:
            request = replace(request, json=[request.json])
        if self._encoding.kind == "form":
            request = replace(request, form=self._encoding.field or "", media_type=TYPE)
        return self._sender.send(request)
