"""Django settings of the demo's gateway; what differs between starts comes in the environment."""

from __future__ import annotations

import json
import os
from typing import Any, Final

GATEWAY: Final[dict[str, Any]] = json.loads(os.environ["EBOND_DEMO_GATEWAY"])

SECRET_KEY = "demo"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
ROOT_URLCONF = "ebond.demo.gateway_urls"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
MIDDLEWARE: list[str] = []
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": GATEWAY["database"],
        "OPTIONS": {"timeout": 20},
    }
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# ratelimit wants a cache shared by processes; this gateway is one process.
SILENCED_SYSTEM_CHECKS = ["django_ratelimit.E003", "django_ratelimit.W001"]
# The tables are made as they are today: to walk through their history takes ten times as long.
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "oauth2_provider"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The default hasher costs 300 ms a token request; nothing here is worth it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
OAUTH2_PROVIDER = {
    "ACCESS_TOKEN_EXPIRE_SECONDS": GATEWAY["token_lifetime"],
    "SCOPES": {"incidents": "read and write incidents"},
    "PKCE_REQUIRED": False,
}
REVPROXY = {"QUOTE_SPACES_AS_PLUS": False}
LOGGING_CONFIG = None
