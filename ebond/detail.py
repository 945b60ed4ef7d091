"""Log lines for whoever looks closely.

An application that never set structlog up has not asked for them: by default structlog prints every line, and a
library that does so with each call is a nuisance, and slow.
"""

from __future__ import annotations

from typing import Any

import structlog


def note(log: Any, event: str, **facts: Any) -> None:
    """Write a line at level info, if the application has set structlog up."""
    if structlog.is_configured():
        log.info(event, **facts)


def detail(log: Any, event: str, **facts: Any) -> None:
    """Write a line at level debug, if the application has set structlog up."""
    if structlog.is_configured():
        log.debug(event, **facts)
