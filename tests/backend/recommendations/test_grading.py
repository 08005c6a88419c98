"""Grading: two seats, nobody sees the other's word or the score, and kappa when both are done."""

import pytest
from django.db import IntegrityError, transaction

from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.recommendations.domain import draw_round, grade_pair
from backend.recommendations.models import DrawnPair, Grade, GraderSeat, GradingRound
from backend.recommendations.queries import comparison, to_grade
from backend.students.models import Student
from tests.backend.racing import race
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import recruiter_actor, staff_actor, student_actor
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ROWS = (GradingRound, DrawnPair, GraderSeat, Grade)


@pytest.fixture
def graders(student):
    """Three of the staff."""
    return [
        staff_actor(student.school, user_id=MembershipFactory(school=student.school).user.pk)
        for _ in range(3)
    ]


@pytest.fixture
def round_(student, fitting, strange, graders):
    StudentFactory(school=student.school)
    return draw_round(actor=graders[0])


def grade_all(actor, round_, fits) -> None:
    for pair, fit in zip(round_.pairs.order_by("number"), fits, strict=True):
        grade_pair(actor=actor, pair_id=pair.pk, fit=fit)


def test_a_round_draws_real_pairs_with_their_scores(round_, graders):
    pairs = list(round_.pairs.order_by("number"))
    assert [pair.number for pair in pairs] == [1, 2, 3, 4]
    assert len({(pair.student_id, pair.position_id) for pair in pairs}) == 4
    assert (round_.seed, round_.model, round_.drawn_by_id) == (
        round_.pk,
        "weighted-rules-1",
        graders[0].user_id,
    )
    assert last_trail() == ("grading.drawn", "", "", "recommendations.gradinground", round_.pk)


def test_at_most_as_many_as_asked(student, fitting, strange, graders):
    assert draw_round(actor=graders[0], number=1).pairs.count() == 1


def test_there_must_be_something_to_grade(student, graders):
    with refused(Conflict, "nothing_to_grade", *ROWS):
        draw_round(actor=graders[0])


def test_only_staff_of_the_whole_school_grade(student, fitting, round_):
    pair = round_.pairs.first()
    people = [
        student_actor(student),
        recruiter_actor(fitting.company),
        staff_actor(student.school, department_id=student.major.department_id),
    ]
    for person in people:
        with refused(NotAllowed, "not_allowed", *ROWS):
            draw_round(actor=person)
        with refused(NotAllowed, "not_allowed", *ROWS):
            grade_pair(actor=person, pair_id=pair.pk, fit=1)
    stranger = staff_actor(SchoolFactory(), user_id=MembershipFactory().user.pk)
    with refused(NotFound, "not_found", *ROWS):
        grade_pair(actor=stranger, pair_id=pair.pk, fit=1)


@pytest.mark.parametrize("fit", [-1, 3, 99])
def test_unknown_grades_are_refused(round_, graders, fit):
    with refused(Invalid, "invalid", *ROWS, fields=["fit"]):
        grade_pair(actor=graders[0], pair_id=round_.pairs.first().pk, fit=fit)


def test_each_gets_the_next_pair_of_their_own(round_, graders):
    first, second, *_rest = round_.pairs.order_by("number")
    grade_pair(actor=graders[0], pair_id=first.pk, fit=2)
    assert [to_grade(who, round_) for who in graders[:2]] == [second, first]
    grade_pair(actor=graders[0], pair_id=first.pk, fit=0)
    assert list(Grade.objects.values_list("pair_id", "fit", "seat__number")) == [(first.pk, 0, 1)]


def test_a_third_person_is_refused(round_, graders):
    pair = round_.pairs.first()
    for who in graders[:2]:
        grade_pair(actor=who, pair_id=pair.pk, fit=1)
    with refused(Conflict, "two_grade_already", *ROWS):
        grade_pair(actor=graders[2], pair_id=pair.pk, fit=1)


def test_the_result_comes_when_both_are_done_and_stays(round_, graders):
    grade_all(graders[0], round_, [2, 2, 0, 0])
    half = comparison(round_)
    assert (half.complete, half.graded, half.mean_scores, half.taken) == (False, {1: 4, 2: 0}, {}, False)
    grade_all(graders[1], round_, [2, 0, 0, 1])
    found = comparison(round_)
    assert (found.complete, found.taken, found.agreement.equal) == (True, True, 0.5)
    # First: two 2, two 0; second: one 2, two 0, one 1: chance = (2·1 + 2·2) / 16.
    assert found.agreement.kappa == pytest.approx((0.5 - 6 / 16) / (1 - 6 / 16))
    assert {key: number for key, number in found.table.items() if number} == {
        (2, 2): 1,
        (2, 0): 1,
        (0, 0): 1,
        (0, 1): 1,
    }
    scores = [pair.score for pair in round_.pairs.order_by("number")]
    assert found.mean_scores[2] == pytest.approx((2 * scores[0] + scores[1]) / 3)
    with refused(Conflict, "graded_by_both", *ROWS):
        grade_pair(actor=graders[0], pair_id=round_.pairs.first().pk, fit=1)


def test_a_student_who_leaves_the_school_is_not_shown_to_graders(round_, graders, student):
    Student.objects.filter(pk=student.pk).update(school=SchoolFactory())
    assert to_grade(graders[0], round_).student_id != student.pk
    gone = round_.pairs.filter(student=student).first()
    with refused(NotFound, "not_found", *ROWS):
        grade_pair(actor=graders[0], pair_id=gone.pk, fit=1)


@pytest.mark.django_db(transaction=True)
def test_of_four_who_begin_at_once_two_have_seats():
    position = PositionFactory(published=True)
    school = position.company.school
    StudentFactory(school=school)
    people = [staff_actor(school, user_id=MembershipFactory(school=school).user.pk) for _ in range(4)]
    pair = draw_round(actor=people[0]).pairs.get()
    found = race(lambda n: grade_pair(actor=people[n], pair_id=pair.pk, fit=n % 3).fit, threads=4)
    graded = [one for one in found if isinstance(one, int)]
    refusals = {getattr(one, "code", "") for one in found if not isinstance(one, int)}
    # Whoever comes after both have graded the only pair is told so, before seats are looked at.
    assert (len(graded), refusals <= {"two_grade_already", "graded_by_both"}) == (2, True)
    assert sorted(GraderSeat.objects.values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize(
    ("seats", "constraint"),
    [
        ([(1, 0), (1, 1)], "UNIQUE|grader_seat_once"),
        ([(1, 0), (2, 0)], "UNIQUE|grader_one_seat"),
        ([(3, 0)], "grader_two_seats"),
    ],
)
def test_the_database_keeps_two_seats(round_, graders, seats, constraint):
    rows = [GraderSeat(round=round_, number=number, user_id=graders[who].user_id) for number, who in seats]
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        GraderSeat.objects.bulk_create(rows)


@pytest.fixture
def page(client, student):
    client.force_login(MembershipFactory(school=student.school).user, BACKEND)
    client.cookies["django_language"] = "en"
    return client


def test_grading_on_the_page_hides_name_and_score(page, student, fitting, strange):
    place = page.post("/staff/matching/grading/draw/")["Location"]
    for done in range(2):
        answer = page.get(place)
        pair, words = answer.context["pair"], answer.content.decode()
        assert (answer.context["done"], pair.position.title in words) == (done, True)
        assert (student.name in words, f"{round(pair.score * 100)} %" in words) == (False, False)
        assert page.post(f"{place}pairs/{pair.pk}/", {"fit": "1"})["Location"] == place
    assert "You have graded all pairs." in page.get(place).content.decode()
    assert place in page.get("/staff/matching/grading/").content.decode()


@pytest.mark.parametrize("fit", ["", "x", "3", "-1", "１"])
def test_the_page_refuses_a_wrong_grade(page, round_, fit):
    pair = round_.pairs.first()
    answer = page.post(f"/staff/matching/grading/{round_.pk}/pairs/{pair.pk}/", {"fit": fit})
    assert (answer.status_code, Grade.objects.count()) == (422, 0)


def test_the_page_shows_the_result_and_tells_a_third_person(page, round_, graders):
    grade_pair(actor=graders[0], pair_id=round_.pairs.first().pk, fit=1)
    grade_pair(actor=graders[1], pair_id=round_.pairs.first().pk, fit=1)
    path = f"/staff/matching/grading/{round_.pk}/"
    assert "Two people grade this round already." in page.get(path).content.decode()
    grade_all(graders[0], round_, [2, 1, 0, 0])
    grade_all(graders[1], round_, [2, 1, 0, 1])
    answer = page.get(path)
    assert answer.context["result"].complete is True
    assert "Cohen" in answer.content.decode()


def test_a_round_of_another_school_does_not_exist(client, round_):
    client.force_login(MembershipFactory().user, BACKEND)
    assert client.get(f"/staff/matching/grading/{round_.pk}/").status_code == 404
