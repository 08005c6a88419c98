"""Who reads which rows of the trail: every role, in its own school and elsewhere, on the page and over JSON."""

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, SYSTEM, actor_of
from backend.audit.domain import record
from backend.audit.models import AuditEntry
from backend.audit.queries import entries_visible_to, history_of
from backend.common import clock
from backend.schools.models import School
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]

READS = {
    # who: what they read of (own school, own company, school of the alliance, foreign school, system)
    "visitor": (),
    "nobody": (),
    "student": (),
    "recruiter": (),
    "owner": (),
    "dean": (),
    "staff": ("own", "company"),
    "partner": ("alliance",),
    "foreign": ("foreign",),
    "operator": ("own", "company", "alliance", "foreign", "system"),
    "system": ("own", "company", "alliance", "foreign", "system"),
    "left": (),
    "suspended": (),
}


@pytest.fixture
def people():
    """Users by role, around one school of an alliance."""
    alliance = AllianceFactory()
    school = SchoolFactory(alliance=alliance)
    company = CompanyFactory(school=school)
    shut = MembershipFactory()
    School.objects.filter(pk=shut.school_id).update(suspended_at=clock.now(), suspended_reason="x")
    return {
        "nobody": UserFactory(),
        "student": MembershipFactory(of_student=True, student__school=school).user,
        "recruiter": MembershipFactory(recruiter=True, company=company).user,
        "owner": MembershipFactory(owner=True, company=company).user,
        "dean": MembershipFactory(school=school, department=DepartmentFactory(school=school)).user,
        "staff": MembershipFactory(school=school).user,
        "partner": MembershipFactory(school__alliance=alliance).user,
        "foreign": MembershipFactory().user,
        "operator": MembershipFactory(operator=True).user,
        "left": MembershipFactory(school=school, ended=True).user,
        "suspended": shut.user,
    }


@pytest.fixture
def rows(people):
    """One row by each who may do something, by whose it is."""
    doers = {"own": "staff", "company": "owner", "alliance": "partner", "foreign": "foreign"}
    made = {
        name: record(actor=actor_of(people[who]), verb="school.changed", target=people[who])
        for name, who in doers.items()
    }
    return made | {"system": record(actor=SYSTEM, verb="company.vetting_expired", target=people["owner"])}


def actor(people, who):
    return {"visitor": ANONYMOUS, "system": SYSTEM}.get(who) or actor_of(people[who])


def client_of(people, who, kind=Client):
    client = kind()
    if who in people:
        client.force_login(people[who])
    return client


@pytest.mark.parametrize("who", READS)
def test_the_rows_somebody_reads(people, rows, who):
    seen = set(entries_visible_to(actor(people, who)))
    assert seen == {rows[name] for name in READS[who]}


@pytest.mark.parametrize("who", READS.keys() - {"system"})
def test_the_page_shows_the_same_rows_or_does_not_exist(people, rows, who):
    answer = client_of(people, who).get("/trail/")
    if who == "visitor":
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/trail/")
    elif who == "dean":
        assert (answer.status_code, list(answer.context["rows"])) == (200, [])
    elif READS[who]:
        assert (answer.status_code, set(answer.context["rows"])) == (200, {rows[name] for name in READS[who]})
    else:
        assert answer.status_code == 404


@pytest.mark.parametrize("who", READS.keys() - {"system"})
def test_json_gives_the_same_rows_one_by_one_too(people, rows, who):
    client = client_of(people, who, APIClient)
    listed = client.get("/api/v1/trail/")
    ones = {name: client.get(f"/api/v1/trail/{row.pk}/").status_code for name, row in rows.items()}
    refusal = {"visitor": 401}.get(who, 403)
    if not READS[who] and who != "dean":
        assert (listed.status_code, set(ones.values())) == (refusal, {refusal})
        return
    assert {row["id"] for row in listed.json()["results"]} == {rows[name].pk for name in READS[who]}
    assert ones == {name: 200 if name in READS[who] else 404 for name in rows}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("who", ["staff", "operator"])
def test_nobody_changes_the_trail(people, rows, who, method):
    client = client_of(people, who, APIClient)
    before = list(AuditEntry.objects.order_by("pk").values())
    for path in ("/api/v1/trail/", f"/api/v1/trail/{rows['own'].pk}/"):
        answer = getattr(client, method)(path, {"verb": "school.painted"}, format="json")
        assert (answer.status_code, answer.json()["error"]) in [
            (405, "method_not_allowed"),
            (403, "not_allowed"),
        ]
    assert getattr(client_of(people, who), method)("/trail/").status_code == 405
    assert list(AuditEntry.objects.order_by("pk").values()) == before


def test_a_history_is_of_the_row_and_not_of_another_kind_with_its_number():
    school = SchoolFactory()
    company = CompanyFactory(pk=school.pk, school=school)
    mine = record(actor=SYSTEM, verb="school.changed", target=school)
    record(actor=SYSTEM, verb="company.updated", target=company)
    assert list(history_of(school)) == [mine]


def test_a_row_outlives_its_doer_without_the_name(people):
    staff = people["staff"]
    row = record(actor=actor_of(staff), verb="school.changed", target=staff)
    staff.delete()
    row.refresh_from_db()
    assert (row.actor_user_id, row.actor_role) == (None, "staff")
    client = client_of(people, "operator", APIClient)
    assert client.get(f"/api/v1/trail/{row.pk}/").json()["actor"] is None
