"""The folder of the embedded index: one writer, names that change in one step, and whatever others left lying about."""

import threading

import pytest

from search.engines import base
from search.engines.base import EngineUnavailable
from search.engines.tantivy import TantivyEngine
from search.engines.tantivy.folder import FIRST, PREFIX, Folder
from search.engines.tantivy.writing import NOTES
from search.query import PositionQuery
from tests.search.contract import ALL, NOW, document, versions

QUERY = PositionQuery("", ALL, now=NOW)


@pytest.fixture
def engine(tmp_path):
    return TantivyEngine(tmp_path / "index")


def test_nothing_is_written_before_somebody_asks(engine):
    assert (engine.folder.exists(), engine.named("current"), engine.complete()) == (False, "", False)
    assert engine.find(QUERY).ids == []
    assert (engine.named("current"), engine.complete()) == (FIRST, False)


@pytest.mark.parametrize(
    ("written", "named"),
    [(f"{PREFIX}abc", f"{PREFIX}abc"), ("positions-0-abc", ""), ("../../etc", ""), ("", ""), (FIRST, FIRST)],
)
def test_only_names_of_this_schema_count(engine, written, named):
    engine.folder.mkdir()
    (engine.folder / "current").write_text(written)
    assert engine.named("current") == named


def test_a_name_is_pointed_to_in_one_step_and_leaves_no_draft(engine):
    engine.folder.mkdir()
    seen, stop = set(), threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(engine.named("current"))

    engine.point("current", f"{PREFIX}0")
    reader = threading.Thread(target=read)
    reader.start()
    for number in range(50):
        engine.point("current", f"{PREFIX}{number}")
    stop.set()
    reader.join()
    assert "" not in seen
    assert [path.name for path in engine.folder.iterdir()] == ["current"]


def test_tidying_removes_old_indices_and_drafts_and_keeps_what_is_in_use(engine):
    engine.rebuild([document(1)])
    in_use = engine.named("current")
    for name in ("positions-1-old", f"{PREFIX}killed"):
        (engine.folder / name).mkdir()
    for name in ("current.123.abc", "building.9.x", "notes.txt"):
        (engine.folder / name).write_text("x")
    with engine.locked():
        engine.tidy()
    left = {path.name for path in engine.folder.iterdir()}
    assert left == {in_use, "current", "write.lock", "rebuild.lock", "notes.txt"}


def test_a_reader_of_its_own_follows_swaps_without_being_told(engine):
    reader = TantivyEngine(engine.folder)
    seen = []
    for number in range(1, 5):
        engine.rebuild([document(number)])
        seen.append(reader.find(QUERY).ids)
    assert seen == [[1], [2], [3], [4]]


def test_an_index_that_cannot_be_read_is_unavailable_not_empty(engine):
    engine.rebuild([document(1)])
    (engine.folder / engine.named("current") / "meta.json").write_text("{")
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        TantivyEngine(engine.folder).find(QUERY)


def test_the_index_is_opened_once_until_somebody_writes(engine):
    engine.rebuild([document(1)])
    one = engine.opened()
    assert engine.opened() is one
    engine.index([document(2)])
    assert engine.count() == 2


@pytest.mark.parametrize("held", [True, False])
def test_a_rebuild_lock_is_given_to_one(engine, held):
    other = Folder(engine.folder)
    if held:
        with engine.rebuilding() as ours, other.rebuilding() as theirs:
            assert (ours, theirs) == (True, False)
    with other.rebuilding() as theirs:
        assert theirs is True


def test_writers_wait_for_each_other_and_nothing_is_lost(engine):
    """Four writers with an engine each, as four processes would have."""
    engine.rebuild([])
    start, failed = threading.Barrier(4), []

    def write(number: int) -> None:
        own = TantivyEngine(engine.folder, patience=30)
        start.wait()
        try:
            for step in range(2):
                own.index([document(number * 10 + step)])
        except EngineUnavailable as error:
            failed.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert [i for i, _ in versions(engine)] == sorted(n * 10 + step for n in range(4) for step in range(2))


def test_control_without_the_lock_writers_collide(engine, monkeypatch):
    """tantivy allows one writer: a second one at the same time is refused, so the lock is what makes them wait."""
    engine.rebuild([])
    with engine.locked():
        index = engine.open_named(engine.named("current"))
        first = index.writer(15_000_000, 1)
        with pytest.raises(ValueError, match="lock"):
            engine.open_named(engine.named("current")).writer(15_000_000, 1)
        first.rollback()


def test_a_batch_that_changes_nothing_is_not_committed(engine):
    engine.rebuild([document(1, version=3)])
    meta = engine.folder / engine.named("current") / "meta.json"
    before = meta.stat().st_mtime_ns
    engine.write([base.tombstone(1, 2), *base.rows([document(1, version=1)])][:1])
    assert meta.stat().st_mtime_ns == before


def test_a_deadline_of_waiting_is_kept(engine):
    other = TantivyEngine(engine.folder, patience=0.05)
    with engine.locked(), pytest.raises(EngineUnavailable, match="another process holds"):
        other.index([document(1)])


def test_a_rebuild_takes_the_lock_for_nothing_but_the_swap(tmp_path):
    """A writer that holds it keeps neither what is read nor what was noted meanwhile from being stored."""
    engine = TantivyEngine(tmp_path / "index", patience=0)
    build = engine.build()
    engine.index([document(1, version=2)])
    with TantivyEngine(engine.folder).locked():
        build.add(base.rows([document(1), document(2)]))
        build.add(base.rows([document(2, version=3), document(2, version=2)]))
        with pytest.raises(EngineUnavailable, match="another process holds"):
            build.finish()
    assert engine._versions_of(engine.open_named(build.name), [1, 2]) == {1: 2, 2: 3}
    build.discard()
    assert versions(engine) == [(1, 2)]


def test_a_rebuild_that_is_given_up_leaves_that_of_another_alone(tmp_path):
    """Its swap failed, and before it has tidied up another rebuild begins."""
    engine = TantivyEngine(tmp_path / "index", patience=0)
    other = TantivyEngine(engine.folder)
    build = engine.build()
    with other.locked():
        with pytest.raises(EngineUnavailable, match="another process holds"):
            build.finish()
        build.discard()
    following = other.build()
    build.discard()
    other.index([document(1)])
    following.finish()
    assert versions(engine) == [(1, 1)]


def test_what_a_killed_writer_left_of_its_note_hides_no_other(engine):
    build = engine.build()
    engine.index([document(1)])
    rows, place = engine.noted(build.name, 0)
    with (engine.folder / build.name / NOTES).open("a") as file:
        file.write('\n{"id": 2, "ver')
    assert ([row["id"] for row in rows], engine.noted(build.name, place)) == ([1], ([], place + 1))
    engine.index([document(3)])
    later, _end = engine.noted(build.name, place)
    assert [row["id"] for row in later] == [3]
    build.finish()
    assert versions(engine) == [(1, 1), (3, 1)]
    assert not (engine.folder / build.name / NOTES).exists()
