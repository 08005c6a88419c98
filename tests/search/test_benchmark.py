"""The benchmark measures what it says: the same question bare and through the product, copies, a log that can be repeated."""

from collections import Counter
from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from search import benchmark
from search.benchmark import log
from search.benchmark.bare import both, words
from search.benchmark.copies import fill, others
from search.engines.tantivy import TantivyEngine
from search.query import FACETS, Filters, PositionQuery
from search.semantics import DIMENSIONS, key_of, quantise
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
    assert words(engine, query)() == both(engine, query)() == engine.find(query).total


class Steps(TantivyEngine):
    """Counts what is asked of the vectors."""

    def __init__(self, folder):
        super().__init__(folder / "index")
        self.asked = []
        self.vectors = SimpleNamespace(of_query=self._of_query, nearest=self._nearest, of=self._of)

    def _of(self, texts):
        return [0] * len(texts), np.zeros((len(texts), DIMENSIONS), np.int8)

    def _of_query(self, text):
        self.asked.append(text)
        return text

    def _nearest(self, vector, limit, **_least):
        self.asked.append((vector, limit))
        return {key_of("电工"): 1.0}


@pytest.mark.parametrize(
    ("text", "sort", "asked"),
    [
        ("电工", "relevance", [("电工", 100)]),
        ("电工", "date", []),
        ("", "relevance", []),
        ("-电工", "relevance", []),
    ],
)
def test_what_meaning_asks_of_the_engine_is_asked_bare_too(tmp_path, text, sort, asked):
    engine = Steps(tmp_path)
    engine.rebuild([document(1, "电工"), document(2, "保洁")])
    ask = both(engine, PositionQuery(text, ALL, facets=FACETS, sort=sort, now=NOW))
    # The vector of the query is made before the clock runs, as its words are.
    assert engine.asked == (["电工"] if asked else [])
    engine.asked.clear()
    assert ask() == {"电工": 1, "": 2, "-电工": 1}[text]
    assert engine.asked == asked


def test_copies_are_found_as_often_as_they_were_stored(engine):
    told = []
    stored = fill(engine, (document(n) for n in (1, 2)), times=3, apart=100, progress=told.append)
    assert (stored, told) == (6, [2, 4, 6])
    assert [i for i, _ in versions(engine)] == [1, 2, 101, 102, 201, 202]


def test_copies_are_near_in_meaning_as_the_first_is(engine):
    """A million positions without vectors would be a lighter load than those of a school."""
    encoded = []
    engine.vectors = SimpleNamespace(
        of=lambda texts: encoded.append(texts) or ([], np.zeros((len(texts), DIMENSIONS), np.int8))
    )
    given, build = [], engine.build()
    engine.build = lambda: SimpleNamespace(add=given.extend, finish=build.discard)
    assert fill(engine, [document(1, "电工")], times=2, apart=10) == 2
    assert (encoded, [(row["id"], row["vector"].shape) for row in given]) == (
        [["电工"]],
        [(1, (DIMENSIONS,)), (11, (DIMENSIONS,))],
    )


def test_a_third_of_the_copies_mean_something_of_their_own_nearby():
    """As titles of real postings do, which lie between .65 and .98 from the nearest other; the rest mean the same."""
    drawn = np.random.default_rng(7)
    topics = drawn.normal(size=(40, DIMENSIONS))
    vectors = quantise(topics[drawn.integers(40, size=600)] + drawn.normal(size=(600, DIMENSIONS)))
    made = others(vectors, np.random.default_rng(1))
    assert (made == others(vectors, np.random.default_rng(1))).all()
    own = (made != vectors).any(axis=1)
    assert 0.28 < own.mean() < 0.39
    a, b = vectors[own].astype(float), made[own].astype(float)
    cosines = (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)
    low, middle, high = np.quantile(cosines, [0.05, 0.5, 0.95])
    assert 0.5 < low < 0.75
    assert 0.8 < middle < 0.9
    assert 0.94 < high < 0.99


def test_what_means_nothing_can_be_copied():
    nothing = np.zeros((3, DIMENSIONS), np.int8)
    assert (others(nothing, np.random.default_rng(1)) == nothing).all()


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


def test_the_size_of_an_index_is_that_of_its_files(engine):
    (engine.folder / "vectors.bin").write_bytes(b"0" * 3_000_000)
    disk, memory = benchmark.megabytes(engine)
    assert disk == 3
    assert 20 < memory < 20_000
