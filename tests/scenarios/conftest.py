"""Worlds for the scenarios."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import structlog

from tests.scenarios.life_stories import Story, Tale
from tests.scenarios.world import World


@pytest.fixture
def world() -> Iterator[Callable[..., World]]:
    """Make worlds that are closed at the end."""
    made: list[World] = []

    def make(*args: Any, **kwargs: Any) -> World:
        made.append(World(*args, **kwargs))
        return made[-1]

    with structlog.testing.capture_logs():
        yield make
    for one in made:
        one.close()


@pytest.fixture
def tell() -> Iterator[Callable[[Story], Tale]]:
    """Begin stories that are closed at the end."""
    with structlog.testing.capture_logs(), ExitStack() as stack:

        def begin(story: Story) -> Tale:
            tale = story.begin()
            stack.callback(tale.life.close)
            return tale

        yield begin
