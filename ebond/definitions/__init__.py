"""Definitions: the YAML that operators write, as closed and checked models."""

from ebond.definitions.catalogue import Definitions
from ebond.definitions.loader import load
from ebond.definitions.secrets import missing_secrets, secrets_of

__all__ = ["Definitions", "load", "missing_secrets", "secrets_of"]
