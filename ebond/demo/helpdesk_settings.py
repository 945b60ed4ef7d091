"""Django settings of a django-helpdesk; what differs between starts comes in the environment."""

from __future__ import annotations

import json
import os
from typing import Any, Final

HELPDESK: Final[dict[str, Any]] = json.loads(os.environ["EBOND_DEMO_HELPDESK"])

SECRET_KEY = "demo"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
USE_TZ = True
ROOT_URLCONF = "ebond.demo.helpdesk_urls"
STATIC_URL = "/static/"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "rest_framework",
    "helpdesk",
]
SITE_ID = 1
MIDDLEWARE: list[str] = []
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HELPDESK["database"],
        "OPTIONS": {"timeout": 20},
    }
}
# The tables are made as they are today: to walk through their history takes ten times as long.
MIGRATION_MODULES = dict.fromkeys(("auth", "contenttypes", "sessions", "sites", "helpdesk"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# The default hasher costs 300 ms a call with Basic credentials; nothing here is worth it.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.BasicAuthentication"]}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
HELPDESK_TEAMS_MODE_ENABLED = False
LOGGING_CONFIG = None
