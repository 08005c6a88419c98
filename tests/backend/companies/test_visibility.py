"""Every role × every status × own or other school: which companies are seen, and what may be done with them."""

from datetime import timedelta

import pytest
from django.utils import translation

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies import queries, rules
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
STATES = ("draft", "submitted", "rejected", "verified", "expired", "suspended")
EVERY = set(STATES)


def in_every_state(school) -> dict[str, Company]:
    return {
        state: CompanyFactory(school=school, **({} if state == "draft" else {state: True}))
        for state in STATES
    }


def seen(actor: Actor, rows: dict[str, Company]) -> set[str]:
    visible = set(queries.companies_visible_to(actor).values_list("pk", flat=True))
    return {state for state, company in rows.items() if company.pk in visible}


@pytest.mark.parametrize(
    ("who", "own", "allied", "far"),
    [
        ("anonymous", {"verified"}, {"verified"}, {"verified"}),
        ("newcomer", {"verified"}, {"verified"}, {"verified"}),
        ("student", {"verified"}, {"verified"}, set()),
        ("staff", EVERY, EVERY, set()),
        ("dean", EVERY, EVERY, set()),
        ("recruiter", {"draft"}, set(), set()),
        ("operator", EVERY, EVERY, EVERY),
        ("system", EVERY, EVERY, EVERY),
    ],
)
def test_who_sees_which_states_where(who, own, allied, far):
    school, ally, stranger = SchoolFactory(), SchoolFactory(), SchoolFactory()
    rows = {
        name: in_every_state(place) for name, place in (("own", school), ("ally", ally), ("far", stranger))
    }
    circle = {"school_id": school.pk, "school_ids": (school.pk, ally.pk)}
    actor = {
        "anonymous": ANONYMOUS,
        "newcomer": Actor(user_id=1),
        "student": Actor(role=Role.STUDENT, **circle),
        "staff": Actor(role=Role.STAFF, **circle),
        "dean": Actor(role=Role.STAFF, department_id=1, **circle),
        "recruiter": Actor(role=Role.RECRUITER, company_id=rows["own"]["draft"].pk, **circle),
        "operator": Actor(role=Role.OPERATOR),
        "system": SYSTEM,
    }[who]
    assert (seen(actor, rows["own"]), seen(actor, rows["ally"]), seen(actor, rows["far"])) == (
        own,
        allied,
        far,
    )


@pytest.mark.parametrize(("seconds", "there"), [(-1, False), (0, False), (1, True)])
def test_a_vetting_holds_to_the_second(seconds, there):
    company = CompanyFactory(verified=True)
    Company.objects.update(vetted_until=clock.now() + timedelta(seconds=seconds))
    for actor in (ANONYMOUS, student_actor(StudentFactory(school=company.school))):
        assert queries.companies_visible_to(actor).filter(pk=company.pk).exists() is there


def actors_around(company: Company) -> dict[str, Actor]:
    return {
        "anonymous": ANONYMOUS,
        "newcomer": Actor(user_id=1),
        "student": student_actor(StudentFactory(school=company.school)),
        "owner": recruiter_actor(company, is_owner=True),
        "recruiter": recruiter_actor(company),
        "other owner": recruiter_actor(CompanyFactory(school=company.school), is_owner=True),
        "staff": staff_actor(company.school),
        "dean": staff_actor(company.school, department_id=1),
        "allied staff": Actor(role=Role.STAFF, school_id=0, school_ids=(0, company.school_id)),
        "operator": Actor(role=Role.OPERATOR),
        "system": SYSTEM,
    }


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (lambda actor, company: rules.can_register(actor), {"newcomer"}),
        (rules.can_edit, {"owner"}),
        (rules.can_vet, {"staff", "operator"}),
        (rules.can_see_evidence, {"staff", "operator", "owner", "recruiter"}),
    ],
    ids=["register", "edit", "vet", "see evidence"],
)
def test_each_rule_for_each_role(rule, allowed):
    company = CompanyFactory()
    assert {who for who, actor in actors_around(company).items() if rule(actor, company)} == allowed


@pytest.mark.parametrize("state", STATES)
def test_the_queue_holds_only_who_waits_at_the_own_school(state):
    school, ally = SchoolFactory(), SchoolFactory()
    rows, _allied = in_every_state(school), in_every_state(ally)
    clerk = Actor(role=Role.STAFF, school_id=school.pk, school_ids=(school.pk, ally.pk))
    assert (rows[state] in queries.vetting_queue(clerk)) is (state == "submitted")
    assert queries.vetting_queue(clerk).count() == 1
    assert queries.vetting_queue(Actor(role=Role.OPERATOR)).count() == 2


def test_the_queue_is_first_come_first():
    school = SchoolFactory()
    order = []
    for minutes in (30, 10, 20):
        company = CompanyFactory(school=school, submitted=True)
        Company.objects.filter(pk=company.pk).update(submitted_at=clock.now() + timedelta(minutes=minutes))
        order.append((minutes, company))
    assert list(queries.vetting_queue(staff_actor(school))) == [
        company for _m, company in sorted(order, key=lambda p: p[0])
    ]


@pytest.mark.parametrize("who", ["anonymous", "student", "owner", "recruiter", "newcomer"])
def test_others_have_no_queue(who):
    company = CompanyFactory(verified=True)
    assert list(queries.vetting_queue(actors_around(company)[who])) == []


@pytest.mark.parametrize(
    ("status", "text", "found"),
    [
        ("", "", {"甲精密", "乙软件", "丙物流"}),
        ("verified", "", {"甲精密"}),
        ("submitted", "", {"乙软件"}),
        ("suspended", "", set()),
        ("nonsense", "", {"甲精密", "乙软件", "丙物流"}),
        ("", "软件", {"乙软件"}),
        ("", "  软件  ", {"乙软件"}),
        ("", "9131", {"甲精密", "乙软件", "丙物流"}),
        ("verified", "软件", set()),
        ("", "%", set()),
        ("", "' OR 1=1 --", set()),
    ],
)
def test_staff_narrow_the_list(status, text, found):
    school = SchoolFactory()
    CompanyFactory(school=school, name="甲精密", verified=True)
    CompanyFactory(school=school, name="乙软件", submitted=True)
    CompanyFactory(school=school, name="丙物流")
    rows = queries.staff_companies(staff_actor(school), status=status, text=text)
    assert {row.name for row in rows} == found


def test_who_is_told_are_live_members_of_the_right_place():
    owner = RecruiterFactory(owner=True)
    member = RecruiterFactory(company=owner.company)
    RecruiterFactory(company=owner.company, ended_at=clock.now())
    RecruiterFactory(owner=True)
    school = owner.company.school
    clerk = MembershipFactory(school=school)
    MembershipFactory(school=school, department=DepartmentFactory(school=school))
    MembershipFactory(school=school, ended=True)
    MembershipFactory()
    assert queries.owner_ids(owner.company_id) == [owner.user_id]
    assert queries.recruiter_ids(owner.company_id) == sorted([owner.user_id, member.user_id])
    assert queries.vetting_staff_ids(school.pk) == [clerk.user_id]


def test_reachable_works_through_a_relation():
    company = CompanyFactory(verified=True)
    CompanyFactory(suspended=True)
    students = StudentFactory(school=company.school)
    assert list(type(company.school).objects.filter(queries.reachable("companies__"))) == [students.school]


@pytest.mark.parametrize("status", CompanyStatus.values)
def test_every_status_has_a_word_in_both_languages(status):
    with translation.override("en"):
        english = str(CompanyStatus(status).label)
    with translation.override("zh-hans"):
        chinese = str(CompanyStatus(status).label)
    assert english.isascii()
    assert not chinese.isascii()
