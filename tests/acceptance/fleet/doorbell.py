"""Redis from outside: ringing by hand, and what nobody has heard yet."""

from __future__ import annotations

from dramatiq import Message

from workers.broker import make_broker


class Doorbell:
    """The fleet's Redis."""

    def __init__(self, url: str) -> None:
        self._broker = make_broker(url)
        self.client = self._broker.client

    def ring(self, actor: str, *ids: str) -> None:
        """Ring for an actor."""
        self._broker.declare_queue(actor)
        self._broker.enqueue(Message(queue_name=actor, actor_name=actor, args=ids, kwargs={}, options={}))

    def unheard(self, actor: str) -> int:
        """Count the rings that nobody has done with."""
        return int(self._broker.do_qsize(actor))

    def close(self) -> None:
        """Close the connection."""
        self._broker.close()
        self.client.close()
