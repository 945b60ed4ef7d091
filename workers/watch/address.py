"""Where a process shows itself from outside."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """An address to serve on; without a port nothing is served, port 0 is any that is free."""

    host: str
    port: int | None

    def options(self, number: int) -> list[str]:
        """Return the options for the process of this number in a fleet on one machine: one port after another."""
        if self.port is None:
            return []
        port = self.port + number if self.port else 0
        return ["--metrics-host", self.host, "--metrics-port", str(port)]
