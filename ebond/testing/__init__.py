"""Fakes that ship with ebond: business systems, gateways, clocks and faults, all in memory and deterministic.

Third parties test their definitions with them; ebond's own tests prove the engine with them. Nothing here
is imported by the engine.
"""
