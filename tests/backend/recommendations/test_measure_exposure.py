"""`manage.py measure_exposure`: what giving way changes for a school's students, within what is stated."""

import json

import pytest
from django.core.management import call_command

from backend.recommendations.queries import exposure
from matching import api as matching
from matching.two_sided import Moved
from tests.factories.applications import ApplicationFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = pytest.mark.usefixtures("frozen_now")


@pytest.fixture
def swamped(student, fitting):
    """The best position has ten applicants for its only opening, its twin none."""
    fitting.openings = 1
    fitting.save()
    for _ in range(10):
        ApplicationFactory(position=fitting, student__school=student.school, student__seeking=False)
    return PositionFactory(
        published=True, company=fitting.company, title=fitting.title, majors=fitting.majors, openings=1,
        skills=["Java"], city_code=fitting.city_code, occupation=fitting.occupation,
    )  # fmt: skip


def said(capsys, *flags) -> str:
    call_command("measure_exposure", *flags)
    return capsys.readouterr().out


def test_exposure_moves_from_the_swamped_position_within_the_bound(student, swamped, capsys):
    (line,) = said(capsys, "--json").splitlines()
    told = json.loads(line)
    asked, moved = exposure.exposure_moved(student.school)
    assert told == {
        "school": student.school.name,
        "students": asked,
        "bound": 0.05,
        **vars(moved),
        "impact_ratio": 1.0,
    }
    assert asked == 1
    assert moved.swamped_before >= moved.swamped_after > 0
    assert moved.most_given_up <= matching.MOST_GIVEN


def test_in_words_it_says_the_same(student, swamped, capsys):
    _asked, moved = exposure.exposure_moved(student.school)
    line = said(capsys)
    assert line.startswith(f"{student.school.name}: 1 students;")
    assert f"{moved.swamped_before:.3f} -> {moved.swamped_after:.3f}" in line
    assert line.endswith("(bound 0.05); lowest impact ratio 1.00 (bar 0.80)\n")


def test_where_nobody_is_swamped_nothing_moves(student, fitting, strange):
    assert exposure.exposure_moved(student.school) == (1, Moved(0.0, 0.0, 0.0, 0.0))


def test_a_school_without_a_market_is_not_told_of(db, capsys):
    SchoolFactory()
    assert said(capsys) == ""


def test_more_given_up_than_stated_ends_with_one(student, swamped, monkeypatch, capsys):
    monkeypatch.setattr(
        "backend.recommendations.management.commands.measure_exposure.exposure_moved",
        lambda school: (1, Moved(0.5, 0.1, 0.01, 0.06)),
    )
    with pytest.raises(SystemExit) as ended:
        call_command("measure_exposure")
    assert ended.value.code == 1
    assert "at most 0.0600" in capsys.readouterr().out


@pytest.mark.parametrize(("others", "ratio"), [(12, "0.67"), (10, "0.80")])
def test_a_group_below_four_fifths_ends_with_one(student, fitting, capsys, others, ratio):
    """Twenty places at the only position: twelve who fit have one each, the other department has the eight left."""
    StudentFactory.create_batch(11, school=student.school, major=student.major, skills=student.skills)
    away = MajorFactory(school=student.school, name="护理")
    assert away.department_id != student.major.department_id
    StudentFactory.create_batch(others, school=student.school, major=away, skills=[])
    if others == 10:
        call_command("measure_exposure")
    else:
        with pytest.raises(SystemExit) as ended:
            call_command("measure_exposure")
        assert ended.value.code == 1
    assert f"lowest impact ratio {ratio} (bar 0.80)" in capsys.readouterr().out


def test_who_is_asked_is_drawn_from_first_to_last(student, fitting, monkeypatch):
    StudentFactory.create_batch(4, school=student.school)
    monkeypatch.setattr(exposure, "ASKED", 4)
    assert exposure.exposure_moved(student.school)[0] == 3
    monkeypatch.setattr(exposure, "ASKED", 5)
    assert exposure.exposure_moved(student.school)[0] == 5
