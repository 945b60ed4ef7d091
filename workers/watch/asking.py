"""Asking an endpoint: for a container's health check, where there is no curl."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

from ebond.errors import UsageError

#: Seconds that an answer may take; a process is asked what it needs for one of them.
PATIENCE: Final = 3.0


def is_healthy(url: str) -> bool:
    """Does this answer with 200? Raises UsageError for what is no http URL; no proxy is asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    except ValueError:
        host, port = None, 80
    if host is None or parts.scheme != "http":
        raise UsageError(f"{url} is no URL that can be asked", todo="Give http://HOST:PORT/livez")
    connection = HTTPConnection(host, port, timeout=PATIENCE)
    try:
        connection.request("GET", parts.path or "/livez")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
