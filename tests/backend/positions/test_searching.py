"""Search as people meet it: what an address asks, whose rows come out, and what the page says when an engine is away."""

import socket
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db.models import Q
from django.test import Client
from django.utils import translation

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor, actor_of
from backend.accounts.enums import Role
from backend.common import clock, warming
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.positions import highlights, indexing, queries, searching
from backend.positions.enums import PositionStatus
from backend.positions.interfaces.serializers import (
    HIT_COLUMNS,
    FacetSerializer,
    FacetValueSerializer,
    HitSerializer,
    PositionSerializer,
    SearchAnswerSerializer,
)
from backend.positions.models import Position
from search import api
from search.engines import configured
from search.query import FACETS, Filters, PositionQuery
from tests.backend.positions.conftest import student_of
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
UPDATING, RESERVE = "索引更新中", "搜索正在使用备用引擎"


@pytest.fixture(autouse=True)
def embedded_only(settings):
    settings.ELASTICSEARCH_URL = ""


@pytest.fixture
def dead_elasticsearch(settings):
    """An address where nothing listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings.ELASTICSEARCH_URL = f"http://127.0.0.1:{held.getsockname()[1]}"
        yield


@pytest.fixture
def position():
    return PositionFactory(published=True, title="会计")


def rebuilt() -> None:
    api.rebuild(indexing.all_documents(), only=["embedded"])


def found(actor: Actor, text: str = "会计") -> list[int]:
    return [row.pk for row in searching.find(actor, PositionQuery(text))[1]]


@pytest.mark.parametrize("text", ["三坐标测量", "低压电工证"])
def test_what_is_nice_to_have_and_asked_certificates_are_findable(position, text):
    asked = {"wanted_skills": ["三坐标测量"], "certificates": ["低压电工证"]}
    row = PositionFactory(published=True, title="钳工", **asked)
    rebuilt()
    assert found(ANONYMOUS, text) == [row.pk]


# What an address asks


@pytest.mark.parametrize(
    ("params", "filters"),
    [
        ({"city": "310000"}, {"city_code": "310000"}),
        ({"city_code": " 310000 "}, {"city_code": "310000"}),
        ({"province": "310000"}, {"province_code": "310000"}),
        ({"company": "7"}, {"company_id": 7}),
        ({"salary": "5000"}, {"salary_floor": 5000}),
        ({"days": "7"}, {"published_within_days": 7}),
        ({"fair_id": "3"}, {"fair_id": 3}),
        ({"kind": "internship", "education": "associate"}, {"kind": "internship", "education": "associate"}),
        ({"industry": "x" * 99}, {"industry": "x" * 60}),
        ({"company": "-1", "salary": "５０００", "days": "1e3", "fair_id": "9999999999"}, {}),
        ({"school_ids": "1", "qualification": "x", "nonsense": "x", "city": "  "}, {}),
    ],
)
def test_an_address_states_filters_and_what_makes_no_sense_is_left_out(params, filters):
    assert searching.read_query(params).filters == Filters(**filters)


@pytest.mark.parametrize(
    ("params", "asked"),
    [
        ({}, ("", "relevance", 1)),
        ({"q": " 会计 ", "sort": "date", "page": "3"}, ("会计", "date", 3)),
        ({"q": "x" * 999, "sort": "worst", "page": "0"}, ("x" * 200, "relevance", 1)),
        ({"page": "999999"}, ("", "relevance", 100)),
        ({"page": "-2"}, ("", "relevance", 1)),
    ],
)
def test_text_sort_and_page_are_brought_within_bounds(params, asked):
    query = searching.read_query(params)
    assert (query.text, query.sort, query.page) == asked
    assert (query.size, query.facets) == (20, FACETS)


def test_the_filters_in_use_go_back_into_an_address():
    params = {"city": "310000", "salary": "5000", "company": "7", "kind": "internship"}
    chosen = searching.chosen(searching.read_query(params))
    assert {name: str(value) for name, value in chosen.items()} == params


# Whose rows


@pytest.mark.parametrize(
    ("role", "scope"),
    [
        (Role.ANONYMOUS, None),
        (Role.OPERATOR, None),
        (Role.SYSTEM, None),
        (Role.STUDENT, (1, 2)),
        (Role.RECRUITER, (1, 2)),
        (Role.STAFF, (1, 2)),
    ],
)
def test_the_scope_comes_from_the_person_never_from_the_query(role, scope):
    actor = Actor(role=role, school_id=1, school_ids=(1, 2), company_id=5)
    asked = searching.scoped(actor, PositionQuery(filters=Filters(school_ids=(9,), company_id=8)))
    company = 5 if role == Role.RECRUITER else 8
    assert (asked.filters.school_ids, asked.filters.company_id, asked.now) == (scope, company, clock.now())


def test_students_find_their_circle_and_not_beyond():
    alliance = AllianceFactory()
    own, friend, other = SchoolFactory(alliance=alliance), SchoolFactory(alliance=alliance), SchoolFactory()
    rows = [
        PositionFactory(published=True, title="会计", company=CompanyFactory(verified=True, school=school))
        for school in (own, friend, other)
    ]
    rebuilt()
    student = Actor(role=Role.STUDENT, school_id=own.pk, school_ids=(own.pk, friend.pk))
    assert sorted(found(student)) == [rows[0].pk, rows[1].pk]
    assert sorted(found(ANONYMOUS)) == [row.pk for row in rows]
    assert [found.text for found in searching.suggest(student, "会")] == ["会计"]
    assert searching.suggest(student, "  ") == []


HIDDEN = {
    "paused": lambda row: Position.objects.filter(pk=row.pk).update(status=PositionStatus.PAUSED),
    "in review": lambda row: Position.objects.filter(pk=row.pk).update(status=PositionStatus.IN_REVIEW),
    "past its validity": lambda row: Position.objects.filter(pk=row.pk).update(expires_at=clock.now()),
    "suspended company": lambda row: Company.objects.filter(pk=row.company_id).update(
        status=CompanyStatus.SUSPENDED
    ),
    "expired vetting": lambda row: Company.objects.filter(pk=row.company_id).update(vetted_until=clock.now()),
}
WATCHERS = [ANONYMOUS, Actor(role=Role.OPERATOR, user_id=1), SYSTEM]


@pytest.mark.parametrize("actor", WATCHERS, ids=lambda actor: actor.role)
@pytest.mark.parametrize("hide", HIDDEN)
def test_what_the_index_has_not_heard_of_yet_is_hidden_all_the_same(position, actor, hide):
    """The index still holds it; the rows are read again before a hit leaves."""
    rebuilt()
    HIDDEN[hide](position)
    page, rows = searching.find(actor, PositionQuery("会计"))
    assert (page.ids, rows) == ([position.pk], [])


@pytest.mark.parametrize("hide", ["paused", "suspended company"])
def test_control_without_the_second_look_hidden_positions_leak(position, monkeypatch, hide):
    rebuilt()
    HIDDEN[hide](position)
    monkeypatch.setattr(queries, "open_now", lambda **_options: Q())
    assert found(SYSTEM) == [position.pk]


def test_a_position_that_left_the_database_is_left_out(position):
    rebuilt()
    position.delete()
    assert found(ANONYMOUS) == []


def test_rows_come_in_the_order_of_the_hits():
    rows = [
        PositionFactory(published=True, title="会计", published_at=clock.now() - timedelta(days=days))
        for days in (2, 0, 1)
    ]
    rebuilt()
    page, got = searching.find(ANONYMOUS, PositionQuery("会计", sort="date"))
    assert [row.pk for row in got] == page.ids == [rows[1].pk, rows[2].pk, rows[0].pk]


# What is said


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", UPDATING), ("en", "The search index is being updated")]
)
def test_the_page_says_that_the_index_is_being_built(position, language, words):
    with translation.override(language):
        headers = {"HTTP_ACCEPT_LANGUAGE": language}
        indexing.handle_positions([{"position": position.pk}])
        before = Client().get("/positions/", {"q": "会计"}, **headers).content.decode()
        rebuilt()
        after = Client().get("/positions/", {"q": "会计"}, **headers).content.decode()
    assert (words in before, words in after) == (True, False)
    assert position.company.name in before
    assert position.company.name in after


def test_the_page_and_the_api_say_that_the_reserve_answers(position, dead_elasticsearch):
    rebuilt()
    page = Client().get("/positions/", {"q": "会计"}).content.decode()
    assert (RESERVE in page, UPDATING in page, position.company.name in page) == (True, False, True)
    answer = Client().get("/api/v1/positions/search/", {"q": "会计"}).json()
    assert (answer["total"], answer["degraded"], answer["updating"]) == (1, True, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_a_search_reads_all_its_rows_in_one_query(rows, django_assert_num_queries):
    PositionFactory.create_batch(rows, published=True)
    rebuilt()
    with django_assert_num_queries(1):
        assert len(found(ANONYMOUS, "")) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_hits_are_written_from_what_was_read_for_them(rows, django_assert_num_queries):
    """A column that they are written from and that is not read with them would cost a query for each."""
    made = [PositionFactory(published=True, title="会计") for _ in range(rows)]
    rebuilt()
    with django_assert_num_queries(1):
        _page, found = searching.find(ANONYMOUS, PositionQuery(), HIT_COLUMNS)
        written = HitSerializer(found, many=True, context={"pattern": None, "fits": {}}).data
    assert sorted(row["id"] for row in written) == [row.pk for row in made]
    assert written[0].keys() == HitSerializer().fields.keys()
    assert not hasattr(found[0], "review_reason")


def test_an_answer_of_the_api_is_what_its_schema_says():
    """Facets do not go through their serializers, so this holds them to the names that are documented."""
    PositionFactory(published=True, title="会计 <b>")
    rebuilt()
    answer = Client().get("/api/v1/positions/search/", {"q": "会计"}).json()
    assert set(answer) == set(SearchAnswerSerializer().fields)
    assert {name for facet in answer["facets"] for name in facet} == set(FacetSerializer().fields)
    values = [value for facet in answer["facets"] for value in facet["values"]]
    assert values
    assert {name for value in values for name in value} == set(FacetValueSerializer().fields)
    assert answer["results"][0]["highlights"] == {"title": "<mark>会计</mark> &lt;b&gt;", "excerpt": ""}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {
            "salary_min": None,
            "salary_max": None,
            "majors": [],
            "skills": [],
            "graduation_years": [2026, 2027],
        },
        {"expires_at": None, "published_at": None, "district_code": "310115", "conditions": ""},
    ],
    ids=["as usual", "by agreement", "of a draft"],
)
@pytest.mark.parametrize("fit", [None, {"score": 0.5, "zh": "专业对口", "en": "Same major"}])
def test_a_hit_has_the_values_of_a_position_and_what_was_found_in_it(values, fit):
    position = PositionFactory.build(
        pk=7,
        company=CompanyFactory.build(pk=3),
        occupation__code="6-18-01-07",
        published=True,
        **values,
    )
    pattern = highlights.pattern_of("数控")
    context = {"pattern": pattern, "fits": {7: fit} if fit else {}}
    row = HitSerializer(position, context=context).data
    assert row == PositionSerializer(position).data | {
        "highlights": highlights.of(position, pattern),
        "fit": fit,
    }
    assert set(row) == set(HitSerializer().fields)


ADDRESSES = {
    "": "",
    "q=": "",
    "q=%20数控%20": "q=%E6%95%B0%E6%8E%A7",
    "q=Java++Developer&page=3&sort=salary&exact=1": "q=java+developer",
    "city=320500&q=c%2B%2B": "city=320500&q=c%2B%2B",
    "salary=5000&kind=internship": "kind=internship&salary=5000",
    "salary=many&colour=red&days=7": "days=7",
    "province_code=320000": "province=320000",
    "major=会计&major=机电": "major=%E4%BC%9A%E8%AE%A1%2C%E6%9C%BA%E7%94%B5",
    "major=机电,会计": "major=%E4%BC%9A%E8%AE%A1%2C%E6%9C%BA%E7%94%B5",
    "district=320505,320506&city=320500": "city=320500&district=320505%2C320506",
    "fair=3&company=7&company_size=20-99&industry=制造&education=bachelor&occupation=6-18": (
        "company=7&company_size=20-99&education=bachelor&fair=3&industry=%E5%88%B6%E9%80%A0&occupation=6-18"
    ),
}


@pytest.mark.parametrize(("said", "kept"), ADDRESSES.items())
def test_an_address_is_one_text_for_the_same_search_and_reads_back_as_it(said, kept):
    query = searching.query_at(ANONYMOUS, said)
    assert searching.address_of(query) == kept
    again = searching.query_at(ANONYMOUS, kept)
    assert (again.filters, searching.address_of(again)) == (
        replace(query.filters, majors=tuple(sorted(query.filters.majors))),
        kept,
    )


def test_what_one_qualifies_for_is_kept_for_whom_it_means_something():
    school = SchoolFactory()
    student = actor_of(student_of(school))
    assert searching.address_of(searching.query_at(student, "qualified=1&q=a")) == "q=a&qualified=1"
    assert searching.address_of(searching.query_at(ANONYMOUS, "qualified=1&q=a")) == "q=a"


def test_a_process_that_begins_searches_once_and_its_first_visitor_need_not_wait(
    position, settings, monkeypatch
):
    """The encoder and the vectors are in memory."""
    settings.SEARCH_SEMANTICS = True
    rebuilt()
    configured.vectors_in.cache_clear()
    warming._steps["search"]()
    file = configured.vectors()
    assert (file._query.cache_info().currsize, len(file._rows)) == (1, 1)
    monkeypatch.setattr(file.encoder, "encode", lambda texts: pytest.fail("encoded again"))
    assert found(ANONYMOUS) == [position.pk]
