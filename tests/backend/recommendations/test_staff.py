"""Staff: pairs nobody noticed and the hint, how groups are treated, who fits nothing, models and trainings."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from backend.accounts.actor import Actor
from backend.applications import domain as applications
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.notifications.models import Notification
from backend.positions.models import Position
from backend.recommendations.domain import hint_pair, interact, refresh_audits, refresh_pairs
from backend.recommendations.domain.audits import fairness, reach
from backend.recommendations.market import market_of
from backend.recommendations.models import Interaction, StoredAudit, StrongPair, TrainingRun
from backend.recommendations.queries import audit_of, model_cards, runs, unnoticed
from backend.recommendations.queries.staff import unnoticed_rows
from backend.students.models import Student
from tests.backend.racing import race
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory, MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PAGES = ("", "groups/", "reach/", "models/", "grading/")


@pytest.fixture
def staff(student):
    user = MembershipFactory(school=student.school).user
    return staff_actor(student.school, user_id=user.pk)


@pytest.fixture
def pair(student, fitting):
    return StrongPair.objects.create(student=student, position=fitting, mutual=0.9, model="m")


def seen(actor) -> list[int]:
    return [row.pk for row in unnoticed_rows(actor)]


def test_the_strongest_pairs_are_found_and_replaced(student, fitting, strange):
    assert refresh_pairs(student.school) == 2
    rows = list(
        StrongPair.objects.order_by("-mutual").values_list("student_id", "position_id", "model", "at")
    )
    assert [row[1] for row in rows] == [fitting.pk, strange.pk]
    assert {(row[0], row[2], row[3]) for row in rows} == {(student.pk, "weighted-rules-1", clock.now())}
    Position.objects.filter(pk=strange.pk).update(status="closed", updated_at=clock.now())
    assert (refresh_pairs(student.school), StrongPair.objects.count()) == (1, 1)


def test_pairs_somebody_acted_on_are_not_looked_for(student, actor, fitting, strange):
    interact(actor=actor, position_id=strange.pk, kind="view")
    ApplicationFactory(student=student, position=fitting)
    assert refresh_pairs(student.school) == 0


def test_a_hint_that_was_given_stays(student, fitting, strange):
    refresh_pairs(student.school)
    StrongPair.objects.filter(position=strange).update(hinted_at=clock.now())
    Position.objects.filter(pk=strange.pk).update(status="closed", updated_at=clock.now())
    refresh_pairs(student.school)
    assert sorted(StrongPair.objects.values_list("position_id", flat=True)) == sorted(
        [fitting.pk, strange.pk]
    )


def test_another_schools_pairs_are_left_alone(student, fitting, pair):
    assert refresh_pairs(SchoolFactory()) == 0
    assert StrongPair.objects.get() == pair


@pytest.mark.parametrize(
    "change",
    [{"seeking": False}, {"personalised": False}, {"status": "left"}, {"status": "pending"}],
)
def test_who_does_not_look_or_does_not_want_it_is_in_no_market(student, fitting, change):
    assert len(market_of(student.school).students) == 1
    Student.objects.filter(pk=student.pk).update(**change, updated_at=clock.now(), version=9)
    assert market_of(student.school).empty


def test_the_market_reaches_as_far_as_the_alliance(student, fitting):
    PositionFactory(published=True, company__school=SchoolFactory())
    PositionFactory(company=CompanyFactory(school=student.school, suspended=True), published=True)
    assert [row.id for row in market_of(student.school).positions] == [fitting.pk]


@pytest.mark.parametrize("kind", ["view", "save", "talk", "apply", "talk_outcome", "not_interested"])
def test_whatever_was_done_since_takes_a_pair_out(student, fitting, staff, pair, kind):
    assert seen(staff) == [pair.pk]
    Interaction.objects.create(student=student, position=fitting, kind=kind)
    assert seen(staff) == []


@pytest.mark.parametrize("status", ["new", "withdrawn", "declined"])
def test_an_application_takes_a_pair_out_however_it_ended(student, fitting, staff, pair, status):
    ApplicationFactory(student=student, position=fitting, status=status)
    assert seen(staff) == []


@pytest.mark.parametrize("change", [{"seeking": False}, {"personalised": False}])
def test_a_student_who_no_longer_looks_is_taken_out(student, staff, pair, change):
    Student.objects.filter(pk=student.pk).update(**change)
    assert seen(staff) == []


@pytest.mark.parametrize("status", ["paused", "closed", "expired", "in_review"])
def test_a_position_that_is_not_open_is_taken_out(fitting, staff, pair, status):
    Position.objects.filter(pk=fitting.pk).update(status=status)
    assert seen(staff) == []


def test_who_sees_a_pair_by_table(student, fitting, pair):
    other = DepartmentFactory(school=student.school)
    people = {
        "staff": staff_actor(student.school),
        "own department": staff_actor(student.school, department_id=student.major.department_id),
        "other department": staff_actor(student.school, department_id=other.pk),
        "other school": staff_actor(SchoolFactory()),
        "operator": Actor(role="operator"),
    }
    expected = {"staff", "own department", "operator"}
    assert {who for who, person in people.items() if seen(person)} == expected
    for person in (student_actor(student), recruiter_actor(fitting.company)):
        for ask in (unnoticed_rows, model_cards, runs, lambda p: audit_of(p, "fairness")):
            with refused(NotAllowed, "not_allowed"):
                ask(person)


def test_told_pairs_come_last_and_the_best_first(student, fitting, strange, staff, pair):
    weak = StrongPair.objects.create(student=student, position=strange, mutual=0.2, model="m")
    assert seen(staff) == [pair.pk, weak.pk]
    StrongPair.objects.filter(pk=pair.pk).update(hinted_at=clock.now())
    assert seen(staff) == [weak.pk, pair.pk]


def test_the_reasons_of_a_page_are_those_of_each_pair(student, fitting, strange, staff, pair):
    StrongPair.objects.create(student=student, position=strange, mutual=0.2, model="m")
    found = unnoticed(list(unnoticed_rows(staff)))
    assert [(item.row.position_id, item.match.position_id, item.percent) for item in found] == [
        (fitting.pk, fitting.pk, 90),
        (strange.pk, strange.pk, 20),
    ]
    for item in found:
        assert abs(sum(r.contribution for r in item.match.reasons) - item.match.score) < 1e-9
    assert unnoticed([]) == []


def test_a_hint_tells_the_student_once(student, fitting, staff, pair):
    account = MembershipFactory(of_student=True, student=student).user
    row = hint_pair(actor=staff, pair_id=pair.pk)
    assert (row.hinted_at, row.hinted_by_id) == (clock.now(), staff.user_id)
    assert list(Notification.objects.values_list("user_id", "kind", "url", "params")) == [
        (
            account.pk,
            "position_hinted",
            f"/positions/{fitting.pk}/",
            {"position": fitting.title, "company": fitting.company.name},
        )
    ]
    assert last_trail() == ("pair.hinted", "", "", "recommendations.strongpair", pair.pk)
    with refused(Conflict, "already_hinted", StrongPair):
        hint_pair(actor=staff, pair_id=pair.pk)


def test_hints_are_refused(student, fitting, staff, pair):
    for person in (Actor(role="operator"), student_actor(student), recruiter_actor(fitting.company)):
        with refused(NotAllowed, "not_allowed", StrongPair):
            hint_pair(actor=person, pair_id=pair.pk)
    for person, pk in ((staff_actor(SchoolFactory()), pair.pk), (staff, 0)):
        with refused(NotFound, "not_found", StrongPair):
            hint_pair(actor=person, pair_id=pk)
    applications.apply(actor=student_actor(student), position_id=fitting.pk)
    with refused(NotFound, "not_found", StrongPair):
        hint_pair(actor=staff, pair_id=pair.pk)


@pytest.mark.django_db(transaction=True)
def test_of_simultaneous_hints_one_is_sent():
    student = StudentFactory()
    MembershipFactory(of_student=True, student=student)
    position = PositionFactory(published=True, company__school=student.school)
    pair = StrongPair.objects.create(student=student, position=position, mutual=0.5, model="m")
    staff = staff_actor(student.school)
    found = race(lambda _: hint_pair(actor=staff, pair_id=pair.pk).pk, threads=4)
    assert sorted(getattr(one, "code", "told") for one in found) == ["already_hinted"] * 3 + ["told"]
    assert Notification.objects.count() == 1


@pytest.mark.parametrize("mutual", [-0.1, 1.1])
def test_the_database_refuses_a_senseless_pair(student, fitting, mutual):
    with pytest.raises(IntegrityError, match="strong_pair_mutual"), transaction.atomic():
        StrongPair.objects.create(student=student, position=fitting, mutual=mutual, model="m")


@pytest.fixture
def crowd(student, fitting, strange):
    """Twelve students of two levels and two departments."""
    school = student.school
    other = MajorFactory(
        school=school, name="护理", department=DepartmentFactory(school=school, name="护理系")
    )
    StudentFactory.create_batch(11, school=school, major=student.major, education="associate")
    StudentFactory.create_batch(12, school=school, major=other, education="bachelor", skills=["静脉输液"])
    return market_of(school)


def test_groups_by_what_the_school_knows_and_nothing_else(crowd):
    found = fairness(crowd)
    assert (found["students"], found["positions"], found["first"]) == (24, 2, 20)
    assert sorted(found["groups"]) == [
        "department",
        "department × education",
        "department × graduation_year",
        "education",
        "education × graduation_year",
        "graduation_year",
    ]
    assert {row["group"]: row["people"] for row in found["groups"]["education"]} == {
        "associate": 12,
        "bachelor": 12,
    }
    for rows in found["groups"].values():
        assert max(row["impact_ratio"] for row in rows) == 1.0
        assert all(0 <= row["low"] <= row["high"] for row in rows)
    assert found["passed"] is (found["worst"] >= 0.8)


def test_selected_is_among_the_first_twenty_of_a_position(crowd):
    """24 students, two positions, twenty places each: whoever is last for both is not selected."""
    groups = fairness(crowd)["groups"]["graduation_year"]
    (row,) = groups
    assert 20 / 24 <= row["selected"] <= 1.0


def test_reach_names_majors_and_positions_the_worst_first(crowd, fitting, strange):
    found = reach(crowd)
    assert {row["major"]: row["students"] for row in found["majors"]} == {"软件技术": 12, "护理": 12}
    shares = [row["fitting"] / row["students"] for row in found["majors"]]
    assert shares == sorted(shares)
    assert {row["position"]: row["company"] for row in found["positions"]} == {
        fitting.pk: fitting.company.name,
        strange.pk: strange.company.name,
    }
    assert [row["fitting"] / row["openings"] for row in found["positions"]] == sorted(
        row["fitting"] / row["openings"] for row in found["positions"]
    )


def test_a_major_of_few_is_counted_and_not_listed(student, crowd):
    """Nine of a major would say more about nine people than about a major; with the tenth it is listed."""
    few = MajorFactory(school=student.school, name="会计", department=student.major.department)
    StudentFactory.create_batch(9, school=student.school, major=few)

    def listed() -> tuple:
        found = reach(market_of(student.school))
        return sorted(row["major"] for row in found["majors"]), found["small"]

    assert listed() == (["护理", "软件技术"], 1)
    StudentFactory(school=student.school, major=few)
    assert listed() == (["会计", "护理", "软件技术"], 0)


def test_the_page_says_how_many_majors_are_left_out(page, student, fitting):
    """One student alone is the whole market: no table of majors, and the page says why."""
    refresh_audits(student.school)
    for language, words in (
        ("en", "One major of fewer than ten students is left out."),
        ("zh-hans", "不足十名学生的 1 个专业未列出。"),
    ):
        page.cookies["django_language"] = language
        shown = page.get("/staff/matching/reach/").content.decode()
        assert (words in shown, student.major.name in shown, fitting.title in shown) == (True, False, True)


def test_audits_replace_the_ones_before(student, crowd):
    staff = staff_actor(student.school)
    assert audit_of(staff, "fairness") is None
    refresh_audits(student.school)
    clock.advance(timedelta(days=1))
    refresh_audits(student.school)
    assert sorted(StoredAudit.objects.values_list("kind", "at")) == [
        ("fairness", clock.now()),
        ("reach", clock.now()),
    ]
    assert audit_of(staff, "fairness").figures["students"] == 24
    assert audit_of(staff_actor(SchoolFactory()), "fairness") is None
    assert audit_of(Actor(role="operator"), "reach").kind == "reach"


def test_without_a_market_there_is_no_audit(student):
    assert (refresh_audits(student.school), StoredAudit.objects.count()) == ([], 0)


@pytest.fixture
def page(client, student):
    client.force_login(MembershipFactory(school=student.school).user, BACKEND)
    client.cookies["django_language"] = "en"
    return client


def test_pages_before_the_first_training_say_so(page, fitting):
    for path in PAGES:
        answer = page.get(f"/staff/matching/{path}")
        assert (answer.status_code, "empty" in answer.content.decode()) == (200, True)


def test_pages_after_a_training(page, student, crowd, fitting):
    call_command("train_ranker", verbosity=0)
    pairs = page.get("/staff/matching/").context["pairs"]
    assert (len(pairs), StrongPair.objects.count()) == (20, 48)
    tables = page.get("/staff/matching/groups/").context["tables"]
    assert next(label for label, _rows in tables) == "Department"
    assert {row["label"] for row in dict(tables)["Education"]} == {"Associate degree", "Bachelor"}
    shown = page.get("/staff/matching/reach/").content.decode()
    assert f"/company/positions/{fitting.pk}/students/" in shown
    models = page.get("/staff/matching/models/")
    assert [
        (card["card"].name, card["card"].accepted, card["serves"]) for card in models.context["cards"]
    ] == [
        ("additive-0002", True, True),
        ("additive-0001", False, False),
    ]
    assert [run.status for run in models.context["runs"]] == ["refused"]
    assert "No trained model has passed the gate" in models.content.decode()


def test_the_hint_is_one_click(page, pair):
    answer = page.post(f"/staff/matching/{pair.pk}/hint/")
    assert (answer.status_code, answer["Location"]) == (302, "/staff/matching/")
    pair.refresh_from_db()
    assert pair.hinted_at == clock.now()
    assert page.post(f"/staff/matching/{pair.pk}/hint/").status_code == 409


@pytest.mark.parametrize("path", PAGES)
def test_only_staff_see_the_pages(client, student, fitting, path):
    assert client.get(f"/staff/matching/{path}").status_code == 302
    for person in (
        RecruiterFactory(company=fitting.company),
        MembershipFactory(of_student=True, student=student),
    ):
        client.force_login(person.user, BACKEND)
        assert client.get(f"/staff/matching/{path}").status_code == 403


def test_operators_see_all_but_grading(client, pair):
    client.force_login(MembershipFactory(operator=True).user, BACKEND)
    answers = {path: client.get(f"/staff/matching/{path}").status_code for path in PAGES}
    assert answers == {"": 200, "groups/": 200, "reach/": 200, "models/": 200, "grading/": 403}


@pytest.mark.parametrize("copies", [1, 3])
def test_the_page_of_pairs_costs_the_same_however_many(
    page, student, fitting, copies, django_assert_num_queries
):
    for row in PositionFactory.create_batch(copies, published=True, company=fitting.company):
        StrongPair.objects.create(student=student, position=row, mutual=0.5, model="m")
    page.get("/staff/matching/")
    with django_assert_num_queries(9):
        assert len(page.get("/staff/matching/").context["pairs"]) == copies


def test_runs_come_last_first(student):
    for hours in (2, 1):
        TrainingRun.objects.create(
            started_at=clock.now() - timedelta(hours=hours), ended_at=clock.now(), status="refused"
        )
    found = [row.started_at for row in runs(staff_actor(student.school))]
    assert found == sorted(found, reverse=True)
