"""What the processes of a fleet share of one gateway's contract: its quota, its token, a pause that one has learnt.

It lies in Redis, and only this package speaks to it. All of it may be lost at any moment without loss of data: what
cannot be shared for a while, each process does for itself, within its share.
"""
