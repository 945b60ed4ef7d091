"""Keeping bonds in step: scan, plan, write, settle.

``plan``, ``merge``, ``settle``, ``watermark``, ``flips``, ``freshness``, ``recover`` and ``books`` decide and are
pure; ``scan``, ``pair``, ``reconcile``, ``create`` and ``run`` do.
"""
