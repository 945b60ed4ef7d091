"""Seen from outside: metrics, liveness and readiness of each process of the fleet."""
