"""The two engines, each through the whole contract."""

import os
import time
import uuid

import pytest

from search.engines.base import EngineUnavailable
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine
from search.query import PositionQuery
from tests.conftest import missing
from tests.search.contract import ALL, NOW, EngineContract, document


class TestTantivy(EngineContract):
    @pytest.fixture
    def engine(self, tmp_path):
        return TantivyEngine(tmp_path / "index")

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


@pytest.mark.servers
class TestElasticsearch(EngineContract):
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
