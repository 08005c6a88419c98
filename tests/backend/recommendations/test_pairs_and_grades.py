"""Pairs nobody noticed and pairs that are graded, over many rows: limits, order, repeats, erasure, and constraints."""

import random
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.common import clock
from backend.common.errors import Conflict
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification
from backend.recommendations.domain import draw_round, grade_pair, hint_pair, interact, refresh_pairs
from backend.recommendations.domain import pairs as pairs_domain
from backend.recommendations.market import market_of
from backend.recommendations.models import (
    DrawnPair,
    Grade,
    GraderSeat,
    GradingRound,
    StoredAudit,
    StrongPair,
)
from backend.recommendations.queries import comparison, to_grade
from backend.recommendations.queries.grading import comparisons, next_pairs
from backend.recommendations.queries.staff import unnoticed_rows
from backend.students.models import Student
from matching import api as matching
from tests.backend.refusals import refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import staff_actor
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def staff(student):
    """Two of the staff of the school."""
    return [
        staff_actor(student.school, user_id=MembershipFactory(school=student.school).user.pk)
        for _ in range(2)
    ]


@pytest.fixture
def market(student, fitting):
    """Five students and four positions of one school."""
    StudentFactory.create_batch(4, school=student.school)
    PositionFactory.create_batch(3, published=True, company=fitting.company)
    return market_of(student.school)


def kept() -> list[tuple[int, int]]:
    return list(StrongPair.objects.order_by("-mutual", "pk").values_list("student_id", "position_id"))


def test_each_student_stands_in_at_most_two_pairs_their_best(market, student):
    """By hand from the whole matrix: of every student's four positions the two of the highest mutual score."""
    assert refresh_pairs(student.school) == 10
    mutual = matching.mutual_matrix(market.students, market.positions, on=clock.today()).round(12)
    for row, one in zip(mutual, market.students, strict=True):
        best = sorted(zip(-row, [p.id for p in market.positions], strict=True))[:2]
        assert sorted(p for s, p in kept() if s == one.id) == sorted(p for _score, p in best)
    scores = list(StrongPair.objects.order_by("-mutual").values_list("mutual", flat=True))
    assert (max(scores), scores) == (pytest.approx(mutual.max()), sorted(scores, reverse=True))


def test_no_more_pairs_are_kept_than_a_school_can_look_at(market, student, monkeypatch):
    monkeypatch.setattr(pairs_domain, "KEPT", 3)
    assert (refresh_pairs(student.school), len(kept())) == (3, 3)


def test_what_one_student_did_leaves_the_others_pairs(market, student, actor, fitting):
    refresh_pairs(student.school)
    before = kept()
    interact(actor=actor, position_id=fitting.pk, kind="view")
    refresh_pairs(student.school)
    assert {pair for pair in kept() if pair[0] != student.pk} == {p for p in before if p[0] != student.pk}
    assert (student.pk, fitting.pk) not in kept()


def test_a_pair_that_is_still_strong_keeps_its_hint_and_takes_the_new_figures(market, student, staff):
    refresh_pairs(student.school)
    row = unnoticed_rows(staff[0]).first()
    hint_pair(actor=staff[0], pair_id=row.pk)
    StrongPair.objects.filter(pk=row.pk).update(mutual=0.01, model="older")
    clock.advance(timedelta(hours=1))
    refresh_pairs(student.school)
    again = StrongPair.objects.get(pk=row.pk)
    assert (again.mutual, again.model, again.at) == (row.mutual, "weighted-rules-1", clock.now())
    assert (again.hinted_at, again.hinted_by_id) == (clock.now() - timedelta(hours=1), staff[0].user_id)


def test_a_pair_that_is_found_again_tells_the_student_once(student, fitting, staff):
    """The row was forgotten and found anew: the hint is given again, and no second message is sent."""
    MembershipFactory(of_student=True, student=student)
    for _ in range(2):
        StrongPair.objects.all().delete()
        pair = StrongPair.objects.create(student=student, position=fitting, mutual=0.5, model="m")
        hint_pair(actor=staff[0], pair_id=pair.pk)
    (told,) = Notification.objects.all()
    assert told.dedupe_key == f"position_hinted:{student.pk}:{fitting.pk}"
    assert OutboxEntry.objects.filter(dedupe_key__endswith=told.dedupe_key).count() == 1


@pytest.mark.parametrize("ended", [True, False])
def test_a_hint_reaches_only_the_account_that_is_the_students_now(student, fitting, staff, ended):
    account = MembershipFactory(of_student=True, student=student, ended=ended).user
    pair = StrongPair.objects.create(student=student, position=fitting, mutual=0.5, model="m")
    hint_pair(actor=staff[0], pair_id=pair.pk)
    told = list(Notification.objects.values_list("user_id", flat=True))
    assert told == ([] if ended else [account.pk])


@pytest.mark.parametrize(
    ("trait", "days", "there"),
    [
        ("verified", 0, True),
        ("verified", 61, False),
        ("suspended", 0, False),
        ("expired", 0, False),
        ("rejected", 0, False),
    ],
)
def test_the_market_holds_what_is_open_today(student, trait, days, there):
    """A suspended company, a vetting that ended, and a posting past its day are in nobody's market."""
    company = CompanyFactory(school=student.school, **{trait: True})
    position = PositionFactory(company=company, published=True)
    clock.advance(timedelta(days=days))
    assert [row.id for row in market_of(student.school).positions] == ([position.pk] if there else [])


def test_the_market_of_an_alliance_has_its_positions_and_only_the_own_students():
    alliance = AllianceFactory()
    one, other = SchoolFactory(alliance=alliance), SchoolFactory(alliance=alliance)
    people = [StudentFactory(school=school) for school in (one, other)]
    rows = [
        PositionFactory(published=True, company__school=school) for school in (one, other, SchoolFactory())
    ]
    for school, person in zip((one, other), people, strict=True):
        found = market_of(school)
        assert [row.id for row in found.students] == [person.pk]
        assert [row.id for row in found.positions] == [row.pk for row in rows[:2]]


def test_the_same_seed_draws_the_same_pairs(market, staff):
    """What a round holds can be drawn again from its seed and the scores of that day."""
    round_ = draw_round(actor=staff[0], number=6)
    scores = matching.score_matrix(market.students, market.positions, on=clock.today())
    again = [
        (market.students[row].id, market.positions[column].id, pytest.approx(float(scores[row, column])))
        for row, column in matching.draw_pairs(scores, 6, seed=round_.seed)
    ]
    assert list(round_.pairs.order_by("number").values_list("student_id", "position_id", "score")) == again
    other = draw_round(actor=staff[0], number=6)
    assert other.seed != round_.seed


@pytest.mark.parametrize("seed", [1, 2])
def test_many_rounds_asked_at_once_are_what_each_is_alone(market, staff, seed):
    """Rounds that are untouched, begun, half done and done, in any mixture, for both people."""
    rng = random.Random(seed)
    rounds = [draw_round(actor=staff[0], number=3) for _ in range(4)]
    for round_, share in zip(rounds, (0.0, 0.4, 0.8, 1.0), strict=True):
        for actor in staff:
            for pair in round_.pairs.all():
                if rng.random() < share:
                    grade_pair(actor=actor, pair_id=pair.pk, fit=rng.randrange(3))
    assert comparisons(rounds) == {row.pk: comparison(row) for row in rounds}
    for actor in staff:
        alone = {row.pk: to_grade(actor, row) for row in rounds}
        assert next_pairs(actor, rounds) == {pk: pair for pk, pair in alone.items() if pair is not None}
    assert comparison(rounds[3]).complete is True
    assert (comparisons([]), next_pairs(staff[0], [])) == ({}, {})


def test_an_erased_student_takes_their_pairs_along_and_the_rest_is_compared(market, student, staff):
    """What both have graded is then all there is: the result stands on the pairs that are left."""
    round_ = draw_round(actor=staff[0], number=20)
    mine = round_.pairs.filter(student=student).count()
    for actor in staff:
        for pair in round_.pairs.exclude(student=student):
            grade_pair(actor=actor, pair_id=pair.pk, fit=1)
    assert (comparison(round_).complete, mine) == (False, 4)
    Student.objects.filter(pk=student.pk).delete()
    found = comparison(round_)
    assert (found.complete, found.pairs, found.graded, found.agreement.equal) == (
        True,
        16,
        {1: 16, 2: 16},
        1.0,
    )


def test_whoever_has_a_seat_in_one_round_needs_another_in_the_next(market, student, staff):
    third = staff_actor(student.school, user_id=MembershipFactory(school=student.school).user.pk)
    first, second = (draw_round(actor=staff[0], number=2) for _ in range(2))
    for actor in staff:
        grade_pair(actor=actor, pair_id=first.pairs.first().pk, fit=1)
    with refused(Conflict, "two_grade_already", GraderSeat, Grade):
        grade_pair(actor=third, pair_id=first.pairs.last().pk, fit=1)
    assert grade_pair(actor=third, pair_id=second.pairs.first().pk, fit=1).seat.number == 1


@pytest.mark.parametrize(
    ("make", "constraint"),
    [
        (
            lambda p, s: DrawnPair(
                round=p.round, number=9, student=p.student, position=p.position, score=0.5
            ),
            "",
        ),
        (lambda p, s: DrawnPair(round=p.round, number=1, student_id=s, position=p.position, score=0.5), ""),
        (
            lambda p, s: DrawnPair(round=p.round, number=9, student_id=s, position=p.position, score=1.5),
            "drawn_pair_score",
        ),
        (lambda p, s: Grade(pair=p, seat=GraderSeat.objects.get(), fit=3), "grade_known"),
        (lambda p, s: Grade(pair=p, seat=GraderSeat.objects.get(), fit=1), ""),
        (lambda p, s: StoredAudit(school=p.round.school, kind="love", model="m"), "audit_kind_known"),
        (lambda p, s: StoredAudit(school=p.round.school, kind="reach", model="m"), ""),
        (lambda p, s: StrongPair(student=p.student, position=p.position, mutual=0.5, model="m"), ""),
    ],
)
def test_the_database_has_the_last_word(student, fitting, staff, make, constraint):
    """Each row once, within its bounds, whatever the code above forgets to ask."""
    other = StudentFactory(school=student.school)
    round_ = draw_round(actor=staff[0], number=1)
    pair = round_.pairs.get()
    grade_pair(actor=staff[0], pair_id=pair.pk, fit=1)
    StoredAudit.objects.create(school=student.school, kind="reach", model="m")
    StrongPair.objects.create(student=pair.student, position=pair.position, mutual=0.5, model="m")
    stranger = other.pk if pair.student_id == student.pk else student.pk
    with pytest.raises(IntegrityError, match=constraint or "UNIQUE|unique"), transaction.atomic():
        make(pair, stranger).save()
    assert GradingRound.objects.count() == 1
