"""Which of a handful of positions a query finds: what the list by date has, narrowed, of the embedded index."""

from dataclasses import replace

import pytest

from search import api
from search.query import MAX_SIZE, Filters, PositionQuery
from tests.search.contract import ALL, NOW, document


@pytest.fixture(autouse=True)
def embedded_only(settings):
    settings.ELASTICSEARCH_URL = ""


def matching(ids, text="", filters=ALL, **more):
    return api.matching(PositionQuery(text, filters, now=NOW, **more), ids)


def listed(text, filters=ALL):
    return set(
        api.find_positions(PositionQuery(text, filters, now=NOW, sort="date", size=100, exact=True)).ids
    )


TITLES = [
    "会计",
    "成本会计",
    "Java 开发",
    "Accountant",
    "C++ 工程师",
    "C 工程师",
    "保洁",
    "数控操作工",
    "前端工程师",
]


@pytest.mark.parametrize(
    "text",
    [
        "会计",
        "accounting",
        "會計",
        "c++",
        "会计 -成本",
        "“成本会计”",
        "java developer",
        "CNC",
        "front-end 工程师",
        "-会计",
        "",
    ],
)
def test_it_finds_of_these_what_the_list_by_date_has_of_them(text):
    api.index([document(number, title) for number, title in enumerate(TITLES, start=1)])
    asked = {1, 2, 4, 5, 8}
    found = matching(asked, text)
    assert found == listed(text) & asked
    assert matching(range(1, 10), text) == listed(text)


def test_neither_corrected_nor_widened_nor_by_meaning():
    api.index([document(1, "会计", city_code="420100"), document(2, "保洁")])
    assert (matching([1, 2], "会记"), matching([1], "会计", replace(ALL, city_code="430100"))) == (
        set(),
        set(),
    )


def test_scope_filters_and_time_hold():
    api.index(
        [
            document(1),
            document(2, school_ids=(2,)),
            document(3, expires_at=NOW),
            document(4, kind="internship"),
        ]
    )
    assert matching([1, 2, 3, 4]) == {1, 2, 4}
    assert matching([1, 2, 3, 4], filters=Filters(school_ids=(1,), kind="internship")) == {4}
    assert matching([1, 2, 3, 4], filters=Filters(school_ids=())) == set()


@pytest.mark.parametrize("ids", [[], [99], range(50, 60)])
def test_what_is_not_there_is_not_found(ids):
    api.index([document(1)])
    assert matching(ids) == set()


def test_more_than_a_page_is_asked_for_in_parts():
    api.index([document(number) for number in range(1, MAX_SIZE + 6)])
    assert matching(range(1, MAX_SIZE + 6)) == set(range(1, MAX_SIZE + 6))


def test_order_page_and_facets_of_the_query_do_not_matter():
    api.index([document(number) for number in range(1, 5)])
    for more in ({"sort": "salary"}, {"page": 3}, {"size": 1}, {"facets": ("city",)}):
        assert matching([1, 2, 3], "电工", **more) == {1, 2, 3}
