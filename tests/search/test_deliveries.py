"""Deliveries to the embedded index in every order and more than once, and a writer that stops at each named place."""

import itertools

import pytest

from backend.common import failpoints
from search.engines import base
from search.engines.base import EngineUnavailable
from search.engines.tantivy import TantivyEngine
from search.query import Filters, PositionQuery
from tests.search.contract import ALL, NOW, document, versions

TITLES = {1: "电工", 2: "焊工", 3: "厨师", 4: "保洁"}


def written(number: int, version: int) -> base.Row:
    """A position that says by all it holds which version it is."""
    return base.stored(
        document(
            number,
            TITLES[version],
            version=version,
            city_code=str(version),
            school_ids=(version,),
            salary_max=version,
        )
    )


def delivered(number: int, message: tuple[str, int]) -> base.Row:
    what, version = message
    return written(number, version) if what == "w" else base.tombstone(number, version)


def found(engine: TantivyEngine, **more) -> list[int]:
    return sorted(engine.find(PositionQuery(now=NOW, size=100, **more)).ids)


@pytest.fixture
def engine(tmp_path):
    made = TantivyEngine(tmp_path / "index")
    made.rebuild([])
    return made


HISTORIES = [
    [("w", 1), ("w", 2), ("w", 3), ("w", 4)],
    [("w", 1), ("f", 2), ("w", 3), ("w", 4)],
    [("w", 1), ("w", 2), ("w", 3), ("f", 4)],
    [("f", 1), ("w", 2), ("f", 3)],
    [("w", 1), ("w", 1), ("w", 2), ("w", 2)],
    [("w", 2), ("f", 3), ("f", 3), ("w", 2)],
]


@pytest.mark.parametrize(
    "history", HISTORIES, ids=lambda history: " ".join(f"{what}{v}" for what, v in history)
)
def test_every_order_of_delivery_gives_the_same_index(engine, history):
    """One position for each order; every step delivers the next message of each of them."""
    orders = dict(enumerate(sorted(set(itertools.permutations(history))), start=1))
    for step in range(len(history)):
        engine.write([delivered(number, order[step]) for number, order in orders.items()])
    what, version = max(history, key=lambda message: message[1])
    everybody = sorted(orders) if what == "w" else []
    assert versions(engine) == [(number, version) for number in everybody]
    by_version = {
        other: (
            found(engine, text=title, filters=ALL),
            found(engine, filters=Filters(school_ids=None, city_code=str(other))),
            found(engine, filters=Filters(school_ids=(other,))),
        )
        for other, title in TITLES.items()
    }
    assert by_version == {other: (everybody if other == version else [],) * 3 for other in TITLES}


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_it_does_not_matter_how_messages_are_cut_into_batches(engine, size):
    messages = [(1, ("w", 2)), (2, ("w", 1)), (1, ("w", 1)), (2, ("f", 3)), (1, ("w", 3)), (2, ("w", 2))]
    for batch in base.batches(messages, size):
        engine.write([delivered(*message) for message in batch])
    assert (versions(engine), found(engine, text="厨师", filters=ALL), engine.count()) == ([(1, 3)], [1], 1)


def test_the_whole_past_delivered_again_changes_nothing(engine):
    past = [[written(1, 1)], [written(2, 2), base.tombstone(1, 2)], [written(3, 1)], [written(2, 3)]]
    for batch in past:
        engine.write(batch)
    before = (versions(engine), engine.opened().searcher().num_docs)
    for batch in [*past, *reversed(past)]:
        engine.write(batch)
    assert (versions(engine), engine.opened().searcher().num_docs) == before == ([(2, 3), (3, 1)], 3)


def test_no_position_is_held_twice_however_often_it_is_written(engine):
    for version in (1, 1, 2, 2, 3):
        engine.write([written(1, version)])
    assert (engine.opened().searcher().num_docs, found(engine, filters=ALL)) == (1, [1])


# A writer that stops


class Stopped(Exception):
    """What a failpoint raises here."""


def stop() -> None:
    raise Stopped


@pytest.mark.parametrize(
    ("place", "kept"),
    [("search.embedded.before_commit", [(1, 1)]), ("search.embedded.after_commit", [(1, 2), (2, 1)])],
)
def test_a_write_that_stops_is_whole_or_nothing_and_the_next_delivery_mends_it(engine, place, kept):
    engine.write([written(1, 1)])
    batch = [written(1, 2), written(2, 1)]
    with failpoints.armed(place, stop), pytest.raises(Stopped):
        engine.write(batch)
    assert versions(TantivyEngine(engine.folder)) == kept
    TantivyEngine(engine.folder, patience=0).write(batch)
    assert versions(engine) == [(1, 2), (2, 1)]


@pytest.mark.parametrize(
    ("place", "kept"),
    [
        ("search.embedded.before_commit", [(1, 1)]),
        ("search.embedded.after_commit", [(1, 1)]),
        ("search.embedded.before_swap", [(1, 1)]),
        ("search.embedded.after_swap", [(2, 1)]),
    ],
)
def test_a_rebuild_that_stops_leaves_one_whole_index_and_lets_the_next_go_on(engine, place, kept):
    engine.write([written(1, 1)])
    with failpoints.armed(place, stop), pytest.raises(Stopped):
        engine.rebuild([document(2)])
    assert versions(TantivyEngine(engine.folder)) == kept
    engine.write([written(3, 1)])
    assert engine.rebuild([document(4)]) == 1
    assert (versions(engine), engine.named("building")) == ([(4, 1)], "")
    assert len(list(engine.folder.glob("positions-*"))) == 1


def test_a_stopped_writer_holds_up_nobody(engine):
    with failpoints.armed("search.embedded.before_commit", stop), pytest.raises(Stopped):
        engine.write([written(1, 1)])
    other = TantivyEngine(engine.folder, patience=0)
    other.write([written(2, 1)])
    build = other.build()
    build.discard()
    engine.patience = 0
    with other.locked(), pytest.raises(EngineUnavailable, match="another process"):
        engine.write([written(3, 1)])
    assert versions(engine) == [(2, 1)]


@pytest.mark.parametrize(
    ("during", "after"),
    [
        # What a write brings while the rebuild goes on, and who can be found when it has ended, having read (1, 1).
        ([], [(1, 1)]),
        ([("w", 2)], [(1, 2)]),
        ([("f", 2)], []),
        ([("w", 1)], [(1, 1)]),
        ([("w", 2), ("f", 3)], []),
        ([("f", 2), ("w", 3)], [(1, 3)]),
        ([("f", 2), ("w", 1)], []),
    ],
)
@pytest.mark.parametrize("early", [True, False])
def test_what_happens_during_a_rebuild_wins_over_what_it_read(engine, during, after, early):
    """Before or after the rebuild has stored what it read."""
    engine.write([written(1, 1)])
    build = engine.build()
    if not early:
        build.add([written(1, 1)])
    for message in during:
        engine.write([delivered(1, message)])
    if early:
        build.add([written(1, 1)])
    build.finish()
    assert versions(engine) == after
