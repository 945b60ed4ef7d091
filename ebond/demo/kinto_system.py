"""Kinto's settings: in memory, one bucket, one collection."""

from __future__ import annotations

from typing import Any, Final

BUCKET: Final = "partner"
COLLECTION: Final = "incidents"
#: Where the records lie on Kinto's own server.
PATH: Final = f"/v1/buckets/{BUCKET}/collections/{COLLECTION}/records"
#: Where the comments on them lie: a collection of their own.
COMMENTS: Final = f"/v1/buckets/{BUCKET}/collections/comments/records"
PEOPLE: Final = f"/v1/buckets/{BUCKET}/collections/people/records"
#: And the files, each with its content in base64.
FILES: Final = f"/v1/buckets/{BUCKET}/collections/files/records"
SERVICE: Final = ("ebond", "demo-service")
PERSON: Final = ("bob", "demo-bob")


def settings() -> dict[str, Any]:
    """Return the settings of a Kinto server that forgets everything when it ends."""
    return {
        "kinto.storage_backend": "kinto.core.storage.memory",
        "kinto.permission_backend": "kinto.core.permission.memory",
        "kinto.cache_backend": "kinto.core.cache.memory",
        "kinto.userid_hmac_secret": "demo",
        "kinto.bucket_create_principals": "system.Authenticated",
        "kinto.bucket_write_principals": "system.Authenticated",
        "kinto.bucket_read_principals": "system.Authenticated",
        "kinto.paginate_by": "1000",
        "kinto.includes": "kinto.plugins.flush",
        "multiauth.policies": "basicauth",
        "multiauth.policy.basicauth.use": "kinto.core.authentication.BasicAuthAuthenticationPolicy",
    }
