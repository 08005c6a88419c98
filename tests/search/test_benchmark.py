"""The benchmark measures what it says: the same question bare and through the product, copies, a log that can be repeated."""

from collections import Counter
from datetime import timedelta

import pytest

from search import benchmark
from search.benchmark import log
from search.benchmark.bare import prepared
from search.benchmark.copies import fill
from search.engines.tantivy import TantivyEngine
from search.query import FACETS, Filters, PositionQuery
from tests.search.contract import ALL, NOW, document, versions

SEEN = benchmark.Seen(
    titles=("高级前端开发工程师", "CNC 操作员", "会计", "Java 开发（上海）"),
    cities=("310000", "420100"),
    educations=("associate",),
    kinds=("full_time", "internship"),
)


@pytest.fixture
def engine(tmp_path):
    made = TantivyEngine(tmp_path / "index")
    made.rebuild(
        document(n, title, city_code=f"{n % 2}", published_at=NOW - timedelta(days=n))
        for n, title in enumerate(("电工", "高级电工", "保洁", "电气工程师", "电工学徒"), start=1)
    )
    return made


@pytest.mark.parametrize("text", ["电工", "高级 电工", "无人机", ""])
@pytest.mark.parametrize("filters", [ALL, Filters(school_ids=None, city_code="1"), Filters(school_ids=(1,))])
def test_the_bare_query_finds_as_many_as_the_product(engine, text, filters):
    query = PositionQuery(text, filters, facets=FACETS, now=NOW)
    assert prepared(engine, query)() == engine.find(query).total


def test_copies_are_found_as_often_as_they_were_stored(engine):
    told = []
    stored = fill(engine, (document(n) for n in (1, 2)), times=3, apart=100, progress=told.append)
    assert (stored, told) == (6, [2, 4, 6])
    assert [i for i, _ in versions(engine)] == [1, 2, 101, 102, 201, 202]


def test_a_log_is_the_same_for_the_same_seed():
    assert benchmark.drawn(SEEN, 50) == benchmark.drawn(SEEN, 50) != benchmark.drawn(SEEN, 50, seed=2)


def test_a_log_holds_every_form_and_filter():
    drawn = benchmark.drawn(SEEN, 400)
    names = Counter(name for params in drawn for name in params)
    assert names["q"] == 400
    assert set(names) == {"q", "city", "education", "kind", "salary"}
    assert 100 < sum(len(params) > 1 for params in drawn) < 220
    assert 5 < sum(not params["q"] for params in drawn) < 50
    assert all(len(params["q"]) <= 30 for params in drawn)


class First:
    """Chance that always takes the first."""

    def randint(self, low, _high):
        return low

    def randrange(self, _stop):
        return 0


@pytest.mark.parametrize(
    ("form", "words", "text"),
    [
        (log._whole, ["cnc", "操作员"], "cnc 操作员"),
        (log._turned, ["cnc", "操作员"], "操作员 cnc"),
        (log._part, ["cnc", "高级前端开发工程师"], "高级"),
        (log._part, ["会计"], "会计"),
        (log._part, ["javascript"], "javascript"),
        (log._misspelt, ["会计师"], "计会师"),
        (log._misspelt, ["会计"], "会计"),
        (log._nothing, ["会计"], ""),
    ],
)
def test_forms_of_a_title(form, words, text):
    assert form(words, First()) == text


def test_an_engine_that_is_not_configured_cannot_be_measured(settings):
    settings.ELASTICSEARCH_URL = ""
    with pytest.raises(LookupError, match="elasticsearch"):
        benchmark.engine("elasticsearch")


def test_the_embedded_engine_answers_while_it_is_measured(settings):
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    with benchmark.answering("embedded"):
        assert settings.ELASTICSEARCH_URL == ""
    with benchmark.answering("elasticsearch"):
        assert settings.ELASTICSEARCH_URL == "http://127.0.0.1:1"
