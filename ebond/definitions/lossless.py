"""Proving that a two-way value map loses nothing, or says which way a collapse goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ebond.definitions.mapping import Direction, Pair

#: (index of the pair, what is wrong, what to do)
Fault = tuple[int, str, str]


def faults(pairs: Sequence[Pair], direction: Direction) -> list[Fault]:
    """Return what breaks the proof, pair by pair.

    To the right the pairs must be a function of the left values, to the left one of the right values; a pair with
    ``only`` counts for that way alone. Then what crosses in both directions comes back as it was.
    """
    found: list[Fault] = []
    if direction in ("both", "to_right"):
        found += _twice(pairs, "right")
    if direction in ("both", "to_left"):
        found += _twice(pairs, "left")
    for index, pair in enumerate(pairs):
        if pair.only is not None and direction not in ("both", pair.only):
            found.append((index, f"the rule goes {direction} only, so this pair is never used", "remove it"))
    return sorted(set(found))


def passing_faults(pairs: Sequence[Pair], left: Sequence[str], right: Sequence[str]) -> Iterator[Fault]:
    """Yield the pairs whose values, passed unmapped, would come back as another; for rules that go both ways.

    ``left`` and ``right`` are the values that the fields allow, empty where they allow any.
    """
    for source, allowed in (("left", left), ("right", right)):
        target = "right" if source == "left" else "left"
        mapped = {getattr(pair, source) for pair in pairs if pair.only in (None, f"to_{target}")}
        for index, pair in enumerate(pairs):
            value, back = getattr(pair, target), getattr(pair, source)
            returns = pair.only in (None, f"to_{source}") and value != back
            if returns and value not in mapped and (not allowed or value in allowed):
                yield (
                    index,
                    f"{source} {value!r} would pass as it is and come back as {back!r}",
                    f"give {value!r} a pair of its own, or say unmapped: park",
                )


def _twice(pairs: Sequence[Pair], target: str) -> Iterator[Fault]:
    """Find values that would go to two values of the target side."""
    source, back = ("left", "to_left") if target == "right" else ("right", "to_right")
    first: dict[str, str] = {}
    for index, pair in enumerate(pairs):
        if pair.only not in (None, f"to_{target}"):
            continue
        value, result = getattr(pair, source), getattr(pair, target)
        if value not in first:
            first[value] = result
        elif first[value] == result:
            yield index, f"{pair.left!r} ↔ {pair.right!r} stands here twice", "keep one of them"
        else:
            message = f"{source} {value!r} would go to both {first[value]!r} and {result!r}"
            yield index, message, f"say `only: {back}` on all but the one that it comes back to"
