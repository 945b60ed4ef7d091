"""The tables' versions."""
