"""Proving that a two-way value map loses nothing, or says which way a collapse goes."""

from __future__ import annotations

from collections.abc import Sequence

from ebond.definitions.mapping import Direction, Pair


def faults(pairs: Sequence[Pair], direction: Direction) -> list[tuple[int, str, str]]:
    """Return (index of the pair, what is wrong, what to do) for every pair that breaks the proof.

    To the right the pairs must be a function of the left values, to the left one of the right values; a pair with
    ``only`` counts for that way alone. Then what crosses in both directions comes back as it was.
    """
    found = []
    if direction in ("both", "to_right"):
        found += _twice(pairs, "right")
    if direction in ("both", "to_left"):
        found += _twice(pairs, "left")
    for index, pair in enumerate(pairs):
        if pair.only is not None and direction not in ("both", pair.only):
            found.append((index, f"the field goes {direction} only, so this pair is never used", "remove it"))
    return sorted(found)


def _twice(pairs: Sequence[Pair], target: str) -> list[tuple[int, str, str]]:
    """Find values that would go to two values of the target side."""
    first: dict[str, tuple[int, str]] = {}
    found = []
    for index, pair in enumerate(pairs):
        if pair.only not in (None, f"to_{target}"):
            continue
        source, result = (pair.left, pair.right) if target == "right" else (pair.right, pair.left)
        side = "left" if target == "right" else "right"
        if source not in first:
            first[source] = (index, result)
            continue
        earlier = first[source][1]
        if earlier == result:
            found.append((index, f"{side} {source!r} ↔ {result!r} stands here twice", "keep one of them"))
            continue
        back = "to_left" if target == "right" else "to_right"
        found.append(
            (
                index,
                f"{side} {source!r} would go to both {earlier!r} and {result!r}",
                f"say `only: {back}` on all but the one that it comes back to",
            )
        )
    return found
