"""Mapping: from what one system shows to what the other side takes. Pure and compiled once."""
