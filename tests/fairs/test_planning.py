"""The rounds of assignment: nobody gets one more talk before everybody who can has as many, and the grid holds."""

from collections import Counter
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairs.planning.problem import ENOUGH, Problem, Seeker, Stand, Talk, Wishes, worth_of
from fairs.planning.rounds import propose


@st.composite
def problems(draw):
    """A fair of up to five students and three booths on four slots."""
    students, booths, slots = draw(st.integers(1, 5)), draw(st.integers(1, 3)), draw(st.integers(1, 4))
    edge = st.integers(0, slots)
    pairs = np.array(
        [[draw(st.sampled_from([-1.0, 0.2, 0.6, 0.9])) for _ in range(booths)] for _ in range(students)]
    )
    seekers = [Seeker(10 + n, *sorted((draw(edge), draw(edge)))) for n in range(students)]
    stands = [Stand(n, draw(st.integers(1, 2)), *sorted((draw(edge), draw(edge)))) for n in range(booths)]
    return Problem(slots, seekers, stands, pairs, most=draw(st.integers(1, 3)))


def free_pairs(problem, talks):
    """(student, booth, slot) that could still be planned beside these talks, with the worth of the pair."""
    held = {(talk.student, talk.booth) for talk in talks}
    busy = {(talk.student, talk.slot) for talk in talks}
    seats = Counter((talk.booth, talk.slot) for talk in talks)
    for (row, one), (column, booth), slot in product(
        enumerate(problem.students), enumerate(problem.booths), range(problem.slots)
    ):
        there = one.first <= slot < one.last and booth.first <= slot < booth.last
        new = (one.id, booth.id) not in held and (one.id, slot) not in busy
        if there and new and seats[booth.id, slot] < booth.seats and problem.worth[row, column] >= 0:
            yield one.id, booth.id, float(problem.worth[row, column])


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 3))
def test_the_plan_holds_on_every_fair(problem, seed):
    talks = propose(problem, seed).talks
    assert len({(t.student, t.slot) for t in talks}) == len(talks)
    assert len({(t.booth, t.slot, t.seat) for t in talks}) == len(talks)
    assert len({(t.student, t.booth) for t in talks}) == len(talks)
    people, booths = {s.id: s for s in problem.students}, {b.id: b for b in problem.booths}
    for talk in talks:
        one, booth = people[talk.student], booths[talk.booth]
        assert max(one.first, booth.first) <= talk.slot < min(one.last, booth.last)
        assert talk.seat < booth.seats
    counts = Counter(talk.student for talk in talks)
    assert max(counts.values(), default=0) <= problem.most
    # Who has none could have none: no free seat is left to them. Who has fewer than allowed: none that is worth it.
    left = {(student, worth >= ENOUGH) for student, _booth, worth in free_pairs(problem, talks)}
    assert {student for student, _ in left if not counts[student]} == set()
    assert {student for student, good in left if good and counts[student] < problem.most} == set()


def test_nobody_gets_a_second_talk_while_somebody_has_none():
    """One seat at each of two times: the dearer student would fill both, and gets one."""
    worth = np.array([[0.9, 0.9], [0.1, 0.1]])
    problem = Problem(1, [Seeker(1, 0, 1), Seeker(2, 0, 1)], [Stand(7, 1, 0, 1), Stand(8, 1, 0, 1)], worth)
    assert Counter(talk.student for talk in propose(problem).talks) == {1: 1, 2: 1}
    narrow = Problem(2, [Seeker(1, 0, 2), Seeker(2, 0, 2)], [Stand(7, 1, 0, 1), Stand(8, 1, 1, 2)], worth)
    assert Counter(talk.student for talk in propose(narrow).talks) == {1: 1, 2: 1}


def test_as_many_as_can_be_are_placed_before_it_is_asked_how_well():
    """The first student fits both booths, the second only the better one: it gives way."""
    worth = np.array([[1.0, 0.1], [0.6, -1.0]])
    problem = Problem(1, [Seeker(1, 0, 1), Seeker(2, 0, 1)], [Stand(7, 1, 0, 1), Stand(8, 1, 0, 1)], worth)
    assert [(talk.student, talk.booth) for talk in propose(problem).talks] == [(1, 8), (2, 7)]
    assert propose(problem).without == []


def test_the_same_seed_gives_the_same_plan_in_whatever_order_rows_come():
    dice = np.random.default_rng(5)
    worth = dice.choice([0.5, 0.7], size=(12, 4))
    students = [Seeker(n, 0, 6) for n in range(12)]
    booths = [Stand(n, 1, 0, 6) for n in range(4)]
    problem = Problem(6, students, booths, worth, most=2)
    mixed = Problem(6, students[::-1], booths[::-1], worth[::-1, ::-1], most=2)
    assert propose(problem, 3) == propose(mixed, 3) == propose(problem, 3)
    assert propose(problem, 3) != propose(problem, 4)


def test_a_breath_leaves_times_free_at_every_booth():
    problem = Problem(
        6,
        [Seeker(n, 0, 6) for n in range(20)],
        [Stand(n, 2, 0, 6) for n in range(3)],
        np.ones((20, 3)),
        breath=3,
    )
    used = {(talk.booth, talk.slot) for talk in propose(problem).talks}
    assert used == {(booth, slot) for booth in range(3) for slot in range(6) if (slot + booth) % 3 != 2}


def test_who_has_no_free_seat_is_named():
    problem = Problem(
        1, [Seeker(n, 0, 1) for n in (4, 3, 2)], [Stand(1, 1, 0, 1)], np.array([[0.2], [0.9], [0.5]])
    )
    found = propose(problem)
    assert (found.talks, found.without) == ([Talk(3, 1, 0, 0)], [2, 4])


@pytest.mark.parametrize(("students", "booths"), [(0, 2), (2, 0)])
def test_an_empty_side_gives_an_empty_plan(students, booths):
    problem = Problem(
        3,
        [Seeker(n, 0, 3) for n in range(students)],
        [Stand(n, 1, 0, 3) for n in range(booths)],
        np.ones((students, booths)),
    )
    assert propose(problem).talks == []
    assert propose(problem).without == list(range(students))


def test_worth_is_fit_and_what_both_sides_said():
    fit = np.array([[0.4, 0.4, 0.4], [0.4, 0.4, 0.4], [-1.0, -1.0, -1.0], [0.4, 0.4, 0.4]])
    wishes = Wishes(
        choices={1: [8, 7], 3: [9, 99]},
        marks={(7, 2): "student", (8, 2): "major", (7, 3): "student", (9, 99): "major"},
        closed=[4],
    )
    worth = worth_of(fit, [1, 2, 3, 4], [7, 8, 9], wishes)
    assert worth.round(4).tolist() == [
        [0.5875, 0.65, 0.4],
        [0.55, 0.5, 0.4],
        [-1.0, -1.0, 0.25],  # not ordered by fit: the choice alone, and no mark opens what was not chosen
        [-1.0, -1.0, -1.0],
    ]
    assert fit[0, 0] == 0.4
