"""A help desk without a change feed: django-helpdesk, with one queue and one account each for ebond and for people."""

from __future__ import annotations

from typing import Final

#: Where the API lies on the help desk's own server.
PATH: Final = "/helpdesk/api"
SERVICE: Final = ("ebond", "demo-service")
PERSON: Final = ("carol", "demo-carol")


def fill() -> None:
    """Make the tables, the queue, the field for ebond's correlation and the accounts; Django has to be set up."""
    from django.contrib.auth import get_user_model  # noqa: PLC0415  # only where Django is set up
    from django.core.management import call_command  # noqa: PLC0415  # likewise
    from helpdesk.models import CustomField, Queue  # noqa: PLC0415  # likewise

    call_command("migrate", verbosity=0, run_syncdb=True)
    for name, password in (SERVICE, PERSON):
        # The name is all that tells them apart: tickets are seen by every member of staff.
        get_user_model().objects.create_superuser(name, f"{name}@helpdesk.example", password)
    CustomField.objects.create(name="external_ref", label="External", data_type="varchar", max_length=64)
    Queue.objects.create(title="Incidents", slug="incidents")
