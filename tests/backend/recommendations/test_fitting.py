"""Students for a position: only whom the reader may see, as the reader may see them, and nothing private in the reasons."""

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor
from backend.common import clock
from backend.common.errors import NotAllowed, NotFound
from backend.recommendations import rules
from backend.recommendations.models import Interaction
from backend.recommendations.queries import recruiter as asking
from backend.recommendations.queries import students_for
from backend.students.models import Student
from matching.retrieval import Shortlist
from tests.backend.refusals import refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import DisclosureGrantFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
CANARY = "金丝雀自述"


@pytest.fixture
def recruiter(fitting):
    return recruiter_actor(fitting.company)


def names(found) -> list[str]:
    return [item.profile.name for item in found.shown]


def test_the_better_fit_comes_first_with_reasons_that_add_up(student, fitting, recruiter):
    other = StudentFactory(school=student.school, skills=["护理"], wanted_cities=["650100"])
    found = students_for(recruiter, fitting.pk)
    assert [(item.profile.id, item.rank) for item in found.shown] == [(student.pk, 1), (other.pk, 2)]
    for item in found.shown:
        assert abs(sum(reason.contribution for reason in item.match.reasons) - item.match.score) < 1e-9
        assert sum(line.tenths for line in item.lines) == round(item.match.score * 1000)


def test_a_wish_about_pay_or_place_is_not_told(student, fitting, recruiter):
    """Two students who differ in the private wish alone read alike: the wishes stand in one sum."""
    Student.objects.filter(pk=student.pk).update(salary_floor=60000, wanted_cities=["650100"])
    (item,) = students_for(recruiter, fitting.pk).shown
    private = {"salary", "salary_overlap", "salary_sure", "place", "kind", "commute", "mutual_interest"}
    assert {reason.feature for reason in item.match.reasons} & private == set()
    words = [line.text for line in item.lines]
    assert not any(term in text for text in words for term in ("薪", "60000", "pay", "Pay"))


@pytest.mark.parametrize("seeking", [True, False])
@pytest.mark.parametrize("status", ["roster", "pending", "confirmed", "refused", "left"])
@pytest.mark.parametrize("visibility", ["hidden", "anonymous", "fairs", "visible"])
def test_who_is_shown_by_table(fitting, recruiter, visibility, status, seeking):
    StudentFactory(
        school=fitting.company.school, name="李晓明", visibility=visibility, status=status, seeking=seeking
    )
    Student.objects.exclude(name="李晓明").delete()
    found = students_for(recruiter, fitting.pk).shown
    there = status == "confirmed" and seeking and visibility in {"anonymous", "visible"}
    assert len(found) == (1 if there else 0)
    if there:
        assert (found[0].profile.name == "李晓明") is (visibility == "visible")


@pytest.mark.parametrize(
    ("fields", "named"), [(["name"], True), (["email"], False), ([], False), (None, False)]
)
def test_a_name_stands_only_with_a_grant(student, fitting, recruiter, fields, named):
    Student.objects.filter(pk=student.pk).update(visibility="anonymous", name="李晓明", about=CANARY)
    if fields is not None:
        DisclosureGrantFactory(student=student, company=fitting.company, fields=fields)
    (item,) = students_for(recruiter, fitting.pk).shown
    assert (item.profile.name == "李晓明", item.profile.anonymous) == (named, not named)
    assert CANARY not in "".join(line.text for line in item.lines)


@pytest.mark.parametrize("state", ["revoked", "expired", "other company"])
def test_a_grant_that_does_not_hold_names_nobody(student, fitting, recruiter, state):
    Student.objects.filter(pk=student.pk).update(visibility="anonymous", name="李晓明")
    company = CompanyFactory(verified=True) if state == "other company" else fitting.company
    over = {"revoked": {"revoked_at": clock.now()}, "expired": {"expires_at": clock.now()}}.get(state, {})
    DisclosureGrantFactory(student=student, company=company, fields=["name"], **over)
    (item,) = students_for(recruiter, fitting.pk).shown
    assert (item.profile.anonymous, "李晓明" in item.profile.name) == (True, False)


@pytest.mark.parametrize("trait", ["expired", "suspended", "rejected", "submitted"])
def test_a_company_that_is_not_verified_sees_nobody(student, trait):
    company = CompanyFactory(school=student.school, **{trait: True})
    position = PositionFactory(company=company)
    found = students_for(recruiter_actor(company), position.pk)
    assert (found.shown, found.unranked) == ([], [])


def test_students_of_another_school_are_never_shown(fitting, recruiter):
    StudentFactory(school=SchoolFactory())
    Student.objects.filter(school=fitting.company.school).delete()
    assert students_for(recruiter, fitting.pk).shown == []


def test_who_has_applied_is_among_the_applicants_not_here(student, fitting, recruiter):
    row = ApplicationFactory(student=student, position=fitting)
    assert students_for(recruiter, fitting.pk).shown == []
    type(row).objects.update(status="withdrawn")
    assert [item.profile.id for item in students_for(recruiter, fitting.pk).shown] == [student.pk]


def test_whoever_switched_off_is_not_scored_and_not_lost(student, fitting, recruiter):
    off = StudentFactory(school=student.school, personalised=False)
    found = students_for(recruiter, fitting.pk)
    assert [item.profile.id for item in found.shown] == [student.pk]
    assert [
        (i.profile.id, i.rank, i.match, i.percent, i.reasons, i.against, i.lines) for i in found.unranked
    ] == [(off.pk, None, None, None, [], [], [])]


def test_many_who_switched_off_push_nobody_out_of_the_order(student, fitting, recruiter):
    """They were there before the student who fits, and are more than are read at once."""
    off = StudentFactory.build_batch(200, school=student.school, major=student.major, personalised=False)
    Student.objects.bulk_create(off)
    late = StudentFactory(school=student.school, skills=["护理"], wanted_cities=["650100"])
    found = students_for(recruiter, fitting.pk)
    assert [(item.profile.id, item.rank) for item in found.shown] == [(student.pk, 1), (late.pk, 2)]
    assert [item.profile.id for item in found.unranked] == sorted(row.pk for row in off)[:20]


def test_enough_are_found_behind_many_who_hide(student, fitting, recruiter):
    """The best of the catalogue all hide from companies: more are asked for until the list is full."""
    alike = {name: getattr(student, name) for name in ("school", "major", "skills", "wanted_occupations")}
    Student.objects.bulk_create(StudentFactory.build_batch(70, hidden=True, **alike))
    Student.objects.filter(pk=student.pk).update(visibility="hidden")
    worse = StudentFactory.create_batch(2, school=student.school, skills=["护理"], wanted_cities=["650100"])
    found = students_for(recruiter, fitting.pk, 2)
    assert sorted(item.profile.id for item in found.shown) == [row.pk for row in worse]


def test_a_draft_has_students_who_fit_too(student, fitting, recruiter):
    draft = PositionFactory(company=fitting.company)
    assert len(students_for(recruiter, draft.pk).shown) == 1


def test_staff_see_their_own_school(student, fitting):
    StudentFactory(school=SchoolFactory(alliance=None))
    Student.objects.filter(pk=student.pk).update(visibility="hidden")
    found = students_for(staff_actor(student.school), fitting.pk)
    assert [item.profile.name for item in found.shown] == [student.name]


def test_another_companys_position_does_not_exist(fitting, recruiter):
    foreign = PositionFactory(published=True, company__school=fitting.company.school)
    for pk in (foreign.pk, 0, 10**9):
        with refused(NotFound, "not_found"):
            students_for(recruiter, pk)


def test_students_are_not_shown_to_students(actor, fitting):
    with refused(NotAllowed, "not_allowed"):
        students_for(actor, fitting.pk)


def test_looking_at_the_list_is_not_looking_at_a_profile(student, fitting, recruiter):
    students_for(recruiter, fitting.pk)
    assert (student.views.count(), Interaction.objects.count()) == (0, 0)


@pytest.mark.parametrize("copies", [1, 3])
def test_the_number_of_queries_does_not_grow(student, fitting, recruiter, copies, django_assert_num_queries):
    StudentFactory.create_batch(copies, school=student.school)
    StudentFactory.create_batch(copies, school=student.school, personalised=False)
    students_for(recruiter, fitting.pk)
    with django_assert_num_queries(7):
        found = students_for(recruiter, fitting.pk)
    assert (len(found.shown), len(found.unranked)) == (copies + 1, copies)


@pytest.mark.parametrize("limit", [1, 2])
def test_only_as_many_as_asked(student, fitting, recruiter, limit):
    StudentFactory.create_batch(3, school=student.school)
    StudentFactory.create_batch(3, school=student.school, personalised=False)
    found = students_for(recruiter, fitting.pk, limit)
    assert (len(found.shown), len(found.unranked)) == (limit, limit)


def test_the_page_shows_them_and_the_position_links_to_it(client, student, fitting):
    client.force_login(RecruiterFactory(company=fitting.company).user, BACKEND)
    path = f"/company/positions/{fitting.pk}/students/"
    page = client.get(path)
    assert [item.profile.name for item in page.context["found"].shown] == [student.name]
    assert student.name in page.content.decode()
    assert path in client.get(f"/company/positions/{fitting.pk}/").content.decode()


@pytest.mark.parametrize(
    ("who", "status"),
    [("nobody", 302), ("student", 403), ("operator", 403), ("stranger", 404), ("far staff", 404)],
)
def test_others_do_not_see_the_page(client, student, fitting, who, status):
    people = {
        "student": lambda: MembershipFactory(of_student=True, student=student),
        "operator": lambda: MembershipFactory(operator=True),
        "stranger": lambda: RecruiterFactory(company=CompanyFactory(school=student.school, verified=True)),
        "far staff": lambda: MembershipFactory(school=SchoolFactory()),
    }
    if who != "nobody":
        client.force_login(people[who]().user, BACKEND)
    assert client.get(f"/company/positions/{fitting.pk}/students/").status_code == status


@pytest.mark.parametrize(
    ("rule", "allowed"),
    [
        (rules.has_matches, {"student"}),
        (rules.can_see_fitting, {"recruiter", "staff", "department"}),
        (rules.can_see_ranking, {"staff", "department", "operator"}),
        (rules.can_hint, {"staff", "department"}),
        (rules.can_grade, {"staff"}),
    ],
)
def test_rules_by_role(student, fitting, rule, allowed):
    people = {
        "anonymous": ANONYMOUS,
        "system": SYSTEM,
        "student": student_actor(student),
        "recruiter": recruiter_actor(fitting.company),
        "staff": staff_actor(student.school),
        "department": staff_actor(student.school, department_id=student.major.department_id),
        "operator": Actor(role="operator"),
        "placeless": Actor(role="student"),
    }
    assert {who for who, actor in people.items() if rule(actor)} == allowed


def test_where_no_more_are_ranked_nobody_is_asked_again(
    student, fitting, recruiter, monkeypatch, django_assert_num_queries
):
    StudentFactory.create_batch(11, school=student.school)
    off = StudentFactory(school=student.school, personalised=False)
    monkeypatch.setitem(Shortlist.__init__.__kwdefaults__, "count", 3)
    monkeypatch.setattr(asking, "SPARE", 0)
    students_for(recruiter, fitting.pk, 5)
    with django_assert_num_queries(7):
        found = students_for(recruiter, fitting.pk, 5)
    assert (len(found.shown), [item.profile.id for item in found.unranked]) == (3, [off.pk])
