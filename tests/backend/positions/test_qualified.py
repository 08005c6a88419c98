"""Only those I qualify for: the rule of applying, asked of all positions at once, on the page and in JSON."""

import itertools
from urllib.parse import parse_qs

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.applications.eligibility import eligibility
from backend.applications.queries import qualification_for
from backend.positions import searching
from backend.positions.models import Position
from backend.students.enums import Education
from backend.students.models import Student
from search.query import Qualification
from tests.backend.positions.conftest import let_search_know, signed_in, student_of
from tests.backend.positions.test_search_page import ENGLISH, titles
from tests.factories.positions import PositionFactory
from tests.factories.schools import MajorFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
ASKED = list(
    itertools.product(
        [level.value for level in Education],
        [[], ["软件技术"], ["510203"], ["护理", "软件技术"], ["护理"], ["软件"]],
        [[], [2026], [2025, 2027]],
    )
)
FIELDS = {"education", "major", "graduation_year"}


@pytest.fixture
def major(company):
    return MajorFactory(school=company.school, name="软件技术", code="510203")


@pytest.fixture
def me(company, major):
    """The user of a student of an associate's level who leaves in 2026."""
    return student_of(company.school, major=major, education="associate", graduation_year=2026)


@pytest.fixture
def market(company):
    """Four positions: one for everybody, and one for each thing that can stand in the way."""
    asked = {
        "谁都可以": {},
        "本科": {"education": "bachelor"},
        "护理专业": {"majors": ["护理"]},
        "明年毕业": {"graduation_years": [2027]},
    }
    for number, (title, fields) in enumerate(asked.items()):
        values = {"education": "any", "majors": [], "city_code": "320500" if number else "310000", **fields}
        PositionFactory(published=True, company=company, title=title, **values)
    let_search_know()


# One rule


def test_search_finds_exactly_what_one_may_apply_for(company, major):
    """Every level × majors × years, for people of every level and two years; experience asked for changes nothing."""
    for number, (education, majors, years) in enumerate(ASKED):
        PositionFactory(
            published=True, company=company, title=f"岗位{number}", education=education, majors=majors,
            graduation_years=years, experience_months=600 * (number % 2),
        )  # fmt: skip
    let_search_know()
    rows = list(Position.objects.all())
    seen = set()
    for level, year in itertools.product(Education, (2026, 2030)):
        user = student_of(company.school, major=major, education=level.value, graduation_year=year)
        actor = actor_of(user)
        student = Student.objects.get(pk=actor.student_id)
        may = {row.pk for row in rows if not {one.field for one in eligibility(student, row)} & FIELDS}
        query = searching.read_query({"qualified": "1", "exact": "1"}, size=100, actor=actor)
        found = {row.pk for page in (1, 2) for row in searching.find(actor, _page(query, page))[1]}
        assert found == may
        seen.add(len(may))
    assert len(seen) > 5
    assert max(seen) < len(rows)


def _page(query, number):
    return type(query)(**{**vars(query), "page": number})


def test_what_somebody_has_to_offer_is_read_off_the_profile(me, company):
    offered = Qualification("associate", None, ("软件技术", "510203"), (2026,))
    assert qualification_for(actor_of(me)) == offered
    assert [qualification_for(actor) for actor in (ANONYMOUS, actor_of(None))] == [None, None]


@pytest.mark.parametrize("who", ["visitor", "recruiter", "staff", "operator"])
def test_the_filter_makes_no_sense_for_whoever_does_not_apply(people, market, who):
    query = searching.read_query({"qualified": "1"}, actor=people[who])
    assert query.filters.qualification is None
    assert "qualified" not in searching.chosen(query)


@pytest.mark.parametrize("value", ["0", "", "yes", "１", "true"])
def test_only_a_one_switches_it_on(me, value):
    assert searching.read_query({"qualified": value}, actor=actor_of(me)).filters.qualification is None


# The page


def test_the_page_leaves_what_one_qualifies_for_with_a_chip_to_take_it_out(me, market):
    browser = signed_in(me)
    answer = browser.get("/positions/", {"qualified": "1", "sort": "date"}, headers=ENGLISH)
    assert titles(answer) == ["谁都可以"]
    assert [(chip["label"], parse_qs(chip["url"][1:])) for chip in answer.context["chips"]] == [
        ("Only those I qualify for", {"sort": ["date"]})
    ]
    words = answer.content.decode()
    own = "your education (Associate degree), your major (软件技术) and your year of graduation (2026)"
    assert own in " ".join(words.split())
    assert "qualified=1" in answer.context["groups"][0]["options"][0]["url"]


def test_the_page_offers_the_switch_to_students_alone(me, market, hr_browser):
    offered = [
        client.get("/positions/", {"city": "320500"}).context["qualified"]
        for client in (signed_in(me), Client(), hr_browser)
    ]
    assert offered == [{"url": "?city=320500&qualified=1"}, None, None]


def test_nothing_left_is_no_reason_to_let_the_filter_go(me, market):
    """Neither does a page without hits widen it: what one does not qualify for is never shown instead."""
    answer = signed_in(me).get("/positions/", {"qualified": "1", "city": "320500"})
    assert titles(answer) == ["谁都可以"]
    assert answer.context["answer"].widened == ("city", "province")


def test_facets_are_counted_under_it(me, market):
    def counts(**params):
        facets = signed_in(me).get("/positions/", params).context["answer"].facets
        return dict(next(facet.counts for facet in facets if facet.name == "city"))

    assert counts() == {"320500": 3, "310000": 1}
    assert counts(qualified="1") == {"310000": 1}


def test_the_page_takes_one_query_more_with_it_than_any_search(me, market, django_assert_num_queries):
    browser = signed_in(me)
    browser.get("/positions/")
    with django_assert_num_queries(6):
        browser.get("/positions/")
    # And a search of something is looked for among the saved ones.
    with django_assert_num_queries(8):
        browser.get("/positions/", {"qualified": "1"})


# JSON


def test_json_takes_the_same_filter_and_others_are_not_asked(me, market):
    mine = signed_in(me, APIClient()).get("/api/v1/positions/search/", {"qualified": "1"}).json()
    assert ([hit["title"] for hit in mine["results"]], mine["total"]) == (["谁都可以"], 1)
    anyone = APIClient().get("/api/v1/positions/search/", {"qualified": "1"}).json()
    assert anyone["total"] == 4
