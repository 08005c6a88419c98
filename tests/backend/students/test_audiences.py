"""Visibility × consent × audience: what of a student reaches whom, with canaries in every private column."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest
from rest_framework.test import APIClient

from backend.accounts.actor import SYSTEM, Actor
from backend.accounts.enums import Role
from backend.accounts.models import User
from backend.common import clock
from backend.students import rules
from backend.students.enums import StudentStatus, Visibility
from backend.students.interfaces.serializers import ProfileSerializer, StudentRowSerializer
from backend.students.models import ProfileView, RosterImport, Student
from backend.students.queries import (
    grants_of,
    grants_visible_to,
    imports_visible_to,
    live_grants,
    pending_visible_to,
    profile_for,
    resumes_visible_to,
    students_visible_to,
    who_saw,
)
from tests.factories.applications import recruiter_actor
from tests.factories.companies import CompanyFactory
from tests.factories.schools import SchoolClassFactory
from tests.factories.students import (
    DisclosureGrantFactory,
    ExperienceFactory,
    ResumeFactory,
    StudentFactory,
)

pytestmark = pytest.mark.usefixtures("frozen_now")
CANARIES = {
    "number": "CANARYNUMBER",
    "name": "金丝雀名",
    "email": "canary-mail@students.invalid",
    "phone": "13900007777",
    "about": "金丝雀自述",
    "organisation": "金丝雀公司",
    "description": "金丝雀经历",
    "class": "金丝雀班",
    "floor": "876543",
    "hope": "987654",
    "start": "凤凰",
    "resume": "金丝雀简历",
}
EVERYTHING = set(CANARIES)
NAMED = {"name", "about", "organisation", "description"}


@pytest.fixture
def marked(world) -> Student:
    """The world's student with a canary in every column somebody should not see."""
    group = SchoolClassFactory(major=world.student.major, name=CANARIES["class"])
    Student.objects.filter(pk=world.student.pk).update(
        school_class=group,
        number=CANARIES["number"],
        name=CANARIES["name"],
        email=CANARIES["email"],
        phone=CANARIES["phone"],
        about=CANARIES["about"],
        salary_floor=int(CANARIES["floor"]),
        salary_hope=int(CANARIES["hope"]),
        based_in="433123",
    )
    ExperienceFactory(
        student=world.student,
        organisation=CANARIES["organisation"],
        description=CANARIES["description"],
    )
    ResumeFactory(student=world.student, title=CANARIES["resume"])
    world.student.refresh_from_db()
    return world.student


def leaked(actor: Actor, student: Student) -> set[str]:
    """Which canaries are in what the audience is given, as a value and as JSON."""
    profile = profile_for(actor, student)
    text = f"{asdict(profile)} {ProfileSerializer(profile).data}"
    return {name for name, canary in CANARIES.items() if canary in text}


@pytest.mark.parametrize("visibility", Visibility.values)
@pytest.mark.parametrize("who", ["student_actor", "staff", "dean"])
def test_the_own_side_sees_everything_whatever_the_visibility(world, marked, who, visibility):
    Student.objects.update(visibility=visibility)
    assert leaked(getattr(world, who), marked) == EVERYTHING


@pytest.mark.parametrize("actor", [SYSTEM, Actor(role=Role.OPERATOR)], ids=["system", "operator"])
def test_the_platform_sees_everything(marked, actor):
    assert leaked(actor, marked) == EVERYTHING


@pytest.mark.parametrize(
    ("visibility", "shown"),
    [("hidden", set()), ("anonymous", set()), ("fairs", NAMED), ("visible", NAMED)],
)
def test_a_company_sees_what_visibility_opens(world, marked, visibility, shown):
    Student.objects.filter(pk=marked.pk).update(visibility=visibility)
    assert leaked(world.recruiter, marked) == shown


GRANTS = {
    (): set(),
    ("name",): NAMED,
    ("email",): {"email"},
    ("phone",): {"phone"},
    ("email", "phone"): {"email", "phone"},
    ("name", "email", "phone"): NAMED | {"email", "phone"},
}


@pytest.mark.parametrize("visibility", ["hidden", "anonymous"])
@pytest.mark.parametrize("fields", GRANTS, ids=lambda fields: "+".join(fields) or "nothing")
def test_consent_adds_exactly_its_fields(world, marked, visibility, fields):
    Student.objects.filter(pk=marked.pk).update(visibility=visibility)
    DisclosureGrantFactory(student=marked, company=world.company, fields=list(fields))
    assert leaked(world.recruiter, marked) == GRANTS[fields]


@pytest.mark.parametrize("visibility", ["fairs", "visible"])
@pytest.mark.parametrize("fields", GRANTS, ids=lambda fields: "+".join(fields) or "nothing")
def test_consent_adds_contact_to_a_name_that_is_shown(world, marked, visibility, fields):
    Student.objects.filter(pk=marked.pk).update(visibility=visibility)
    DisclosureGrantFactory(student=marked, company=world.company, fields=list(fields))
    assert leaked(world.recruiter, marked) == GRANTS[fields] | NAMED


@pytest.mark.parametrize(
    "ended",
    [
        {"revoked_at": "now"},
        {"expires_at": "now"},
        {"expires_at": "past"},
    ],
    ids=["taken back", "ends now", "over"],
)
def test_consent_that_has_ended_opens_nothing(world, marked, ended):
    Student.objects.filter(pk=marked.pk).update(visibility="hidden")
    moments = {"now": clock.now(), "past": clock.now() - timedelta(days=1)}
    DisclosureGrantFactory(
        student=marked, company=world.company, **{field: moments[word] for field, word in ended.items()}
    )
    assert leaked(world.recruiter, marked) == set()
    assert list(students_visible_to(world.recruiter)) == []


def test_consents_add_up_over_purposes(world, marked):
    Student.objects.filter(pk=marked.pk).update(visibility="hidden")
    for purpose, field in (("contact", "email"), ("application:1", "phone"), ("fair", "name")):
        DisclosureGrantFactory(student=marked, company=world.company, purpose=purpose, fields=[field])
    assert leaked(world.recruiter, marked) == NAMED | {"email", "phone"}


def test_a_consent_to_a_neighbour_opens_nothing_here(world, marked):
    Student.objects.filter(pk=marked.pk).update(visibility="anonymous")
    neighbour = CompanyFactory(school=world.school, verified=True)
    DisclosureGrantFactory(student=marked, company=neighbour, fields=["name", "email", "phone"])
    assert leaked(world.recruiter, marked) == set()
    assert leaked(recruiter_actor(neighbour), marked) == NAMED | {"email", "phone"}


def test_a_named_resume_is_the_only_one_shown(world, marked):
    other = ResumeFactory(student=marked, title="另一份")
    named = marked.resumes.exclude(pk=other.pk).get()
    DisclosureGrantFactory(student=marked, company=world.company, fields=["resume"], resume=named)
    profile = profile_for(world.recruiter, marked)
    assert [(row.id, row.title) for row in profile.resumes] == [(named.pk, CANARIES["resume"])]
    assert list(resumes_visible_to(world.recruiter)) == [named]
    assert [row.title for row in profile_for(world.staff, marked).resumes] == ["另一份", CANARIES["resume"]]


def test_the_company_never_learns_visibility_status_or_class(world, marked):
    profile = profile_for(world.recruiter, marked)
    assert (profile.visibility, profile.status, profile.class_name, profile.salary_floor) == (
        "",
        "confirmed",
        "",
        None,
    )


def test_an_anonymous_profile_is_a_number(world, marked):
    Student.objects.filter(pk=marked.pk).update(visibility="anonymous")
    profile = profile_for(world.recruiter, marked)
    assert (profile.anonymous, profile.contact_open, str(marked.pk) in profile.name) == (True, False, True)
    assert [(row.title, row.organisation, row.description) for row in profile.experiences] == [
        ("测试实习生", "", "")
    ]


def ask(actor: Actor, path: str):
    client = APIClient()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client.get(path)


@pytest.mark.parametrize("visibility", ["anonymous", "visible"])
def test_json_and_page_leak_no_more_than_the_profile(world, marked, visibility):
    Student.objects.filter(pk=marked.pk).update(visibility=visibility)
    expected = leaked(world.recruiter, marked)
    for path in (f"/api/v1/students/{marked.pk}/", f"/students/{marked.pk}/"):
        answer = ask(world.recruiter, path)
        text = answer.content.decode()
        assert answer.status_code == 200
        assert {name for name, canary in CANARIES.items() if canary in text} == expected, path


@pytest.mark.parametrize("path", ["/api/v1/students/{}/", "/students/{}/"])
def test_a_hidden_student_does_not_exist_for_companies(world, marked, path):
    Student.objects.filter(pk=marked.pk).update(visibility="hidden")
    answer = ask(world.recruiter, path.format(marked.pk))
    assert answer.status_code == 404
    assert [name for name, canary in CANARIES.items() if canary in answer.content.decode()] == []
    assert ProfileView.objects.count() == 0


def test_staffs_row_holds_no_contact_data(marked):
    text = str(StudentRowSerializer(marked).data)
    assert {name for name, canary in CANARIES.items() if canary in text} == {"number", "name"}


@pytest.mark.parametrize("status", StudentStatus.values)
@pytest.mark.parametrize(
    ("who", "sees"),
    [("student_actor", True), ("staff", True), ("dean", True), ("other_staff", False)],
)
def test_the_own_school_sees_a_student_in_every_status(world, who, sees, status):
    Student.objects.filter(pk=world.student.pk).update(status=status)
    assert (world.student in students_visible_to(getattr(world, who))) is sees


@pytest.mark.parametrize("status", StudentStatus.values)
@pytest.mark.parametrize("opened", ["visibility", "consent"])
def test_a_company_reaches_confirmed_students_only(world, status, opened):
    Student.objects.filter(pk=world.student.pk).update(
        status=status, visibility="visible" if opened == "visibility" else "hidden"
    )
    if opened == "consent":
        DisclosureGrantFactory(student=world.student, company=world.company)
    assert (world.student in students_visible_to(world.recruiter)) is (status == "confirmed")


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (rules.is_self, {"student"}),
        (rules.is_staff_of, {"staff", "dean"}),
        (rules.can_edit_profile, {"student"}),
        (rules.can_decide, {"staff", "dean"}),
        (lambda actor, _student: rules.can_import_roster(actor), {"staff", "dean", "far dean", "far staff"}),
        (rules.sees_everything, {"student", "staff", "dean", "operator", "system"}),
    ],
    ids=["self", "staff of", "edit", "decide", "import", "sees everything"],
)
def test_each_rule_for_each_role(world, rule, allowed):
    actors = {
        "anonymous": Actor(),
        "newcomer": Actor(user_id=1),
        "student": world.student_actor,
        "other student": Actor(role=Role.STUDENT, student_id=world.stranger.pk, school_id=world.school.pk),
        "recruiter": world.recruiter,
        "staff": world.staff,
        "dean": world.dean,
        "far dean": Actor(
            role=Role.STAFF, school_id=world.school.pk, department_id=world.stranger.major.department_id
        ),
        "far staff": world.other_staff,
        "operator": Actor(role=Role.OPERATOR),
        "system": SYSTEM,
    }
    assert {who for who, actor in actors.items() if rule(actor, world.student)} == allowed


@pytest.mark.parametrize(
    ("who", "counts"),
    [
        ("student_actor", {"resumes": 1, "consents": 1, "rosters": 0, "waiting": 0}),
        ("staff", {"resumes": 1, "consents": 0, "rosters": 1, "waiting": 1}),
        ("dean", {"resumes": 1, "consents": 0, "rosters": 0, "waiting": 1}),
        ("recruiter", {"resumes": 0, "consents": 0, "rosters": 0, "waiting": 0}),
        ("other_staff", {"resumes": 0, "consents": 0, "rosters": 0, "waiting": 0}),
    ],
)
def test_each_list_for_each_role(world, who, counts):
    ResumeFactory(student=world.student)
    DisclosureGrantFactory(student=world.student, company=CompanyFactory(school=world.school))
    RosterImport.objects.create(school=world.school, file_name="a.csv", uploaded_by_id=world.staff.user_id)
    StudentFactory(pending=True, school=world.school, major=world.student.major)
    actor = getattr(world, who)
    assert {
        "resumes": resumes_visible_to(actor).count(),
        "consents": grants_visible_to(actor).count(),
        "rosters": imports_visible_to(actor).count(),
        "waiting": pending_visible_to(actor).count(),
    } == counts


def test_live_consents_stand_before_ended_ones(world):
    ended = DisclosureGrantFactory(
        student=world.student, company=world.company, purpose="fair", revoked_at=clock.now()
    )
    short = DisclosureGrantFactory(
        student=world.student,
        company=world.company,
        purpose="contact",
        expires_at=clock.now() + timedelta(days=1),
    )
    long = DisclosureGrantFactory(student=world.student, company=world.company)
    assert list(grants_of(world.student)) == [long, short, ended]
    assert set(live_grants()) == {long, short}


def test_who_saw_me_is_latest_first_and_counts(world, frozen_now):
    other = CompanyFactory(school=world.school, verified=True)
    for days, company, count in ((0, world.company, 1), (1, other, 3), (1, world.company, 2)):
        ProfileView.objects.create(
            student=world.student,
            company=company,
            count=count,
            day=date(2026, 3, 2) + timedelta(days=days),
        )
    assert [(row.company_id, row.day.day, row.count) for row in who_saw(world.student)] == [
        (world.company.pk, 3, 2),
        (other.pk, 3, 3),
        (world.company.pk, 2, 1),
    ]
