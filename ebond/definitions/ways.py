"""Which way a rule goes, as its compilation will have it."""

from __future__ import annotations

from ebond.definitions.mapping import Direction, FieldRule


def name_of(rule: FieldRule) -> str:
    """Return the name that reports, holds and match keys use."""
    return rule.name or rule.left or rule.right or ""


def makes(rule: FieldRule, side: str) -> bool:
    """Does a constant or template make the value for a side?"""
    return getattr(rule.constant, side) is not None or getattr(rule.template, side) is not None


def way(rule: FieldRule) -> Direction:
    """Return the way a rule goes: a constant or template for a side, or a side without a field, makes it one-way."""
    if makes(rule, "right") or rule.left is None:
        return "to_right"
    if makes(rule, "left") or rule.right is None:
        return "to_left"
    return rule.direction


def writes(rule: FieldRule, side: str) -> bool:
    """Does a rule write to a side?"""
    return way(rule) in ("both", f"to_{side}")
