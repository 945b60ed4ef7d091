"""Receiving what systems notify us of: ``ebond listen``."""
