"""The bars that are counted inside the process: p95, queries and JavaScript per page, write to findable.

Called by `tests.bars`; prints one JSON: rows of name, figure and bar, or with `--addresses` the main pages by role.
"""

import gzip
import json
import re
import sys
import time
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django must be set up first
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import reverse  # noqa: E402

from backend.accounts.actor import actor_of  # noqa: E402
from backend.accounts.models import User  # noqa: E402
from backend.applications.models import Application  # noqa: E402
from backend.common import outbox, warming, worker  # noqa: E402
from backend.demo import people  # noqa: E402
from backend.positions.domain import INDEX_TOPIC  # noqa: E402
from backend.positions.enums import PositionStatus  # noqa: E402
from backend.positions.models import Position  # noqa: E402
from fairs.models import Booth, Fair, FairRegistration  # noqa: E402
from tests.bars import p95  # noqa: E402

WORD = "量子咖啡品鉴"
ROUNDS = 41
QUERIES = 12
MILLISECONDS = 120
KILOBYTES = 60
FRAME = re.compile(r"BEGIN|COMMIT|SAVEPOINT|RELEASE SAVEPOINT")
"""What only frames a transaction reads and writes nothing, and is not counted as a query."""
LAZY = re.compile(r'import\("\./([\w.-]+?)(?:\.[0-9a-f]{12})?\.js"\)')


def addresses() -> dict[str, list[str]]:
    """The main pages of each role, at the live fair and the rows of this demo."""
    actors = {account.role: actor_of(User.objects.get(email=account.email)) for account in people.accounts()}
    student, recruiter = actors["student"], actors["recruiter"]
    fair = Fair.objects.get(status="live")
    booth = Booth.objects.filter(fair=fair, company_id=recruiter.company_id).get()
    FairRegistration.objects.get_or_create(fair=fair, student_id=student.student_id)
    own = Position.objects.filter(company_id=recruiter.company_id, status=PositionStatus.PUBLISHED)
    position = Position.objects.filter(status=PositionStatus.PUBLISHED).order_by("pk").first()
    mine = Application.objects.filter(student_id=student.student_id).first()
    theirs = Application.objects.filter(position__company_id=recruiter.company_id).first()
    at = reverse
    return {
        "student": [
            "/", at("positions:search"), f"{at('positions:search')}?q=%E4%BC%9A%E8%AE%A1",
            at("positions:detail", args=[position.pk]), at("recommendations:matches"), at("applications:list"),
            at("applications:detail", args=[mine.pk]), at("students:profile"), at("fairs:list"),
            at("fairs:detail", args=[fair.pk]), at("fairs:hall", args=[fair.pk]), at("fairs:lines", args=[fair.pk]),
            at("notifications:list"),
        ],
        "recruiter": [
            "/", at("companies:home"), at("positions:list"), at("positions:company_detail", args=[own.first().pk]),
            at("applications:list"), at("applications:detail", args=[theirs.pk]),
            at("applications:slots", args=[own.first().pk]), at("fairs:list"), at("fairs:booths_mine"),
            at("fairs:console", args=[booth.pk]),
        ],
        "staff": [
            "/", at("companies:staff_list"), at("companies:staff_detail", args=[recruiter.company_id]),
            at("positions:staff_list"), at("positions:staff_detail", args=[own.first().pk]), at("students:list"),
            at("applications:list"), at("applications:overdue"), at("insights:ratio"), at("fairs:list"),
            at("fairs:booths", args=[fair.pk]), at("fairs:control", args=[fair.pk]), at("fairs:report", args=[fair.pk]),
        ],
        "operator": ["/", at("notifications:deliveries"), at("audit:trail")],
    }  # fmt: skip


def pages() -> list[tuple[str, float, float]]:
    """p95, queries and JavaScript of each main page for a signed-in person, sessions included."""
    settings.ALLOWED_HOSTS.append("testserver")
    warming.run()  # as every process that serves has done
    accounts = {account.role: account for account in people.accounts()}
    rows: list[tuple[str, float, float]] = []
    for role, paths in addresses().items():
        client = Client()
        client.force_login(
            User.objects.get(email=accounts[role].email), backend=settings.AUTHENTICATION_BACKENDS[-1]
        )
        for path in paths:
            rows += page(client, path, role)
    return rows


def page(client: Client, path: str, role: str) -> list[tuple[str, float, float]]:
    """One page, asked for again and again; the queries are those of one warm request."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        response = client.get(path)
        seconds.append(time.perf_counter() - started)
        assert response.status_code == 200, (role, path, response.status_code)
    with CaptureQueriesContext(connection) as seen:
        response = client.get(path)
    sent = javascript(response.content.decode()) / 1000
    return [
        (f"p95 of {path} as {role}, ms", p95(seconds), MILLISECONDS),
        (f"queries of {path} as {role}", sum(not FRAME.match(q["sql"]) for q in seen), QUERIES),
        (f"JavaScript of {path} as {role}, kB gzip", round(sent, 1), KILOBYTES),
    ]


def javascript(html: str) -> int:
    """Bytes of the page's scripts as they are sent, with those they fetch later."""
    files = [
        Path(settings.STATIC_ROOT) / src for src in re.findall(r'<script[^>]*src="/static/([^"]+)"', html)
    ]
    for file in list(files):
        files += [file.parent / f"{name}.js" for name in LAZY.findall(file.read_text(encoding="utf-8"))]
    return sum(len(gzip.compress(file.read_bytes())) for file in files)


def findable() -> tuple[str, float, float]:
    """Seconds from the commit of a change to the search that finds it, through the worker's loop."""
    stop = worker.start_thread()
    client = Client()
    with transaction.atomic():
        position = Position.objects.filter(status=PositionStatus.PUBLISHED).order_by("id").first()
        Position.objects.filter(pk=position.pk).update(title=WORD, version=position.version + 1)
        outbox.put(INDEX_TOPIC, {"position": position.pk}, dedupe_key=str(position.pk))
    started = time.monotonic()
    while f"/positions/{position.pk}/" not in client.get("/positions/", {"q": WORD}).content.decode():
        if time.monotonic() - started > 30:
            break
        time.sleep(0.05)
    stop.set()
    return ("write to findable, s", round(time.monotonic() - started, 2), 2)


if __name__ == "__main__":
    print(json.dumps(addresses() if "--addresses" in sys.argv else [*pages(), findable()]))
