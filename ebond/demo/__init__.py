"""The demo: two real business systems behind a real OAuth2 gateway, on loopback.

Roundup (an issue tracker) and Kinto (a document store) stand behind django-oauth-toolkit, django-revproxy and
django-ratelimit. None of it is ebond's; that is the point.
"""
