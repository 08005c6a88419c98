"""Students over JSON: whole bodies, who is refused how, keys, pages, filters and costs."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from backend.accounts.models import User
from backend.common import clock
from backend.students.models import DisclosureGrant, Experience, ProfileView, Resume, RosterImport, Student
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.students import (
    DisclosureGrantFactory,
    ExperienceFactory,
    ResumeFactory,
    StudentFactory,
)

API = "/api/v1"
ROWS = (Student, Experience, Resume, DisclosureGrant, RosterImport, ProfileView)
NOT_FOUND = {"error": "not_found", "message": "This does not exist, or you may not see it.", "params": {}}
NOT_ALLOWED = {"error": "not_allowed", "message": "You may not do this.", "params": {}}
UNKNOWN = {"error": "not_authenticated", "message": "Sign in first.", "params": {}}
PEOPLE = ("nobody", "newcomer", "student_actor", "recruiter", "staff", "dean", "operator")


def api(world, who: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    if who == "newcomer":
        client.force_login(UserFactory())
    elif who == "operator":
        client.force_login(MembershipFactory(operator=True).user)
    elif who != "nobody":
        client.force_login(User.objects.get(pk=getattr(world, who).user_id))
    return client


OWN = {"student_actor"}
STAFF = {"staff", "dean"}
SIGNED_IN = set(PEOPLE) - {"nobody"}
READS = {
    "me/profile": OWN,
    "experiences": OWN,
    "resumes": SIGNED_IN,
    "consents": OWN,
    "profile-views": OWN,
    "students": STAFF,
    "rosters": STAFF,
}


@pytest.mark.parametrize("path", READS)
def test_each_list_answers_its_audience(world, path):
    answers = {who: api(world, who).get(f"{API}/{path}/") for who in PEOPLE}
    assert {who: answer.status_code for who, answer in answers.items()} == {
        who: 200 if who in READS[path] else 401 if who == "nobody" else 403 for who in PEOPLE
    }
    assert answers["nobody"].json() == UNKNOWN
    for who in SIGNED_IN - READS[path]:
        assert answers[who].json() == NOT_ALLOWED


WRITES = [
    ("put", "me/profile/", OWN),
    ("put", "me/visibility/", OWN),
    ("post", "experiences/", OWN),
    ("post", "resumes/", OWN),
    ("post", "consents/", OWN),
    ("post", "rosters/", STAFF),
    ("post", "students/{pk}/confirm/", STAFF),
    ("post", "students/{pk}/refuse/", STAFF),
]


@pytest.mark.parametrize(("method", "path", "audience"), WRITES)
def test_nobody_outside_the_audience_writes(world, method, path, audience):
    clients = {who: api(world, who) for who in set(PEOPLE) - audience}
    before = contents(*ROWS)
    for who, client in clients.items():
        answer = getattr(client, method)(f"{API}/{path.format(pk=world.student.pk)}", {}, format="json")
        assert (answer.status_code, answer.json()) == (
            (401, UNKNOWN) if who == "nobody" else (403, NOT_ALLOWED)
        )
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("noun", "methods"),
    [
        ("experiences", ("get", "put", "delete")),
        ("resumes", ("delete",)),
        ("consents", ("get",)),
        ("consents/{}/revoke", ("post",)),
        ("rosters", ("get",)),
        ("rosters/{}/confirm", ("post",)),
        ("rosters/{}/drop", ("post",)),
        ("students", ("get",)),
        ("students/{}/confirm", ("post",)),
    ],
)
def test_rows_of_another_school_do_not_exist(world, noun, methods):
    rows = {
        "experiences": ExperienceFactory(student=world.stranger).pk,
        "resumes": ResumeFactory(student=world.stranger).pk,
        "consents": DisclosureGrantFactory(student=world.stranger, company=world.company).pk,
        "rosters": RosterImport.objects.create(school=world.stranger.school, file_name="a").pk,
        "students": world.stranger.pk,
    }
    pk = rows[noun.split("/")[0]]
    path = noun.format(pk) if "{}" in noun else f"{noun}/{pk}"
    client = api(world, "staff" if noun.startswith(("rosters", "students")) else "student_actor")
    before = contents(*ROWS)
    body = {"title": "x", "organisation": "y", "started_on": "2025-01-01"}
    for method in methods:
        answer = getattr(client, method)(f"{API}/{path}/", body, format="json")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert contents(*ROWS) == before


def test_the_own_profile_is_exactly_this(world):
    said = {"skill_levels": {"SQL": 2}, "salary_floor": 5000, "salary_hope": 6000, "based_in": "320505"}
    Student.objects.filter(pk=world.student.pk).update(phone="13900000000", about="自述", **said)
    ExperienceFactory(student=world.student)
    resume = ResumeFactory(student=world.student)
    assert api(world, "student_actor").get(f"{API}/me/profile/").json() == {
        "id": world.student.pk,
        "name": "李晓明",
        "anonymous": False,
        "number": "20230001",
        "email": "li@students.invalid",
        "phone": "13900000000",
        "school": world.school.name,
        "department": world.department.name,
        "major": "软件技术",
        "class_name": "",
        "education": "associate",
        "graduation_year": 2026,
        "status": "confirmed",
        "visibility": "visible",
        "seeking": True,
        "about": "自述",
        "skills": ["Java", "SQL"],
        "skill_levels": {"SQL": 2},
        "certificates": [],
        "experiences": [
            {
                "title": "测试实习生",
                "organisation": "示例软件公司",
                "started_on": "2025-03-01",
                "ended_on": "2025-08-31",
                "description": "编写自动化测试",
                "occupation": "",
            }
        ],
        "wanted_occupations": [],
        "wanted_cities": ["苏州"],
        "wanted_kinds": ["Full time"],
        "salary_floor": 5000,
        "salary_hope": 6000,
        "based_in": "虎丘",
        "available_from": None,
        "resumes": [{"id": resume.pk, "title": "我的简历"}],
    }


def test_the_rows_of_each_list_are_exactly_this(world, frozen_now):
    experience = ExperienceFactory(student=world.student)
    resume = ResumeFactory(student=world.student)
    grant = DisclosureGrantFactory(student=world.student, company=world.company, resume=resume)
    look = ProfileView.objects.create(student=world.student, company=world.company, count=2)
    client = api(world, "student_actor")
    assert {
        noun: client.get(f"{API}/{noun}/").json()["results"]
        for noun in ("experiences", "resumes", "consents", "profile-views")
    } == {
        "experiences": [
            {
                "id": experience.pk,
                "title": "测试实习生",
                "organisation": "示例软件公司",
                "started_on": "2025-03-01",
                "ended_on": "2025-08-31",
                "description": "编写自动化测试",
                "occupation": None,
            }
        ],
        "resumes": [
            {
                "id": resume.pk,
                "title": "我的简历",
                "content_type": "application/pdf",
                "size": 15,
                "generated": False,
                "created_at": "2026-03-02T09:00:00+08:00",
            }
        ],
        "consents": [
            {
                "id": grant.pk,
                "company_id": world.company.pk,
                "company": world.company.name,
                "fields_open": ["name", "email", "phone"],
                "purpose": "application",
                "resume_id": resume.pk,
                "expires_at": "2026-04-01T09:00:00+08:00",
                "revoked_at": None,
            }
        ],
        "profile-views": [
            {
                "id": look.pk,
                "company_id": world.company.pk,
                "company": world.company.name,
                "day": "2026-03-02",
                "count": 2,
            }
        ],
    }


def test_staffs_row_is_exactly_this(world):
    assert api(world, "staff").get(f"{API}/students/").json()["results"] == [
        {
            "id": world.student.pk,
            "number": "20230001",
            "name": "李晓明",
            "department": world.department.name,
            "major": "软件技术",
            "education": "associate",
            "graduation_year": 2026,
            "status": "confirmed",
        }
    ]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=confirmed", 200),
        ("status=nonsense", 422),
        ("graduation_year=2026", 200),
        ("graduation_year=x", 422),
        ("education=associate", 200),
        ("education=nonsense", 422),
        ("page_size=1", 200),
        ("page_size=x", 200),
        ("cursor=x", 404),
        ("unknown=1", 200),
    ],
)
def test_filters(world, query, status):
    assert api(world, "staff").get(f"{API}/students/?{query}").status_code == status


@pytest.mark.parametrize(
    ("noun", "body", "other"),
    [
        (
            "experiences",
            {"title": "x", "organisation": "y", "started_on": "2025-01-01"},
            {"title": "z", "organisation": "y", "started_on": "2025-01-01"},
        ),
        (
            "consents",
            {"fields_open": ["name"], "purpose": "contact", "until": "2026-03-31T00:00:00Z"},
            {"fields_open": ["email"], "purpose": "contact", "until": "2026-03-31T00:00:00Z"},
        ),
    ],
)
def test_a_key_makes_one_row_and_holds_to_its_body(world, frozen_now, noun, body, other):
    client = api(world, "student_actor")
    extra = {"company_id": world.company.pk} if noun == "consents" else {}

    def send(values):
        return client.post(f"{API}/{noun}/", values | extra, format="json", HTTP_IDEMPOTENCY_KEY="k")

    first, again, different = send(body), send(body), send(other)
    assert [answer.status_code for answer in (first, again, different)] == [201, 201, 422]
    assert first.json() == again.json()
    assert different.json()["error"] == "idempotency_key_reused"
    assert {"experiences": Experience, "consents": DisclosureGrant}[noun].objects.count() == 1


def test_a_key_makes_one_roster_by_the_content_of_its_file(world):
    client = api(world, "staff")

    def send(name: str):
        table = f"学号,姓名,专业,学历,毕业年份\n1,{name},软件技术,大专,2026".encode()
        return client.post(
            f"{API}/rosters/",
            {"file": SimpleUploadedFile("a.csv", table)},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY="k",
        )

    answers = [send("王"), send("王"), send("李")]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert answers[0].json()["counts"] == {"new": 1, "changed": 0, "same": 0, "bad": 0}
    assert RosterImport.objects.count() == 1


@pytest.mark.parametrize(
    ("noun", "body", "fields"),
    [
        ("experiences", {}, ["organisation", "started_on", "title"]),
        ("experiences", {"title": "x", "organisation": "y", "started_on": "soon"}, ["started_on"]),
        (
            "experiences",
            {"title": "x", "organisation": "y", "started_on": "2025-02-01", "ended_on": "2025-01-01"},
            ["ended_on"],
        ),
        ("consents", {}, ["company_id", "fields_open", "purpose", "until"]),
        ("me/claim", {}, ["name", "number", "school_id"]),
        ("me/claim", {"school_id": 0, "number": "1", "name": "x"}, ["school_id"]),
    ],
)
def test_a_wrong_body_is_a_422_that_names_its_fields(world, noun, body, fields):
    client = api(world, "student_actor")
    before = contents(*ROWS)
    answer = client.post(f"{API}/{noun}/", body, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, fields)
    assert (answer.json()["error"], answer.json()["message"]) == ("invalid", "Some entries need correcting.")
    assert contents(*ROWS) == before


def test_conflicts_are_409_with_their_code(world, frozen_now):
    grant = DisclosureGrantFactory(student=world.student, company=world.company, revoked_at=clock.now())
    student, staff = api(world, "student_actor"), api(world, "staff")
    claim = {"school_id": world.school.pk, "number": "1", "name": "x"}
    answers = [
        student.post(f"{API}/consents/{grant.pk}/revoke/"),
        student.post(f"{API}/me/claim/", claim, format="json"),
        student.put(f"{API}/me/profile/", {"version": 99}, format="json"),
        staff.post(f"{API}/students/{world.student.pk}/confirm/"),
    ]
    assert [(answer.status_code, answer.json()["error"]) for answer in answers] == [
        (409, "grant_ended"),
        (409, "already_member"),
        (409, "conflict"),
        (409, "not_pending"),
    ]


LISTS = {
    "students": "staff",
    "experiences": "student_actor",
    "resumes": "student_actor",
    "consents": "student_actor",
    "profile-views": "student_actor",
}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("noun", LISTS)
def test_a_list_costs_the_same_for_one_and_three(world, rows, noun, django_assert_num_queries):
    for n in range(rows):
        ExperienceFactory(student=world.student)
        ResumeFactory(student=world.student)
        DisclosureGrantFactory(student=world.student, company=world.company, purpose=f"application:{n}")
        ProfileView.objects.create(student=world.student, company=world.company, day=f"2026-03-0{n + 1}")
        if n:
            StudentFactory(school=world.school, major=world.student.major)
    client = api(world, LISTS[noun])
    with django_assert_num_queries(4):  # session, user, membership, rows
        assert len(client.get(f"{API}/{noun}/").json()["results"]) == rows
