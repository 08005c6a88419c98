"""The bars that must be counted inside the process: queries per page, write to findable. Called by `tests.bars`."""

import json
import time

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from backend.accounts.models import User  # noqa: E402
from backend.common import outbox, worker  # noqa: E402
from backend.demo import people  # noqa: E402
from backend.positions.domain import INDEX_TOPIC  # noqa: E402
from backend.positions.enums import PositionStatus  # noqa: E402
from backend.positions.models import Position  # noqa: E402
from tests.bars import PAGES  # noqa: E402

WORD = "量子咖啡品鉴"


def queries() -> list[tuple[str, int, int]]:
    """Queries of each main page for a signed-in person, sessions included."""
    settings.ALLOWED_HOSTS.append("testserver")
    accounts = {account.role: account for account in people.accounts()}
    rows = []
    for role, paths in PAGES.items():
        client = Client()
        client.force_login(
            User.objects.get(email=accounts[role].email), backend=settings.AUTHENTICATION_BACKENDS[-1]
        )
        for path in paths:
            client.get(path, follow=True)
            with CaptureQueriesContext(
                connection,
            ) as seen:
                response = client.get(path, follow=True)
            assert response.status_code == 200, (role, path, response.status_code)
            rows.append((f"queries of {path} as {role}", len(seen), 12))
    return rows


def findable() -> tuple[str, float, int]:
    """Seconds from the commit of a change to the search that finds it, through the worker's loop."""
    stop = worker.start_thread()
    client = Client()
    with transaction.atomic():
        position = Position.objects.filter(status=PositionStatus.PUBLISHED).order_by("id").first()
        Position.objects.filter(pk=position.pk).update(title=WORD, version=position.version + 1)
        outbox.put(INDEX_TOPIC, {"id": position.pk}, dedupe_key=str(position.pk))
    started = time.monotonic()
    while WORD not in client.get("/positions/", {"q": WORD}).content.decode().replace(f'value="{WORD}"', ""):
        if time.monotonic() - started > 30:
            break
        time.sleep(0.05)
    stop.set()
    return ("write to findable, s", round(time.monotonic() - started, 2), 2)


if __name__ == "__main__":
    print(json.dumps([*queries(), findable()]))
