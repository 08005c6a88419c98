"""Meaning: vectors in their file, and what they add to both engines."""

import os
import threading
import uuid
from dataclasses import replace

import numpy as np
import pytest

from matching.features import meaning
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.elasticsearch import reading as es_reading
from search.engines.tantivy import TantivyEngine, reading
from search.query import Filters, PositionQuery
from search.semantics import DIMENSIONS, installed, key_of, quantise
from search.vectors import RECORD, VectorFile
from tests.conftest import missing
from tests.search.contract import ALL, NOW, document


class Counting:
    """An encoder that says how often it was asked: a direction of its own for each text."""

    name = "counting"

    def __init__(self):
        self.encoded = []

    def encode(self, texts):
        self.encoded += texts
        rows = np.zeros((len(texts), DIMENSIONS))
        for row, text in zip(rows, texts, strict=True):
            row[key_of(text) % DIMENSIONS] = 1
        return quantise(rows)


@pytest.fixture(scope="session")
def encoder():
    return installed()


def test_quantised_vectors_keep_their_direction(encoder):
    vectors = np.random.default_rng(0).standard_normal((50, DIMENSIONS))
    small = quantise(vectors).astype(float)
    cosines = (vectors * small).sum(1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(small, axis=1)
    assert cosines.min() > 0.999
    assert (quantise(np.zeros((1, DIMENSIONS))) == 0).all()


def test_key_is_of_the_normalised_text():
    assert key_of("會計 ") == key_of("会计") != key_of("出纳")
    assert 0 < key_of("") < 2**63


def test_each_text_is_encoded_once_whoever_asks(tmp_path):
    one, two = Counting(), Counting()
    keys, vectors = VectorFile(tmp_path, one).of(["甲", "乙", "甲"])
    again, same = VectorFile(tmp_path, two).of(["乙", "丙"])
    assert (one.encoded, two.encoded) == (["甲", "乙"], ["丙"])
    assert (keys[0], keys[1]) == (keys[2], again[0])
    assert (same[0] == vectors[1]).all()


def test_a_reader_sees_what_others_append(tmp_path):
    reader, writer = VectorFile(tmp_path, Counting()), VectorFile(tmp_path, Counting())
    wanted = Counting().encode(["甲"])[0]
    assert reader.nearest(wanted, 5) == {}
    writer.of(["甲", "乙"])
    assert reader.nearest(wanted, 1) == {key_of("甲"): pytest.approx(1)}
    assert reader.cosines(wanted, [key_of("乙"), 5]) == {key_of("乙"): pytest.approx(0)}


def test_a_record_cut_short_is_overwritten(tmp_path):
    file = VectorFile(tmp_path, Counting())
    file.of(["甲"])
    with file.path.open("ab") as torn:
        torn.write(b"half a record")
    later = VectorFile(tmp_path, Counting())
    later.of(["乙"])
    assert file.path.stat().st_size == 2 * RECORD.itemsize
    assert sorted(later.nearest(Counting().encode(["乙"])[0], 5)) == sorted([key_of("甲"), key_of("乙")])


def test_two_who_append_at_once_lose_nothing(tmp_path):
    files = [VectorFile(tmp_path, Counting()) for _ in range(6)]
    threads = [
        threading.Thread(target=file.of, args=([f"{number}-{i}" for i in range(40)],))
        for number, file in enumerate(files)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    fresh = Counting()
    keys, _ = VectorFile(tmp_path, fresh).of([f"{n}-{i}" for n in range(6) for i in range(40)])
    assert (fresh.encoded, len(set(keys))) == ([], 240)


def test_no_texts_no_vectors(tmp_path):
    keys, vectors = VectorFile(tmp_path, Counting()).of([])
    assert (keys, len(vectors)) == ([], 0)


class MeaningContract:
    """What meaning adds; a subclass gives `engine` with vectors."""

    def settle(self, engine):
        """Nothing to wait for."""

    def find(self, engine, text, filters=ALL, **more):
        return engine.find(PositionQuery(text, filters, now=NOW, **more))

    def store(self, engine, *documents):
        engine.index(documents)
        self.settle(engine)

    def test_other_words_of_the_same_meaning_are_found(self, engine):
        self.store(engine, document(1, "Firefighter"), document(2, "幼儿园老师"))
        found = self.find(engine, "消防员")
        assert (found.ids, found.worded, found.by_meaning_only) == ([1], 0, True)

    def test_words_and_meaning_together_come_before_words_alone(self, engine):
        self.store(engine, document(1, "工程造价学校宣传员"), document(2, "造价工程师"), document(3, "保洁"))
        assert self.find(engine, "工程造价师").ids[:2] == [2, 1]

    def test_meaning_respects_scope_filters_and_exclusions(self, engine):
        self.store(
            engine,
            document(1, "Mechanical design engineer", city_code="420100"),
            document(2, "Mechanical design engineer", city_code="420200"),
            document(3, "Mechanical design engineer", school_ids=(2,), city_code="420100"),
            document(4, "Mechanical design engineer", company="外包公司", city_code="420100"),
        )
        text = "机械设计工程师 -外包"
        assert self.find(engine, text, Filters(school_ids=(1,), city_code="420100")).ids == [1]

    def test_nothing_like_it_is_nothing(self, engine):
        self.store(engine, document(1, "幼儿园老师"))
        assert self.find(engine, "数控机床操作").ids == []

    def test_forgotten_positions_are_not_found_by_meaning(self, engine):
        self.store(engine, document(1, "Mechanical design engineer"))
        engine.forget([(1, 2)])
        self.settle(engine)
        assert self.find(engine, "机械设计工程师").ids == []

    def test_sorting_by_date_goes_by_words_alone(self, engine):
        self.store(engine, document(1, "Firefighter"))
        assert self.find(engine, "消防员", sort="date").ids == []

    def test_pages_follow_each_other(self, engine):
        self.store(engine, *(document(i, f"Mechanical engineer {i}") for i in range(1, 8)))
        pages = [self.find(engine, "机械工程师", size=3, page=page).ids for page in (1, 2, 3)]
        assert sorted(number for page in pages for number in page) == [1, 2, 3, 4, 5, 6, 7]
        first = self.find(engine, "机械工程师", size=3)
        assert self.find(engine, "机械工程师", size=3, cursor=first.next_cursor).ids == pages[1]


class TestTantivyMeaning(MeaningContract):
    @pytest.fixture
    def engine(self, tmp_path, encoder):
        engine = TantivyEngine(tmp_path / "index")
        engine.vectors = VectorFile(tmp_path, encoder)
        return engine

    def test_many_positions_are_found_through_the_nearest_titles(self, engine, monkeypatch):
        self.store(engine, *(document(i, f"Mechanical engineer {i}") for i in range(1, 8)))
        few = self.find(engine, "机械工程师")
        monkeypatch.setattr(reading, "FEW", 3)
        assert sorted(self.find(engine, "机械工程师", size=3).ids)[0] in few.ids


@pytest.mark.servers
class TestElasticsearchMeaning(MeaningContract):
    @pytest.fixture
    def engine(self, tmp_path, encoder):
        url = os.environ.get("TEST_ELASTICSEARCH_URL")
        if not url:
            missing('TEST_ELASTICSEARCH_URL is not set: eval "$(python -m tests.servers env)"')
        engine = ElasticsearchEngine(url, prefix=f"test-{uuid.uuid4().hex[:8]}", timeout=20)
        engine.vectors = VectorFile(tmp_path, encoder)
        engine.rebuild([])
        yield engine
        engine.drop()
        engine.client.close()

    def settle(self, engine):
        engine.refresh()

    def test_a_filter_that_leaves_most_is_counted_once_and_picks_what_is_near(self, engine):
        titles = ("Mechanical design engineer", "Mechanical engineer", "Firefighter", "幼儿园老师")
        self.store(
            engine, *(document(i, title, kind="full_time") for i, title in enumerate(titles, 1)),
            document(5, titles[0], kind="internship"),
        )  # fmt: skip
        wanted = replace(ALL, kind="full_time")
        first = self.find(engine, "机械设计工程师", wanted)
        clauses = [{"terms": {"kind": ["full_time"]}}]
        assert (engine.shares.of(clauses), engine.shares.unknown(clauses)) == (0.8, [])
        second = self.find(engine, "机械设计工程师", wanted)
        assert (second.ids, second.total) == (first.ids, first.total) == ([1, 2], 2)

    def test_where_the_nearest_are_what_such_a_filter_leaves_out_it_is_searched_for(
        self, engine, monkeypatch
    ):
        monkeypatch.setattr(es_reading, "WINDOW", 2)
        monkeypatch.setattr(es_reading, "CANDIDATES", 4)
        near, far = "Mechanical design engineer", "Mechanical engineer"
        self.store(
            engine, *(document(i, near, kind="internship") for i in range(1, 6)),
            *(document(i, far, kind="full_time") for i in range(6, 16)),
        )  # fmt: skip
        wanted = replace(ALL, kind="full_time")
        query = PositionQuery("机械设计工程师", wanted, now=NOW)
        vector = engine.vectors.of_query(query.terms.text)
        searched, picked = (engine.both(query, query.terms, vector, 2)[1] for _time in range(2))
        (tried,) = engine._ask(engine._by_meaning(query, query.terms, vector, picked=True))
        assert (tried["hits"]["hits"], tried["aggregations"]["all"]["value"]) == ([], 4)
        assert [len(found) for found in (searched, picked)] == [2, 2]
        assert {found.id for found in (*searched, *picked)} <= set(range(6, 16))


def test_the_encoder_is_loaded_once_for_search_and_for_ranking():
    assert meaning.available()
    assert meaning._installed() == installed().exact
    assert (meaning._installed()(["会计"]) == installed().exact(["会计"])).all()
