"""Logs go to standard error: warnings for people, everything with ``--verbose``."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up_logs(*, verbose: bool) -> None:
    """Configure structlog for the command line; colour only on a terminal."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
