"""The fleet: dramatiq workers over Redis, and the APScheduler process that asks for runs.

The database is the truth, Redis a doorbell: a message carries a bond's name and says "look". Whatever is lost of it
is rung again by the sweep, which finds in the database what waits. This package imports ebond, never the reverse.
"""
