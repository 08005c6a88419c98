"""A canary in every personal column: who meets which, on any page, in any answer, in any file.

Three neighbourhoods (tests.factories.world): one's own, next door in the same school, and another school. Every address
is read as every role, for the rows of each; the tables below are everything that was met there, so that a new page which
shows one column more, or one person more, fails.
"""

import io
import re
import zipfile
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests.architecture.asking import KINDS, WORDS, routes
from tests.factories.canaries import furnish, plant
from tests.factories.world import SIDES, World, build

ROLES = ("anonymous", "student", "owner", "staff", "department_staff")
LINK = "invitations/"  # whoever holds the link has been invited


def patterns() -> list[tuple[str, str | None]]:
    """(route, kind of the row it names) of everything that can be read."""
    found = []
    for route in routes():
        if "GET" in route.methods and not route.pattern.startswith(("admin/", LINK)):
            named = re.findall(r"<(?:\w+:)?(\w+)>", route.pattern)
            kinds = (kind for expression, kind in KINDS if re.search(expression, route.pattern))
            kind = next(kinds, "") if set(named) - set(WORDS) else None
            if kind != "":
                found.append((route.pattern, kind))
    return found


def address(pattern: str, row: Any) -> str:
    """The route with everything filled in."""
    path = re.sub(r"\(\?P(<\w+>)(?:\[[^]]*\]|[^)])*\)", r"\1", pattern)
    path = re.sub(r"[\^$]|\\Z", "", path)
    return "/" + re.sub(
        r"<(?:\w+:)?(\w+)>", lambda found: str(WORDS.get(found[1], getattr(row, "pk", 1))), path
    )


class Reader:
    """Reads addresses as a role and says which canaries stand there."""

    def __init__(self, world: World) -> None:
        self.client = Client(raise_request_exception=False)
        self.faults: list[str] = []
        self.sessions = {}
        for role in ROLES[1:]:
            client = Client()
            client.force_login(world.people[role], settings.AUTHENTICATION_BACKENDS[1])
            self.sessions[role] = client.cookies[settings.SESSION_COOKIE_NAME].value

    def canaries(self, role: str, path: str) -> set[str]:
        """The canaries in one answer; what asking wrote is undone."""
        session = self.sessions.get(role)
        self.client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: session} if session else {})
        cache.clear()
        with transaction.atomic():
            response = self.client.get(path)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            transaction.set_rollback(True)
        if response.status_code >= 500 and not path.startswith("/readyz"):
            self.faults.append(path)
        return set(re.findall(r"k(?:anarie)?\d{4}x", unpacked(content)))


def unpacked(content: bytes) -> str:
    """Text, also of an archive or a spreadsheet."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    return content.decode("utf-8", "replace")


def crawl(world: World) -> tuple[dict[tuple[str, str], set[str]], list[str]]:
    """(role, side) -> the columns of that side which the role has met anywhere; and addresses that broke."""
    planted = plant(world)
    reader, found = Reader(world), {}
    for pattern, kind in patterns():
        sides = SIDES if kind else SIDES[:1]
        for role in ROLES:
            rows = [world.pick(side, kind, role) if kind else None for side in sides]
            for path in dict.fromkeys(address(pattern, row) for row in rows):
                for canary in reader.canaries(role, path):
                    side, column = planted[canary]
                    found.setdefault((role, side), set()).add(column)
    return found, reader.faults


def columns(model: str, names: str) -> set[str]:
    return {f"{model}.{name}" for name in names.split()}


ACCOUNT = columns("accounts.user", "name email")
TEAM = ACCOUNT | {"accounts.invitation.email"}
PROFILE = columns("students.experience", "title organisation description") | columns(
    "students.student", "name about skills skill_levels certificates wanted_cities wanted_occupations"
)
CONTACT = columns("students.student", "email phone") | {"students.resume.title"}
APPLICATION = {
    "applications.application.note",
    "applications.applicationstep.message",
    "applications.offer.text",
}
TALK = {"fairs.meeting.message", "fairs.message.text", "fairs.question.text"}
# What whoever reports somebody tells the school.
REPORT = {"fairs.report.text"}
COMPANY = columns("companies.company", "contact_name contact_phone")
NOTICES = {"notifications.notification.params"}
LOOKED_FOR = {"positions.recentsearch.text"}
KEPT = columns("searches.savedsearch", "name address")
# Where one starts from in the morning is told to no company.
UNTOLD = columns("students.student", "number based_in")
SCHOOL = PROFILE | CONTACT | APPLICATION | TEAM | UNTOLD
OFFICE = COMPANY | {"audit.auditentry.reason"} | columns("students.rosterimport", "rows problems")

MET = {
    # The student: everything of oneself, nothing of anybody else.
    ("student", "own"): PROFILE
    | CONTACT
    | APPLICATION
    | TALK
    | NOTICES
    | LOOKED_FOR
    | KEPT
    | UNTOLD
    | REPORT
    | {"students.student.status_reason", "fairs.invitation.text"},
    # A company: the applicant who let it see contact data and resume, its own notes, its team.
    ("owner", "own"): PROFILE
    | CONTACT
    | APPLICATION
    | TALK
    | NOTICES
    | LOOKED_FOR
    | COMPANY
    | TEAM
    | {"applications.applicationnote.text", "fairs.meeting.note", "fairs.meeting.next_step"},
    # The school: students, applications and staff; vetting, rosters, the trail and the running of fairs only school-wide.
    ("staff", "own"): SCHOOL | OFFICE | NOTICES | LOOKED_FOR | REPORT | {"fairs.question.text"},
    ("staff", "next_door"): SCHOOL | OFFICE | REPORT | {"fairs.question.text"},
    ("department_staff", "own"): SCHOOL | NOTICES | LOOKED_FOR,
    ("department_staff", "next_door"): TEAM,
}
COLLEAGUES = {
    "student": {"the student"},
    "owner": {"the owner", "the recruiter"},
    # Whoever runs a fair sees by name who works at its booths; staff of a department only watch it.
    "staff": {"the staff", "the department_staff", "the owner", "the recruiter"},
    "department_staff": {"the staff", "the department_staff"},
}


@pytest.mark.django_db
def test_everybody_meets_exactly_what_is_theirs():
    """Anonymous visitors meet nothing, and nobody anything of another school; operators see everything, so are not asked."""
    world = build()
    furnish(world)
    found, faults = crawl(world)
    assert faults == []
    rows = {key: met for key, met in found.items() if key[1] in SIDES}
    assert rows == MET
    accounts = {key: met for key, met in found.items() if key[1] not in SIDES}
    # A recruiter who is no owner sees no less of colleagues; people of the two companies and schools never meet.
    known = {f"the {role}" for role in (*ROLES, "recruiter", "operator")}
    assert {
        role: {s for who, s in accounts if who == role and s in known} for role in COLLEAGUES
    } == COLLEAGUES
    assert all(met <= ACCOUNT for met in accounts.values())
    assert not any(role == "anonymous" for role, _side in found)


def test_what_is_read_is_enough_to_mean_something():
    """The control of the crawl: it reads lists, single rows, pages, JSON and files."""
    kinds = {kind for _pattern, kind in patterns()}
    assert {None, "student", "application", "company", "resume", "meeting", "evidence", "fair"} <= kinds
    assert len(patterns()) > 120


@pytest.mark.parametrize("packed", [False, True])
def test_a_canary_is_found_in_text_and_in_archives(packed):
    content = "姓名 kanarie0001x".encode()
    if packed:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("sheet.xml", content)
        content = target.getvalue()
    assert "kanarie0001x" in unpacked(content)
