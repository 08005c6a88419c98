"""The two engines, each through the whole contract."""

import os
import shutil
import time
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from search.engines import base
from search.engines.base import EngineUnavailable
from search.engines.elasticsearch import ElasticsearchEngine, writing
from search.engines.tantivy import TantivyEngine
from search.query import PositionQuery
from search.terms import analyse
from search.vectors import VectorFile
from tests.conftest import missing
from tests.search.contract import ALL, NOW, document
from tests.search.contract_whole import WholeContract
from tests.search.test_nearest import Turned


class TestTantivy(WholeContract):
    @pytest.fixture
    def engine(self, tmp_path):
        return TantivyEngine(tmp_path / "index")

    def test_suggest_completes_names_within_the_scope(self, engine):
        engine.index(
            [
                document(1, "电工", company="海川", skills=("焊接",), occupation_name="电工"),
                document(2, "电工", company="海川", occupation_name="电工"),
                document(3, "电气技术员", company="海川"),
                document(4, "电焊", school_ids=(2,), company="乙"),
            ]
        )

        def suggested(text, scope=(1,), limit=5):
            return [(one.kind, one.text, one.count) for one in engine.suggest(text, limit, scope)]

        both = [("occupation", "电工", 2), ("title", "电工", 2)]
        assert suggested("电") == [*both, ("title", "电气技术员", 1)]
        assert suggested("diangong") == suggested("dian gong") == suggested("dg") == both
        assert suggested("dqj") == [("title", "电气技术员", 1)]
        assert suggested("海") == [("company", "海川", 3)]
        assert suggested("hanjie") == [("skill", "焊接", 1)]
        assert suggested("電", limit=1) == both[:1]
        assert suggested("dianhan") == []
        assert suggested("dianhan", None) == [("title", "电焊", 1)]
        assert [suggested(text) for text in ("", " ", "x", '"*')] == [[], [], [], []]

    def test_words_of_all_positions_with_their_number(self, engine):
        engine.index(
            [document(1, "成本会计"), document(2, "成本会计 Java"), document(3, "Java", skills=("Excel",))]
        )
        assert engine.words() == {"成本会计": 2, "java": 2, "excel": 1}

    def test_another_reader_sees_commits_and_rebuilds(self, engine):
        reader = TantivyEngine(engine.folder)
        query = PositionQuery("", ALL, now=NOW)
        assert reader.find(query).ids == []
        engine.index([document(1)])
        assert reader.find(query).ids == [1]
        engine.rebuild([document(2)])
        assert reader.find(query).ids == [2]

    def test_a_held_lock_is_unavailable_and_nothing_is_lost(self, engine):
        other = TantivyEngine(engine.folder, patience=0)
        with engine.locked(), pytest.raises(EngineUnavailable, match="another process"):
            other.index([document(1)])
        other.index([document(1)])
        assert other.count() == 1

    def test_an_index_begun_empty_is_not_complete(self, engine):
        assert engine.count() == 0
        assert engine.complete() is False

    def test_two_rebuilds_do_not_run_at_once(self, engine):
        build = engine.build()
        with pytest.raises(EngineUnavailable, match="another rebuild"):
            TantivyEngine(engine.folder).build()
        build.discard()
        TantivyEngine(engine.folder).build().discard()

    def test_what_a_killed_rebuild_left_is_removed_by_the_next_writer(self, engine):
        engine.index([document(1)])
        build = engine.build()
        build._held.close()  # what the kernel does to the lock of a process that dies
        engine.index([document(2)])
        assert not (engine.folder / build.name).exists()
        assert engine.named("building") == ""
        assert engine.count() == 2

    def test_tidying_leaves_other_folders_alone(self, engine):
        engine.index([document(1)])
        (engine.folder / "vectors").mkdir()
        engine.rebuild([document(2)])
        assert sorted(path.name for path in engine.folder.iterdir() if path.is_dir()) == [
            engine.named("current"),
            "vectors",
        ]

    def test_an_index_whose_files_are_gone_is_begun_anew(self, engine):
        engine.index([document(1)])
        shutil.rmtree(engine.folder / engine.named("current"))
        assert (engine.count(), engine.complete()) == (0, False)


@pytest.mark.servers
class TestElasticsearch(WholeContract):
    @pytest.fixture
    def engine(self):
        url = os.environ.get("TEST_ELASTICSEARCH_URL")
        if not url:
            missing('TEST_ELASTICSEARCH_URL is not set: eval "$(python -m tests.servers env)"')
        engine = ElasticsearchEngine(url, prefix=f"test-{uuid.uuid4().hex[:8]}", timeout=20)
        engine.rebuild([])
        yield engine
        engine.client.indices.delete(index=",".join(engine.client.indices.get_alias(name=engine.read)))
        engine.client.close()

    def settle(self, engine):
        engine.refresh()

    def test_write_is_findable_within_two_seconds(self, engine):
        engine.index([document(1)])
        deadline = time.monotonic() + 2
        while not engine.count() and time.monotonic() < deadline:
            os.sched_yield()
        assert engine.count() == 1

    @pytest.mark.parametrize(("merged_from", "segments"), [(2, 1), (3, 2)])
    def test_a_large_new_index_is_merged_into_one_segment(self, engine, monkeypatch, merged_from, segments):
        monkeypatch.setattr(writing, "MERGED_FROM", merged_from)
        build = engine.build()
        for number in (1, 2):
            build.add(base.rows([document(number)]))
            engine.patient.indices.flush(index=build.index)
        build.finish()

        def there():
            shard = engine.patient.indices.segments(index=build.index)["indices"][build.index]["shards"]["0"]
            return len(shard[0]["segments"])

        deadline = time.monotonic() + 5
        while there() != segments and time.monotonic() < deadline:
            os.sched_yield()
        assert (there(), engine.count()) == (segments, 2)

    def test_the_nearest_leave_out_what_expired_and_what_is_filtered(self, engine, tmp_path):
        """Expired ones are left out of the nearest, all others before the nearest are looked for."""
        engine.vectors = VectorFile(tmp_path, Turned())
        gone = NOW - timedelta(seconds=1)
        engine.rebuild(
            [
                document(1, "职位 0", expires_at=gone),
                document(2, "职位 1", city_code="310000"),
                *(document(n, f"职位 {n}", city_code="420100") for n in (3, 4)),
            ]
        )
        engine.refresh()

        def near(text, filters):
            query = PositionQuery(text, filters, now=NOW)
            vector = engine.vectors.of_query("职位 0")
            found = engine.both(query, analyse(text), vector, 4)[1]
            assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
            return [hit.id for hit in found]

        assert near("职位 0", ALL) == [2, 3, 4]
        assert near("职位 0", replace(ALL, city_code="420100")) == [3, 4]
        assert near("职位 0 -3", ALL) == [2, 4]

    def test_what_raises_a_hit_reorders_the_best_alone(self, engine):
        """Both have the bigram of what was typed once, in descriptions of one length; one has a character of it in its title."""
        engine.index([document(1, "工长", description="电工"), document(2, "钳手", description="电工")])
        engine.refresh()
        query, terms = PositionQuery("电工", ALL, now=NOW), analyse("电工")
        asked = (replace(terms, boosts=()), terms)
        plain, raised = ([hit.id for hit in engine.by_words(query, one, 2).hits] for one in asked)
        assert (plain, raised) == ([2, 1], [1, 2])
