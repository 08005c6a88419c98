"""What is counted, what is not, and that every figure equals the rows it opens into."""

from dataclasses import replace
from datetime import timedelta

import pytest

from backend.accounts.actor import ANONYMOUS
from backend.common import clock
from backend.common.errors import NotAllowed
from backend.insights.enums import Dimension, Side
from backend.insights.queries import observe, rows_behind
from backend.insights.ratio import ANY
from tests.factories.applications import ApplicationFactory, recruiter_actor, staff_actor, student_actor
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, MajorFactory, OccupationFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def school():
    return SchoolFactory()


@pytest.fixture
def market(school):
    """Two majors, three students who look, two open positions with 8 openings."""
    nursing, software = (MajorFactory(school=school, name=name) for name in ("护理", "软件技术"))
    StudentFactory(
        school=school, major=nursing, wanted_occupations=["2-05-08-01"], wanted_cities=["320500", "310000"]
    )
    StudentFactory(school=school, major=software, wanted_occupations=["2-02-10-01", "4-04-05-01"])
    StudentFactory(
        school=school,
        major=software,
        education="bachelor",
        wanted_occupations=[],
        wanted_kinds=["internship"],
    )
    company = CompanyFactory(verified=True, school=school)
    PositionFactory(
        published=True,
        company=company,
        openings=5,
        majors=["软件技术"],
        occupation=OccupationFactory(code="2-02-10-01"),
        city_code="320500",
        education="any",
    )
    PositionFactory(
        published=True,
        company=company,
        openings=3,
        majors=[],
        occupation=OccupationFactory(code="4-14-01-00"),
        city_code="310000",
        kind="internship",
    )
    return staff_actor(school)


def figures(actor, dimension) -> dict:
    return {g.key: (g.openings, g.seekers) for g in observe(actor, dimension).table.groups}


@pytest.mark.parametrize(
    ("dimension", "expected"),
    [
        ("occupation", {"2-00-00-00": (5, 2), "4-00-00-00": (3, 1), ANY: (0, 1)}),
        ("major", {"护理": (0, 1), "软件技术": (5, 2), ANY: (3, 0)}),
        ("city", {"320500": (5, 3), "310000": (3, 1)}),
        ("education", {"associate": (3, 2), "bachelor": (0, 1), ANY: (5, 0)}),
        ("kind", {"full_time": (5, 2), "internship": (3, 1)}),
    ],
)
def test_each_dimension_by_hand(market, dimension, expected):
    assert figures(market, Dimension(dimension)) == expected


@pytest.mark.parametrize("dimension", Dimension)
def test_every_figure_equals_the_rows_it_opens_into(market, dimension):
    observation = observe(market, dimension)
    for group in [*observation.table.groups, observation.table.total]:
        positions = rows_behind(market, observation, Side.OPENINGS, group.key)
        people = rows_behind(market, observation, Side.SEEKERS, group.key)
        assert sum(positions.values_list("openings", flat=True)) == group.openings
        assert (positions.count(), people.count()) == (group.positions, group.seekers)


def test_the_moment_and_the_names_stand_with_the_figures(market):
    observation = observe(market, Dimension.CITY)
    assert observation.at == clock.now()
    assert (observation.label("320500"), observation.label("310000")) == ("苏州", "上海")


def test_who_and_what_is_left_out_is_named_with_its_number(school):
    StudentFactory(school=school, pending=True)
    StudentFactory(school=school, seeking=False)
    ApplicationFactory(student=StudentFactory(school=school), status="hired")
    PositionFactory(
        published=True, company__school=school, deadline=clock.today() - timedelta(days=1), openings=9
    )
    PositionFactory(published=True, company=CompanyFactory(expired=True, school=school), openings=9)
    PositionFactory(company=CompanyFactory(verified=True, school=school), openings=9)
    observation = observe(staff_actor(school), Dimension.KIND)
    assert (observation.table.total.openings, observation.table.total.seekers) == (3, 0)
    assert [item.number for item in observation.excluded] == [1, 1, 1, 1, 1]


def test_figures_change_with_the_rows(market, school):
    assert observe(market, Dimension.KIND).table.total.openings == 8
    PositionFactory(published=True, company__school=school, openings=4)
    assert observe(market, Dimension.KIND).table.total.openings == 12


def test_another_school_is_not_counted_but_the_alliances_companies_are():
    alliance = AllianceFactory()
    mine, partner, stranger = (
        SchoolFactory(alliance=alliance),
        SchoolFactory(alliance=alliance),
        SchoolFactory(),
    )
    for school, openings in ((mine, 1), (partner, 10), (stranger, 100)):
        PositionFactory(published=True, company__school=school, openings=openings)
        StudentFactory(school=school)
    actor = replace(staff_actor(mine), school_ids=(mine.pk, partner.pk))
    total = observe(actor, Dimension.KIND).table.total
    assert (total.openings, total.seekers) == (11, 1)


def test_staff_of_a_department_see_its_students_only(school):
    one, other = StudentFactory(school=school), StudentFactory(school=school)
    actor = staff_actor(school, department_id=one.major.department_id)
    assert list(rows_behind(actor, observe(actor, Dimension.MAJOR), Side.SEEKERS, "*")) == [one]
    assert other.major.department_id != one.major.department_id


def test_only_staff_and_operators_look(market, school):
    seen = observe(market, Dimension.KIND)
    student = StudentFactory(school=school)
    company = CompanyFactory(verified=True, school=school)
    for actor in (ANONYMOUS, student_actor(student), recruiter_actor(company)):
        with pytest.raises(NotAllowed):
            observe(actor, Dimension.KIND)
        with pytest.raises(NotAllowed):
            rows_behind(actor, seen, Side.SEEKERS, "*")


@pytest.mark.parametrize("copies", [1, 3])
def test_the_number_of_queries_does_not_grow(market, school, copies, django_assert_num_queries):
    StudentFactory.create_batch(copies, school=school)
    PositionFactory.create_batch(copies, published=True, company__school=school)
    with django_assert_num_queries(4):
        observe(market, Dimension.MAJOR)
