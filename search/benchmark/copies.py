"""An index of many positions out of few: each is analysed once and stored again under other ids, with its vector."""

from collections.abc import Callable, Iterable

from search.documents import PositionDocument
from search.engines import base


def fill(
    engine: base.Storage,
    documents: Iterable[PositionDocument],
    *,
    times: int,
    apart: int,
    progress: Callable[[int], None] = lambda _stored: None,
) -> int:
    """Build the index anew with every document `times` times, `apart` from each other in id; how many were stored."""
    build, stored = engine.build(), 0
    for batch in base.batches(documents, base.BUILD_BATCH):
        rows = base.rows(batch, engine.vectors)
        for number in range(times):
            build.add([{**row, "id": row["id"] + number * apart} for row in rows])
            stored += len(rows)
            progress(stored)
    build.finish()
    return stored
