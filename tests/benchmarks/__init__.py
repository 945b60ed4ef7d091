"""What ``make bench`` measures: one file for each family of figures, against ``ebond.testing.bulk_server``.

Machines differ and are shared, so what counts are ratios of two things measured side by side.
"""
