"""The operator opens, suspends and reopens schools and makes alliances; what that does to everybody else."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.accounts.models import Invitation, Membership
from backend.common import clock, outbox
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from backend.companies.domain import REACHABILITY_TOPIC
from backend.companies.models import Company
from backend.companies.queries import companies_visible_to
from backend.positions.queries import positions_visible_to
from backend.schools import domain
from backend.schools.models import Alliance, School
from backend.schools.queries import (
    alliances_visible_to,
    schools_listed,
    schools_visible_to,
)
from backend.students.domain import claim_place, register_student
from backend.students.models import Student
from fairs.queries import fairs_visible_to
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.fairs import FairFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
ENTRIES = {"name": "云湖学院", "code": "yunhu", "city_code": "320500", "district_code": "320505"}
ROWS = (School, Alliance, Invitation, Membership)


@pytest.fixture
def operator():
    return actor_of(MembershipFactory(operator=True).user)


def others() -> dict:
    """Everybody who does not run the platform."""
    school = SchoolFactory()
    return {
        "visitor": ANONYMOUS,
        "student": actor_of(MembershipFactory(of_student=True, student__school=school).user),
        "recruiter": actor_of(MembershipFactory(owner=True, company__school=school).user),
        "staff": actor_of(MembershipFactory(school=school).user),
        "dean": actor_of(MembershipFactory(school=school, department=DepartmentFactory(school=school)).user),
    }


# Opening


def test_a_school_opens_with_an_invitation(operator):
    school = domain.open_school(actor=operator, staff_email="Dean@School.example", **ENTRIES)
    school.refresh_from_db()
    assert {field: getattr(school, field) for field in ENTRIES} == ENTRIES
    assert (school.alliance_id, school.suspended_at, school.time_zone) == (None, None, "Asia/Shanghai")
    row = Invitation.objects.get()
    assert (row.email, row.role, row.school_id, row.department_id) == (
        "dean@school.example",
        "staff",
        school.pk,
        None,
    )
    outbox.drain()
    assert [message.to for message in mail.outbox] == [["dean@school.example"]]


def test_the_first_member_of_staff_joins_by_the_link(operator):
    domain.open_school(actor=operator, staff_email="dean@school.example", **ENTRIES)
    outbox.drain()
    path = mail.outbox[0].body.partition("/invitations/")[2].split()[0]
    client = Client()
    answer = client.post(f"/invitations/{path}", {"name": "周宁", "password": "correct horse battery"})
    assert answer.status_code == 302
    member = Membership.objects.get(school__code="yunhu")
    assert (member.user.email, member.department_id) == ("dean@school.example", None)
    assert client.get("/school/").status_code == 200


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "字" * 101}, ["name"]),
        ({"name": "  已有 学院 "}, ["name"]),
        ({"code": "taken"}, ["code"]),
        ({"code": "TAKEN"}, ["code"]),
        ({"code": "有 空格"}, ["code"]),
        ({"code": ""}, ["code"]),
        ({"city_code": "999999"}, ["city_code"]),
        ({"city_code": ""}, ["city_code"]),
        ({"district_code": "420111"}, ["district_code"]),
        ({"district_code": "320500"}, ["district_code"]),
        ({"name": "", "code": "taken", "city_code": "x"}, ["city_code", "code", "name"]),
    ],
)
def test_wrong_entries_open_nothing(operator, changed, fields):
    SchoolFactory(name="已有 学院", code="taken")
    with refused(Invalid, "invalid", *ROWS, fields=fields):
        domain.open_school(actor=operator, staff_email="a@b.example", **{**ENTRIES, **changed})


def test_an_invitation_that_cannot_be_sent_opens_nothing(operator, monkeypatch):
    monkeypatch.setitem(domain.school.__dict__, "invite_person", _refuse_invitation)
    with refused(Invalid, "already_invited", *ROWS, fields=["staff_email"]):
        domain.open_school(actor=operator, staff_email="a@b.example", **ENTRIES)


def _refuse_invitation(**_values):
    raise Invalid("already_invited", fields={"email": ["x"]})


def test_correcting_entries_notes_which(operator):
    school = SchoolFactory(**ENTRIES)
    domain.change_school(actor=operator, school_id=school.pk, values={"name": " 云湖 学院 ", "code": "yunhu"})
    school.refresh_from_db()
    assert (school.name, last_trail()[0]) == ("云湖 学院", "school.changed")
    SchoolFactory(code="other")
    with refused(Invalid, "invalid", *ROWS, fields=["code"]):
        domain.change_school(actor=operator, school_id=school.pk, values={"code": "other"})


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({"name": "云湖学院"}, ("320500", "320505")),
        ({"city_code": "420100"}, ("420100", "")),
        ({"city_code": "420100", "district_code": "420111"}, ("420100", "420111")),
        ({"district_code": ""}, ("320500", "")),
    ],
)
def test_a_district_goes_with_its_city(operator, values, kept):
    school = SchoolFactory(**ENTRIES)
    domain.change_school(actor=operator, school_id=school.pk, values=values)
    school.refresh_from_db()
    assert (school.city_code, school.district_code) == kept


def test_the_database_wants_the_district_in_the_province():
    school = SchoolFactory(**ENTRIES)
    with pytest.raises(IntegrityError), transaction.atomic():
        School.objects.filter(pk=school.pk).update(district_code="420111")
    assert School.objects.get(pk=school.pk).district_code == "320505"


def test_entries_that_stay_leave_no_trace(operator):
    from backend.audit.models import AuditEntry

    school = SchoolFactory(**ENTRIES)
    domain.change_school(actor=operator, school_id=school.pk, values=ENTRIES)
    assert AuditEntry.objects.count() == 0


# Who may

CALLS = {
    "open": (
        lambda actor, school, alliance: domain.open_school(actor=actor, staff_email="a@b.example", **ENTRIES)
    ),
    "change": lambda actor, school, alliance: domain.change_school(actor=actor, school_id=school, values={}),
    "suspend": lambda actor, school, alliance: domain.suspend_school(
        actor=actor, school_id=school, reason="x"
    ),
    "reopen": lambda actor, school, alliance: domain.reopen_school(actor=actor, school_id=school),
    "create": lambda actor, school, alliance: domain.create_alliance(actor=actor, name="新联盟"),
    "rename": lambda actor, school, alliance: domain.rename_alliance(
        actor=actor, alliance_id=alliance, name="x"
    ),
    "join": lambda actor, school, alliance: domain.set_alliance(
        actor=actor, school_id=school, alliance_id=alliance
    ),
    "leave": lambda actor, school, alliance: domain.set_alliance(
        actor=actor, school_id=school, alliance_id=None
    ),
    "dissolve": lambda actor, school, alliance: domain.dissolve_alliance(actor=actor, alliance_id=alliance),
}


@pytest.mark.parametrize("who", ["visitor", "student", "recruiter", "staff", "dean"])
@pytest.mark.parametrize("call", CALLS)
def test_nobody_else_runs_the_platform(who, call):
    """Whoever sees a school is told no; alliances exist for nobody else."""
    actor, alliance = others()[who], AllianceFactory()
    school = School.objects.get(pk=actor.school_id) if actor.school_id else SchoolFactory()
    hidden = call in {"rename", "dissolve"}
    with refused(NotFound if hidden else NotAllowed, "not_found" if hidden else "not_allowed", *ROWS):
        CALLS[call](actor, school.pk, alliance.pk)


@pytest.mark.parametrize("call", ["change", "suspend", "reopen", "join", "leave", "rename", "dissolve"])
def test_what_does_not_exist_is_not_found(operator, call):
    with refused(NotFound, "not_found", *ROWS):
        CALLS[call](operator, 10**9, 10**9)


# Suspending


@pytest.mark.parametrize("reason", ["", "   ", "字" * 501])
def test_a_suspension_has_a_reason(operator, reason):
    school = SchoolFactory()
    with refused(Invalid, "invalid", *ROWS, fields=["reason"]):
        domain.suspend_school(actor=operator, school_id=school.pk, reason=reason)


def test_suspended_and_opened_again_once_each(operator):
    school = SchoolFactory()
    domain.suspend_school(actor=operator, school_id=school.pk, reason=" 合同到期 ")
    school.refresh_from_db()
    assert (school.suspended_at, school.suspended_reason) == (clock.now(), "合同到期")
    with refused(Conflict, "school_unchanged", *ROWS):
        domain.suspend_school(actor=operator, school_id=school.pk, reason="x")
    domain.reopen_school(actor=operator, school_id=school.pk)
    school.refresh_from_db()
    assert (school.suspended_at, school.suspended_reason) == (None, "")
    with refused(Conflict, "school_unchanged", *ROWS):
        domain.reopen_school(actor=operator, school_id=school.pk)


@pytest.mark.parametrize(("at", "reason"), [(True, ""), (False, "x")])
def test_the_database_wants_moment_and_reason_together(at, reason):
    school = SchoolFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        School.objects.filter(pk=school.pk).update(
            suspended_at=clock.now() if at else None, suspended_reason=reason
        )


@pytest.fixture
def twins(operator):
    """Two schools of one alliance, each with a verified company, a published position and a live fair."""
    alliance = AllianceFactory()
    made = []
    for _ in range(2):
        school = SchoolFactory(alliance=alliance)
        company = CompanyFactory(school=school, verified=True)
        made.append(
            (school, company, PositionFactory(published=True, company=company), FairFactory(school=school))
        )
    return made


def reach(actor) -> tuple[set, set, set]:
    """Companies, positions and fairs somebody reaches."""
    return tuple(
        set(rows(actor).values_list("pk", flat=True))
        for rows in (companies_visible_to, positions_visible_to, fairs_visible_to)
    )


def of(row) -> tuple[set, set, set]:
    _school, company, position, fair = row
    return {company.pk}, {position.pk}, {fair.pk}


def both(first, second) -> tuple[set, set, set]:
    return tuple(a | b for a, b in zip(of(first), of(second), strict=True))


def test_nothing_of_a_suspended_school_is_reachable(operator, twins):
    """For its own people, for the alliance and for visitors; everything is back when it opens again."""
    first, second = twins
    people = {
        "own student": MembershipFactory(of_student=True, student__school=first[0]).user,
        "own staff": MembershipFactory(school=first[0]).user,
        "own recruiter": RecruiterFactory(company=first[1]).user,
        "ally's student": MembershipFactory(of_student=True, student__school=second[0]).user,
        "visitor": None,
    }
    before = {who: reach(actor_of(user)) for who, user in people.items()}
    assert before["visitor"] == before["ally's student"] == both(first, second)
    domain.suspend_school(actor=operator, school_id=first[0].pk, reason="合同到期")
    during = {who: reach(actor_of(user)) for who, user in people.items()}
    assert during == dict.fromkeys(people, of(second))
    assert reach(operator) == both(first, second)
    domain.reopen_school(actor=operator, school_id=first[0].pk)
    assert {who: reach(actor_of(user)) for who, user in people.items()} == before


@pytest.mark.parametrize("traits", ["student", "staff", "recruiter"])
def test_the_people_of_a_suspended_school_keep_only_their_accounts(operator, traits):
    school = SchoolFactory()
    user = {
        "student": lambda: MembershipFactory(of_student=True, student__school=school),
        "staff": lambda: MembershipFactory(school=school),
        "recruiter": lambda: MembershipFactory(owner=True, company__school=school),
    }[traits]().user
    domain.suspend_school(actor=operator, school_id=school.pk, reason="合同到期")
    actor = actor_of(user)
    assert (actor.role, actor.user_id, actor.school_id, actor.company_id, actor.student_id) == (
        "anonymous",
        user.pk,
        None,
        None,
        None,
    )
    assert actor.suspended == "合同到期"
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user)
    page = client.get("/account/").content.decode()
    assert "Your school is closed on this platform for the time being" in page
    assert "合同到期" in page
    assert client.get("/account/export/").status_code == 200
    for path in ("/students/", "/team/", "/me/profile/", "/company/profile/", "/staff/companies/"):
        assert client.get(path).status_code in {302, 403, 404}, path


def test_nobody_joins_a_suspended_school(operator):
    school = SchoolFactory()
    major = MajorFactory(school=school)
    student = StudentFactory(school=school, major=major, on_roster=True)
    domain.suspend_school(actor=operator, school_id=school.pk, reason="x")
    newcomer = actor_of(UserFactory())
    values = {"name": "星河有限公司", "credit_code": credit_code(1), "industry": "x", "size": "1-19",
              "city_code": "310000"}  # fmt: skip
    from backend.companies.domain import register_company

    with refused(Invalid, "invalid", Company, Student):
        register_company(actor=newcomer, school_id=school.pk, values=values)
    with pytest.raises(Invalid):
        claim_place(actor=newcomer, school_id=school.pk, number=student.number, name=student.name)
    with pytest.raises(Invalid):
        register_student(
            actor=newcomer, school_id=school.pk, major_id=major.pk, number="1", name="王敏",
            education="associate", graduation_year=2026,
        )  # fmt: skip
    assert (Company.objects.count(), Student.objects.count()) == (0, 1)
    for path in ("/company/register/", "/me/claim/", "/me/register/"):
        client = Client()
        client.force_login(UserFactory())
        assert school.name not in client.get(path).content.decode()


def test_a_person_of_a_suspended_school_registers_no_company(operator):
    member = MembershipFactory()
    domain.suspend_school(actor=operator, school_id=member.school_id, reason="x")
    from backend.companies.rules import can_register

    assert can_register(actor_of(member.user)) is False
    assert can_register(actor_of(UserFactory())) is True


def test_open_links_of_a_suspended_school_lead_into_nothing(operator):
    invitation = InvitationFactory()
    domain.suspend_school(actor=operator, school_id=invitation.school_id, reason="x")
    client = Client()
    client.post("/invitations/an-invitation-token/", {"name": "王敏", "password": "correct horse battery"})
    member = Membership.objects.filter(school=invitation.school).first()
    assert member is None or actor_of(member.user).role == "anonymous"


# Alliances


def test_joining_and_leaving_change_what_people_reach(operator):
    alliance = AllianceFactory()
    home, away = SchoolFactory(alliance=alliance), SchoolFactory()
    company = CompanyFactory(school=home, verified=True)
    student = MembershipFactory(of_student=True, student__school=away)
    assert reach(actor_of(student.user))[0] == set()
    domain.set_alliance(actor=operator, school_id=away.pk, alliance_id=alliance.pk)
    assert last_trail()[0] == "school.joined_alliance"
    assert reach(actor_of(student.user))[0] == {company.pk}
    assert actor_of(student.user).school_ids == (home.pk, away.pk)
    domain.set_alliance(actor=operator, school_id=away.pk, alliance_id=None)
    assert last_trail()[0] == "school.left_alliance"
    assert reach(actor_of(student.user))[0] == set()


def test_a_school_changes_alliances_in_two_steps(operator):
    first, second = AllianceFactory(), AllianceFactory()
    school = SchoolFactory(alliance=first)
    with refused(Conflict, "alliance_unchanged", *ROWS):
        domain.set_alliance(actor=operator, school_id=school.pk, alliance_id=second.pk)
    domain.set_alliance(actor=operator, school_id=school.pk, alliance_id=None)
    with refused(Conflict, "alliance_unchanged", *ROWS):
        domain.set_alliance(actor=operator, school_id=school.pk, alliance_id=None)
    domain.set_alliance(actor=operator, school_id=school.pk, alliance_id=second.pk)
    assert list(second.schools.all()) == [school]


@pytest.mark.parametrize("what", ["join", "leave", "suspend", "reopen"])
def test_everybody_whose_circle_changes_is_indexed_anew(operator, what):
    """As a newer version: an engine ignores a document no newer than its own."""
    alliance = AllianceFactory()
    member = SchoolFactory(alliance=alliance)
    moving = SchoolFactory(alliance=None if what == "join" else alliance)
    if what == "reopen":
        domain.suspend_school(actor=operator, school_id=moving.pk, reason="x")
    inside = [CompanyFactory(school=school, verified=True) for school in (member, moving)]
    outside = CompanyFactory(verified=True)
    OutboxEntry.objects.all().delete()
    CALLS[what](operator, moving.pk, alliance.pk)
    touched = inside if what in {"join", "leave"} else inside[1:]
    told = OutboxEntry.objects.filter(topic=REACHABILITY_TOPIC).values_list("payload__company", flat=True)
    assert sorted(told) == [company.pk for company in touched]
    versions = dict(Company.objects.values_list("pk", "version"))
    assert versions == {row.pk: 2 if row in touched else 1 for row in (*inside, outside)}


@pytest.mark.parametrize("name", ["", "  ", "字" * 101, "已有联盟", " 已有联盟 "])
def test_an_alliance_has_a_name_of_its_own(operator, name):
    AllianceFactory(name="已有联盟")
    other = AllianceFactory()
    for call in (
        lambda: domain.create_alliance(actor=operator, name=name),
        lambda: domain.rename_alliance(actor=operator, alliance_id=other.pk, name=name),
    ):
        with refused(Invalid, "invalid", *ROWS, fields=["name"]):
            call()


def test_an_alliance_with_schools_is_not_dissolved(operator):
    school = SchoolFactory(alliance=AllianceFactory())
    with refused(Conflict, "alliance_in_use", *ROWS):
        domain.dissolve_alliance(actor=operator, alliance_id=school.alliance_id)
    alliance = school.alliance_id
    domain.set_alliance(actor=operator, school_id=school.pk, alliance_id=None)
    domain.dissolve_alliance(actor=operator, alliance_id=alliance)
    assert (Alliance.objects.count(), last_trail()[0]) == (0, "alliance.removed")


# What is listed


def test_the_list_counts_and_narrows(operator):
    big, small = SchoolFactory(name="云湖学院", code="yh"), SchoolFactory(name="远山学院", code="ys")
    for _ in range(2):
        StudentFactory(school=big)
    CompanyFactory(school=big)
    CompanyFactory(school=big)
    CompanyFactory(school=big)
    domain.suspend_school(actor=operator, school_id=small.pk, reason="x")
    rows = {row.name: (row.student_count, row.company_count) for row in schools_listed(operator)}
    assert rows == {"云湖学院": (2, 3), "远山学院": (0, 0)}
    assert [
        [row.code for row in schools_listed(operator, text=text, state=state)]
        for text, state in [("云", ""), ("YS", ""), ("", "open"), ("", "suspended"), ("云", "suspended")]
    ] == [["yh"], ["ys"], ["yh"], ["ys"], []]


def test_who_sees_which_schools_and_alliances(operator):
    everybody = others()
    shut = SchoolFactory()
    domain.suspend_school(actor=operator, school_id=shut.pk, reason="x")
    alliance = AllianceFactory()
    for who, actor in everybody.items():
        assert shut not in schools_visible_to(actor), who
        assert list(alliances_visible_to(actor)) == [], who
    assert shut in schools_visible_to(operator)
    assert list(alliances_visible_to(operator)) == [alliance]


def test_a_suspension_outlasts_time(operator):
    school = SchoolFactory()
    domain.suspend_school(actor=operator, school_id=school.pk, reason="x")
    clock.advance(timedelta(days=1000))
    assert school not in schools_visible_to(ANONYMOUS)
