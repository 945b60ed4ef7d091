"""One process of a fleet that wants a token: ``python renewers.py URL PREFIX KEY CALM`` (see ``want``)."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from ebond.clock import SystemClock
from ebond.gateway.token_answer import Token
from ebond.secrets import Secret
from ebond.shared.board import Board
from ebond.shared.lifeline import Lifeline
from ebond.shared.tokens import SharedToken
from ebond.shared.vault import Vault


def want(url: str, prefix: str, key: str, calm: float) -> None:
    """Ask for the token from four threads; a request is counted on the board and takes ``calm`` seconds."""
    board, clock = Board(url, prefix=prefix), SystemClock()
    shared = SharedToken(board, Vault(Secret(key)), clock, asked_with="gw", lifeline=Lifeline())

    def fetch() -> Token:
        number = board.client.incr(board.key("test", "asked"))
        clock.sleep(calm)
        return Token(Secret(f"token-{number}"), clock.monotonic(), 3600)

    def obtain(_: int) -> str:
        proof = (Secret("s3cret"),)
        return shared.obtain(proof, lambda token: token.fresh(clock.monotonic(), 60), fetch).secret.reveal()

    with ThreadPoolExecutor(4) as pool:
        board.client.sadd(board.key("test", "got"), *pool.map(obtain, range(4)))


if __name__ == "__main__":
    want(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]))
