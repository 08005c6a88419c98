"""A student, a position that fits and one that does not, of one school."""

import shutil
from pathlib import Path

import pytest

from backend.recommendations.queries import matches_for
from matching import api as matching
from tests.factories.applications import student_actor
from tests.factories.positions import PositionFactory
from tests.factories.schools import MajorFactory, OccupationFactory, SchoolFactory
from tests.factories.students import StudentFactory
from tests.matching.simulated import by_place, interactions


@pytest.fixture
def student(db):
    school = SchoolFactory()
    return StudentFactory(
        school=school,
        major=MajorFactory(school=school, name="软件技术", skills=["Java"], occupation_codes=["2-02-10-03"]),
        skills=["Java", "SQL"],
        wanted_cities=["320500"],
        wanted_kinds=["full_time"],
        wanted_occupations=["2-02-10-03"],
    )


@pytest.fixture
def actor(student):
    return student_actor(student)


@pytest.fixture
def fitting(student):
    return PositionFactory(
        published=True,
        company__school=student.school,
        title="Java 开发工程师",
        majors=["软件技术"],
        skills=["Java", "SQL"],
        city_code="320500",
        occupation=OccupationFactory(code="2-02-10-03"),
    )


@pytest.fixture
def strange(student, fitting):
    return PositionFactory(
        published=True,
        company=fitting.company,
        title="护士",
        majors=["护理"],
        skills=["静脉输液"],
        city_code="650100",
        kind="internship",
        occupation=OccupationFactory(code="2-05-08-01"),
    )


@pytest.fixture
def shown_ids(actor):
    """Ids of the positions the student is shown now, in their order."""
    return lambda: [item.position.pk for item in matches_for(actor).shown]


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """Two models that passed the gate, trained on simulated choices, as files; to be copied, not changed."""
    folder = tmp_path_factory.mktemp("trained")
    cards = [matching.train(interactions(by_place, seed=seed), folder, seed=seed) for seed in (1, 2)]
    assert [card.accepted for card in cards] == [True, True]
    return folder


@pytest.fixture
def accepted(settings, trained):
    """The folder of models of this test, with the two that passed the gate."""
    shutil.copytree(trained, settings.MODELS_DIR)
    return Path(settings.MODELS_DIR)
