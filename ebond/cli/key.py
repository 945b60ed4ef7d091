"""``ebond key``: a fresh key for the tokens that a fleet shares."""

from __future__ import annotations

import typer

from ebond.shared.vault import new_key


def key() -> None:
    """Print a fresh key for EBOND_KEY, which seals the tokens that a fleet shares.

    To change keys without a gap, give several, split by commas: first old,new everywhere, then new,old, then new.
    """
    typer.echo(new_key())
