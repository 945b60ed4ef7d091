"""The gateway's database and its clients."""

from __future__ import annotations

from typing import Any

from django.core.management import call_command
from oauth2_provider.models import Application


def create_accounts(settings: dict[str, Any]) -> None:
    """Make the tables and one client-credentials application for each client; a gateway that starts again has both."""
    call_command("migrate", verbosity=0, run_syncdb=True)
    for client_id, secret in settings["clients"]:
        Application.objects.get_or_create(
            client_id=client_id,
            defaults={
                "name": client_id,
                "client_secret": secret,
                "client_type": Application.CLIENT_CONFIDENTIAL,
                "authorization_grant_type": Application.GRANT_CLIENT_CREDENTIALS,
            },
        )
