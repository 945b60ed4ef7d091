"""What a strict gateway counts: calls in any window, and tokens it handed out."""

from __future__ import annotations

import math
from collections import deque
from typing import Any


class Strict:
    """Refuses the call too many in any stretch of ``per`` seconds, and takes down when the others came."""

    def __init__(self, calls: int = 0, per: float = 0.0, *, lifetime: int = 86_400) -> None:
        """Count ``calls`` in any ``per`` seconds, or nothing where that is 0; tokens live ``lifetime`` seconds."""
        self.calls, self.per, self.lifetime = calls, per, lifetime
        self.refused = 0
        """Calls that were answered 429."""
        self._window: deque[float] = deque()
        self._calls: list[float] = []
        self._tokens: list[float] = []

    def admits(self, now: float) -> bool:
        """May this call be answered? Without a limit every call may, and none is taken down."""
        if not self.calls:
            return True
        while self._window and self._window[0] <= now - self.per:
            self._window.popleft()
        if len(self._window) >= self.calls:
            self.refused += 1
            return False
        self._window.append(now)
        self._calls.append(now)
        return True

    def retry_after(self, now: float) -> int:
        """Return the whole seconds after which there is room again."""
        return math.ceil(self._window[0] + self.per - now) if self._window else 1

    def token(self, now: float) -> None:
        """Take down that a token was handed out."""
        self._tokens.append(now)

    def log(self) -> dict[str, Any]:
        """Return when calls were answered and tokens handed out (seconds, monotonic), and how many were refused."""
        return {"calls": self._calls, "tokens": self._tokens, "refused": self.refused}
