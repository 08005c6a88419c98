"""Ranking, explaining and raising on the weighted rules."""

import tracemalloc
from dataclasses import fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import api, retrieval
from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.types import EDUCATION_LEVELS, KINDS, Position, Student
from tests.matching.builders import position, student
from tests.matching.simulated import by_nothing, interactions

WORDS = st.lists(st.sampled_from(["Python", "SQL", "焊接", "会计", "Excel", "护理"]), max_size=4).map(tuple)
CODES = st.sampled_from(["", "2-02-10-03", "2-02-10-09", "4-01-02-03", "6-31-01-05"])
CITIES = st.sampled_from(["", "420100", "420106", "420500", "110000"])
DAYS = st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31))
MONEY = st.none() | st.integers(0, 40000)
STUDENTS = st.builds(
    Student,
    id=st.integers(1, 99),
    major=st.sampled_from(["", "软件技术", "会计"]),
    major_code=st.sampled_from(["", "510203", "530302"]),
    education=st.sampled_from(EDUCATION_LEVELS),
    skills=WORDS,
    certificates=WORDS,
    experience_months=st.integers(0, 120),
    wanted_occupations=st.lists(CODES.filter(bool), max_size=3).map(tuple),
    wanted_cities=st.lists(CITIES.filter(bool), max_size=3).map(tuple),
    wanted_kinds=st.lists(st.sampled_from(KINDS), max_size=3).map(tuple),
    salary_floor=MONEY,
    text=st.text(max_size=30),
    available_from=DAYS,
)
POSITIONS = st.builds(
    Position,
    id=st.integers(1, 99),
    title=st.text(max_size=10),
    occupation_code=CODES,
    majors=st.lists(st.sampled_from(["软件技术", "510203", "530302"]), max_size=3).map(tuple),
    skills=WORDS,
    education=st.sampled_from(EDUCATION_LEVELS),
    experience_months=st.integers(0, 120),
    city_code=CITIES,
    kind=st.sampled_from(["", *KINDS]),
    salary_min=MONEY,
    salary_max=MONEY,
    text=st.text(max_size=30),
    openings=st.integers(0, 9),
    applicants=st.integers(0, 99),
    published_on=DAYS,
    starts_on=DAYS,
)


@settings(max_examples=60, deadline=None)
@given(STUDENTS, POSITIONS)
def test_contributions_add_up_for_any_pair(one, other):
    match = api.explain(one, other)

    assert abs(sum(reason.contribution for reason in match.reasons) - match.score) < 1e-9
    assert 0.0 <= match.score <= 1.0
    assert {reason.feature for reason in match.reasons} == {*REGISTRY, "base"}
    assert all(reason.zh and reason.en for reason in match.reasons)


@settings(max_examples=40, deadline=None)
@given(st.lists(STUDENTS, min_size=1, max_size=4), st.lists(POSITIONS, min_size=1, max_size=4))
def test_a_pair_scores_the_same_alone_and_in_company(people, offers):
    together = api.score_matrix(people, offers)
    alone = np.array([[api.explain(one, other).score for other in offers] for one in people])

    assert together.shape == (len(people), len(offers))
    assert np.allclose(together, alone, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(STUDENTS, POSITIONS)
def test_every_suggestion_gains_and_they_are_sorted(one, other):
    gains = [suggestion.gain for suggestion in api.raise_by(one, other)]

    assert all(gain > 0 for gain in gains)
    assert gains == sorted(gains, reverse=True)


@settings(max_examples=40, deadline=None)
@given(STUDENTS, POSITIONS)
def test_more_education_experience_or_a_lower_wish_never_lowers_the_score(one, other):
    before = api.explain(one, other).score

    assert api.explain(replace(one, education="doctor"), other).score >= before - 1e-12
    assert api.explain(replace(one, experience_months=240), other).score >= before - 1e-12
    if one.salary_floor is not None:
        assert api.explain(replace(one, salary_floor=0), other).score >= before - 1e-12


def test_the_suggested_skill_gains_what_it_says():
    gain = {s.en: s.gain for s in api.raise_by(student(), position())}["Learn “Linux”"]

    before = api.explain(student(), position()).score
    after = api.explain(student(skills=("Python", "SQL", "Linux")), position()).score
    assert after - before == pytest.approx(gain, abs=1e-12)


def test_positions_come_best_first_ties_by_id_and_limited():
    far = position(id=1, city_code="110000", occupation_code="6-31-01-05", kind="internship")
    ranked = api.rank_positions(student(), [far, position(id=9), position(id=4)])

    assert [match.position_id for match in ranked] == [4, 9, 1]
    assert [m.position_id for m in api.rank_positions(student(), [far, position(id=9)], limit=1)] == [9]
    assert api.rank_positions(student(), []) == []
    assert api.rank_positions(student(), [far], limit=0) == []


def test_students_come_best_first():
    ready = student(id=5, education="bachelor", experience_months=12, skills=("python", "LINUX"))
    ranked = api.rank_students(position(), [student(id=2), ready])

    assert [match.student_id for match in ranked] == [5, 2]
    assert {match.model for match in ranked} == {api.active_model()}
    assert api.rank_students(position(), []) == []


def test_no_protected_attribute_exists():
    protected = (
        "sex",
        "gender",
        "age",
        "birth",
        "ethnic",
        "household",
        "hukou",
        "photo",
        "disab",
        "marit",
        "name",
    )
    names = [field.name for kind in (Student, Position) for field in fields(kind)]

    assert [n for n in names for word in protected if word in n.split("_") or n.startswith(word)] == []
    with pytest.raises(TypeError):
        student(sex="female")


@pytest.mark.parametrize(
    ("feature", "changes", "offer", "expected"),
    [
        ("occupation", {"wanted_occupations": ("2-02-10-09",)}, {}, 0.75),
        ("occupation", {"wanted_occupations": ()}, {}, None),
        ("skills_covered", {}, {}, 0.5),
        ("skills_covered", {}, {"skills": ()}, None),
        ("major", {"major": "会计"}, {}, 0.0),
        ("education", {}, {}, 0.4),
        ("education", {"education": "doctor"}, {}, 1.0),
        ("experience", {}, {}, 0.5),
        ("place", {"wanted_cities": ("420106",)}, {}, 0.8),
        ("place", {"wanted_cities": ("420500",)}, {}, 0.4),
        ("kind", {"wanted_kinds": ("internship",)}, {}, 0.0),
        ("salary", {"salary_floor": 10000}, {}, 0.6),
        ("salary", {"salary_floor": None}, {}, None),
        ("salary_sure", {"salary_floor": 10000}, {}, 0.5),
        ("availability", {"available_from": date(2026, 8, 15)}, {}, 0.5),
        ("competition", {}, {}, 0.5),
        ("competition", {}, {"openings": 0}, None),
    ],
)
def test_feature_values(feature, changes, offer, expected):

    value = extract(Pairs([student(**changes)], [position(**offer)]), [feature])[0, 0, 0]

    assert (None if np.isnan(value) else round(float(value), 9)) == expected


def test_recruiters_read_nothing_about_the_pay_a_student_hopes_for():
    people = [
        student(id=1, salary_floor=6000),
        student(id=2, salary_floor=20000),
        student(id=3, salary_floor=None),
    ]
    private = {"salary", "salary_sure", "salary_overlap", "place", "kind", "commute", "mutual_interest"}
    matches = api.rank_students(position(), people)

    own = {one.id: api.explain(one, position()) for one in people}
    for match in matches:
        names = [reason.feature for reason in match.reasons]
        assert set(names) == {*REGISTRY, "wishes", "base"} - private
        assert len(names) == len(set(names))
        assert names[-1] == "base"
        assert match.score == own[match.student_id].score
        assert abs(sum(reason.contribution for reason in match.reasons) - match.score) < 1e-9
        words = " ".join(reason.zh + reason.en for reason in match.reasons)
        assert not [word for word in ("薪", "pay", "6000", "20000", "salary") if word in words]


def test_a_wish_far_off_reads_the_same_whatever_it_was():
    far = api.rank_students(position(city_code="110000", kind="internship"), [student()])[0]
    wishes = next(reason for reason in far.reasons if reason.feature == "wishes")

    assert (wishes.zh, wishes.en) == (
        "综合来看，职位与求职意向有差距",
        "Taken together, the position is some way from the wishes",
    )
    assert wishes.contribution < 0


def test_scoring_in_steps_changes_nothing(monkeypatch):
    rows = interactions(by_nothing, people=23)
    people, offers = [row.student for row in rows], rows[0].shown
    whole = api.score_matrix(people, offers)
    monkeypatch.setattr(retrieval, "PAIRS_AT_ONCE", 5 * len(offers))

    assert np.array_equal(api.score_matrix(people, offers), whole)
    monkeypatch.setattr(retrieval, "PAIRS_AT_ONCE", 1)
    assert np.array_equal(api.score_matrix(people, offers), whole)


def test_memory_grows_with_the_answer_not_with_the_features():
    people = [student(id=n, text=f"会 Python {n}") for n in range(1000)]
    offers = [position(id=n, text=f"编写程序 {n}") for n in range(1500)]
    api.score_matrix(people[:2], offers)

    tracemalloc.start()
    scores = api.score_matrix(people, offers)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    # All features of all pairs at once would take 17 times the answer before any work on them.
    assert peak < 13 * scores.nbytes


def test_nobody_or_nothing_gives_an_empty_matrix():
    assert api.score_matrix([], [position()]).shape == (0, 1)
    assert api.score_matrix([student()], []).shape == (1, 0)


def test_a_day_to_look_on_makes_fresh_positions_stand_higher():
    old = position(id=1, published_on=date(2026, 1, 1))
    new = position(id=2, published_on=date(2026, 5, 1))
    day = date(2026, 5, 2)

    assert [m.position_id for m in api.rank_positions(student(), [old, new])] == [1, 2]
    assert [m.position_id for m in api.rank_positions(student(), [old, new], on=day)] == [2, 1]
    matrix = api.score_matrix([student()], [old, new], on=day)
    assert matrix[0].tolist() == pytest.approx(
        [api.explain(student(), offer, on=day).score for offer in (old, new)], abs=1e-12
    )
    assert api.rank_students(new, [student()], on=day)[0].score == pytest.approx(matrix[0, 1], abs=1e-12)
