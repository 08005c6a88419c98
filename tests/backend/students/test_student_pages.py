"""Pages of students: every address for every role, forms without JavaScript, hostile text, downloads."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape
from openpyxl import load_workbook

from backend.accounts.models import User
from backend.common import clock
from backend.students.models import DisclosureGrant, Experience, ProfileView, Resume, RosterImport, Student
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.students import (
    DisclosureGrantFactory,
    ExperienceFactory,
    ResumeFactory,
    StudentFactory,
)

HOSTILE = "<script>alert('x')</script>"
ROWS = (Student, Experience, Resume, DisclosureGrant, RosterImport, ProfileView)


def browser(world, who: str) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    if who == "newcomer":
        client.force_login(UserFactory())
    elif who == "operator":
        client.force_login(MembershipFactory(operator=True).user)
    elif who != "nobody":
        client.force_login(User.objects.get(pk=getattr(world, who).user_id))
    return client


PEOPLE = ("nobody", "newcomer", "student_actor", "recruiter", "staff", "dean", "operator")
OWN = {"nobody": 302, "student_actor": 200}
STAFF = {"nobody": 302, "staff": 200, "dean": 200}
PAGES = {
    "/me/": OWN,
    "/me/profile/": OWN,
    "/me/experiences/new/": OWN,
    "/me/resumes/": OWN,
    "/me/visibility/": OWN,
    "/me/consents/": OWN,
    "/me/seen/": OWN,
    "/students/": STAFF,
    "/students/queue/": STAFF,
    "/students/export/": STAFF,
    "/students/rosters/": STAFF,
    "/students/rosters/template/": STAFF,
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_answers_its_roles_and_nobody_else(world, path):
    answers = {who: browser(world, who).get(path).status_code for who in PEOPLE}
    assert answers == {who: PAGES[path].get(who, 403) for who in PEOPLE}


@pytest.mark.parametrize(
    ("path", "answers"),
    [
        ("/me/claim/", {"nobody": 302, "newcomer": 200, "student_actor": 302, "staff": 200}),
        ("/me/register/", {"nobody": 302, "newcomer": 200, "student_actor": 302, "staff": 200}),
    ],
)
def test_the_ways_in(world, path, answers):
    assert {who: browser(world, who).get(path).status_code for who in answers} == answers


def test_one_student_for_each_role(world):
    answers = {who: browser(world, who).get(f"/students/{world.student.pk}/").status_code for who in PEOPLE}
    assert answers == {
        "nobody": 302,
        "newcomer": 403,
        "student_actor": 403,
        "recruiter": 200,
        "staff": 200,
        "dean": 200,
        "operator": 403,
    }
    assert browser(world, "other_staff").get(f"/students/{world.student.pk}/").status_code == 404


POSTS = [
    "/me/experiences/{experience}/remove/",
    "/me/resumes/{resume}/remove/",
    "/me/consents/{grant}/revoke/",
    "/students/{student}/decide/",
    "/students/rosters/{roster}/decide/",
]


@pytest.fixture
def rows(world) -> dict[str, int]:
    """One row of everything an address can name."""
    return {
        "experience": ExperienceFactory(student=world.student).pk,
        "resume": ResumeFactory(student=world.student).pk,
        "grant": DisclosureGrantFactory(student=world.student, company=world.company).pk,
        "student": world.student.pk,
        "roster": RosterImport.objects.create(
            school=world.school,
            file_name="a.csv",
            uploaded_by_id=world.staff.user_id,
            counts={"new": 0, "changed": 0, "same": 0, "bad": 0},
        ).pk,
    }


@pytest.mark.parametrize("path", POSTS)
def test_what_changes_something_is_a_post_by_the_right_person(world, rows, path):
    address = path.format(**rows)
    owner = "student_actor" if path.startswith("/me/") else "staff"
    assert browser(world, owner).get(address).status_code == 405
    before = contents(*ROWS)
    for who in ("nobody", "newcomer", "recruiter", "other_staff"):
        assert browser(world, who).post(address, {}).status_code in {302, 403, 404}
    assert contents(*ROWS) == before


@pytest.mark.parametrize("path", [path for path in POSTS if path.startswith("/me/")])
def test_another_student_reaches_nothing_of_mine(world, rows, path):
    other = MembershipFactory(
        of_student=True, student=StudentFactory(school=world.school, major=world.student.major)
    )
    client = Client()
    client.force_login(other.user)
    before = contents(*ROWS)
    assert client.post(path.format(**rows)).status_code == 404
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("/me/profile/", {"skills": "x", "email": "nobody"}, ["email"]),
        ("/me/profile/", {"skills": "技" * 41}, ["skills"]),
        ("/me/profile/", {"skills": "x", "wanted_cities": "亚特兰蒂斯"}, ["wanted_cities"]),
        ("/me/profile/", {"skills": "x", "salary_floor": "-1"}, ["salary_floor"]),
        ("/me/experiences/new/", {"title": "x"}, ["organisation", "started_on"]),
        (
            "/me/experiences/new/",
            {"title": "x", "organisation": "y", "started_on": "2025-02-01", "ended_on": "2025-01-01"},
            ["ended_on"],
        ),
        ("/me/visibility/", {"visibility": "naked"}, ["visibility"]),
        ("/me/consents/", {"purpose": "contact"}, ["company", "fields_open", "until"]),
        ("/me/resumes/", {"title": "x"}, ["file"]),
    ],
)
def test_a_wrong_form_is_shown_again_with_its_sentences(world, path, body, wrong):
    client = browser(world, "student_actor")
    before = contents(*ROWS)
    answer = client.post(path, body)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, wrong)
    assert contents(*ROWS) == before


def test_the_forms_write_and_lead_back(world, frozen_now):
    client = browser(world, "student_actor")
    posts = [
        ("/me/profile/", {"skills": "Java、SQL", "wanted_cities": "苏州"}, "/me/"),
        (
            "/me/experiences/new/",
            {"title": "测试员", "organisation": "示例公司", "started_on": "2025-02-01"},
            "/me/",
        ),
        ("/me/visibility/", {"visibility": "anonymous", "seeking": "on"}, "/me/visibility/"),
        (
            "/me/consents/",
            {
                "company": world.company.pk,
                "fields_open": ["name", "email"],
                "purpose": "contact",
                "until": "2026-03-31",
            },
            "/me/consents/",
        ),
    ]
    for path, body, target in posts:
        answer = client.post(path, body)
        assert (path, answer.status_code, answer.headers.get("Location")) == (path, 302, target)
    world.student.refresh_from_db()
    assert (world.student.skills, world.student.wanted_cities) == (["Java", "SQL"], ["320500"])
    assert (world.student.visibility, world.student.seeking, world.student.personalised) == (
        "anonymous",
        True,
        False,
    )
    assert list(Experience.objects.values_list("title", "ended_on")) == [("测试员", None)]
    assert list(DisclosureGrant.objects.values_list("fields", flat=True)) == [["name", "email"]]


@pytest.mark.parametrize("body", [{"fields_open": ["resume"]}, {"until": "2020-01-01"}])
def test_terms_the_domain_refuses_stand_beside_their_field(world, frozen_now, body):
    right = {
        "company": world.company.pk,
        "fields_open": ["name"],
        "purpose": "contact",
        "until": "2026-03-31",
    }
    answer = browser(world, "student_actor").post("/me/consents/", right | body)
    field = "resume" if "fields_open" in body else "until"
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert DisclosureGrant.objects.count() == 0


def test_companies_offered_for_consent_are_those_that_can_be_reached(world):
    for state in ("submitted", "rejected", "suspended", "expired"):
        CompanyFactory(school=world.school, **{state: True})
    CompanyFactory(verified=True)
    form = browser(world, "student_actor").get("/me/consents/").context["form"]
    assert list(form.fields["company"].queryset) == [world.company]


def test_hostile_text_is_shown_as_text(world):
    Student.objects.filter(pk=world.student.pk).update(
        name=HOSTILE, about=HOSTILE, skills=[HOSTILE], certificates=[HOSTILE], status_reason=HOSTILE
    )
    ExperienceFactory(student=world.student, title=HOSTILE, organisation=HOSTILE, description=HOSTILE)
    ResumeFactory(student=world.student, title=HOSTILE)
    for who, path in (
        ("student_actor", "/me/"),
        ("student_actor", "/me/profile/"),
        ("student_actor", "/me/resumes/"),
        ("staff", "/students/"),
        ("staff", f"/students/{world.student.pk}/"),
        ("recruiter", f"/students/{world.student.pk}/"),
    ):
        page = browser(world, who).get(path).content.decode()
        assert HOSTILE not in page, path
        assert escape(HOSTILE) in page, path


@pytest.mark.parametrize("text", [HOSTILE, "%", "' OR 1=1 --", "_", "\\"])
def test_a_hostile_search_finds_nobody(world, text):
    answer = browser(world, "staff").get("/students/", {"text": text})
    assert (answer.status_code, len(answer.context["rows"])) == (200, 0)
    assert HOSTILE not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 1),
        ({"text": "李"}, 1),
        ({"text": "2023"}, 1),
        ({"text": "软件"}, 1),
        ({"text": "王"}, 0),
        ({"status": "confirmed"}, 1),
        ({"status": "pending"}, 0),
        ({"status": "nonsense"}, 1),
        ({"year": "2026"}, 1),
        ({"year": "2027"}, 0),
        ({"year": "x"}, 1),
        ({"page": "99"}, 1),
        ({"page": "x"}, 1),
    ],
)
def test_staff_search_and_wrong_entries_are_left_out(world, query, count):
    answer = browser(world, "staff").get("/students/", query)
    assert (answer.status_code, len(answer.context["rows"])) == (200, count)


def test_the_export_holds_whole_rows_as_text(world):
    Student.objects.filter(pk=world.student.pk).update(name="=1+1", phone="+86 139", email="")
    answer = browser(world, "staff").get("/students/export/")
    assert answer["Content-Disposition"] == f'attachment; filename="students-{clock.today()}.xlsx"'
    assert answer["Cache-Control"] == "private, no-store"
    sheet = load_workbook(io.BytesIO(answer.content)).active
    header, row = list(sheet.iter_rows())
    assert [cell.value for cell in header] == [
        "学号",
        "姓名",
        "院系",
        "专业",
        "班级",
        "学历",
        "毕业年份",
        "邮箱",
        "手机",
        "状态",
    ]
    assert [cell.value for cell in row][:4] == ["20230001", "=1+1", world.department.name, "软件技术"]
    assert {cell.data_type for cell in row if cell.value} <= {"s", "n"}


def test_problems_of_a_roster_come_as_a_spreadsheet(world, rows):
    RosterImport.objects.filter(pk=rows["roster"]).update(
        problems=[{"row": 2, "column": "学号", "value": "=cmd|' /C calc'!A0", "remedy": "x"}]
    )
    answer = browser(world, "staff").get(f"/students/rosters/{rows['roster']}/problems/")
    cells = next(load_workbook(io.BytesIO(answer.content)).active.iter_rows(min_row=2))
    assert [(cell.value, cell.data_type) for cell in cells] == [
        (2, "n"),
        ("学号", "s"),
        ("=cmd|' /C calc'!A0", "s"),
        ("x", "s"),
    ]
    stranger = browser(world, "other_staff")
    assert stranger.get(f"/students/rosters/{rows['roster']}/problems/").status_code == 404


def test_a_resume_is_an_attachment_under_a_strict_policy(world):
    resume = ResumeFactory(student=world.student, title='我的"简历"\r\nX-Evil: 1')
    answer = browser(world, "student_actor").get(f"/resumes/{resume.pk}/")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "X-Evil" not in answer.headers
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content == b"%PDF-1.4\n%%EOF\n"


@pytest.mark.parametrize(
    ("who", "status", "looks"),
    [
        ("nobody", 302, 0),
        ("newcomer", 404, 0),
        ("recruiter", 404, 0),
        ("other_staff", 404, 0),
        ("operator", 200, 0),
        ("staff", 200, 0),
        ("dean", 200, 0),
    ],
)
def test_who_opens_a_resume_without_consent(world, who, status, looks):
    resume = ResumeFactory(student=world.student)
    assert browser(world, who).get(f"/resumes/{resume.pk}/").status_code == status
    assert ProfileView.objects.count() == looks


def test_a_company_opens_the_resume_a_consent_names_and_is_counted(world):
    resume = ResumeFactory(student=world.student)
    DisclosureGrantFactory(student=world.student, company=world.company, fields=["resume"], resume=resume)
    assert browser(world, "recruiter").get(f"/resumes/{resume.pk}/").status_code == 200
    assert list(ProfileView.objects.values_list("company_id", "count", "where")) == [
        (world.company.pk, 1, "resume")
    ]
    DisclosureGrant.objects.update(revoked_at=clock.now())
    assert browser(world, "recruiter").get(f"/resumes/{resume.pk}/").status_code == 404


def test_deciding_on_the_page(world):
    Student.objects.filter(pk=world.student.pk).update(status="pending")
    staff = browser(world, "staff")
    address = f"/students/{world.student.pk}/decide/"
    refusal = staff.post(address, {"decision": "refuse", "reason": ""})
    assert (refusal.status_code, list(refusal.context["refusal"].errors)) == (422, ["reason"])
    assert staff.post(address, {"decision": "confirm"})["Location"] == "/students/queue/"
    world.student.refresh_from_db()
    assert world.student.status == "confirmed"
    assert staff.post(address, {"decision": "confirm"}).status_code == 409


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        ("a.csv", b"", 422),
        ("a.xlsx", b"PK\x03\x04 broken", 422),
        ("a.csv", "学号,姓名\n1,王".encode(), 422),
        ("a.csv", "学号,姓名,专业,学历,毕业年份\n1,王,软件技术,大专,2026".encode(), 302),
    ],
)
def test_a_roster_on_the_page(world, name, data, status):
    answer = browser(world, "staff").post("/students/rosters/", {"file": SimpleUploadedFile(name, data)})
    assert answer.status_code == status
    assert RosterImport.objects.count() == (1 if status == 302 else 0)


def test_forms_carry_the_token_and_need_it(world):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(pk=world.student_actor.user_id))
    for path in ("/me/profile/", "/me/visibility/", "/me/consents/", "/me/resumes/"):
        assert "csrfmiddlewaretoken" in strict.get(path).content.decode()
        assert strict.post(path, {"visibility": "visible"}).status_code == 403
