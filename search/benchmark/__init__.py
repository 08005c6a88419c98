"""What a search costs, beside the bare query of the same engine; driven by `manage.py bench_search`."""

import contextlib
import time
from collections.abc import Iterator, Sequence

from django.test.utils import override_settings

from search.benchmark.bare import Ask, both, words
from search.benchmark.copies import fill
from search.benchmark.log import Seen, drawn
from search.benchmark.space import megabytes
from search.engines.configured import embedded, remote
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine
from search.query import PositionQuery

__all__ = [
    "Ask",
    "Seen",
    "answering",
    "both",
    "clear",
    "drawn",
    "engine",
    "fill",
    "megabytes",
    "overlap",
    "settle",
    "words",
]
FIRST = 10


def engine(name: str) -> TantivyEngine | ElasticsearchEngine:
    """The engine of this name, so that nobody outside has to know them; LookupError where it is not configured."""
    if name == embedded().name:
        return embedded()
    configured = remote()
    if configured is None:
        raise LookupError(f"{name} is not configured")
    return configured.engine


@contextlib.contextmanager
def answering(name: str) -> Iterator[None]:
    """Searches are answered by this engine while the block lasts."""
    with override_settings(ELASTICSEARCH_URL="") if name == embedded().name else contextlib.nullcontext():
        yield


def clear() -> None:
    """Remove what was filled in Elasticsearch; nothing where there is none."""
    if configured := remote():
        upkeep = configured.engine.patient.indices
        for index in upkeep.get(index=f"{configured.engine.family}*"):
            upkeep.delete(index=index)


def settle(engine: TantivyEngine | ElasticsearchEngine) -> None:
    """Wait until Elasticsearch has merged what was filled: it goes on for minutes and takes a processor from whoever searches."""
    if not isinstance(engine, ElasticsearchEngine):
        return
    quiet = 0
    while quiet < 3:
        time.sleep(1)
        stats = engine.patient.indices.stats(index=engine.read, metric="merge")
        quiet = 0 if stats["_all"]["primaries"]["merges"]["current"] else quiet + 1


def overlap(queries: Sequence[PositionQuery]) -> float:
    """Mean share of the first ten that both engines have in common, over the queries that find anything."""
    shares = []
    for query in queries:
        ours, theirs = (set(engine(name).find(query).ids[:FIRST]) for name in ("embedded", "elasticsearch"))
        if ours or theirs:
            shares.append(len(ours & theirs) / max(len(ours), len(theirs)))
    return round(sum(shares) / len(shares), 3)
