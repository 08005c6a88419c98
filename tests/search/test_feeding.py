"""Feeding and verifying: what differs is named, both ways; a rebuild says how far it is and may die anywhere."""

import io
import os
import signal

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.common import failpoints
from search import api, feeding
from search.documents import visibility
from search.engines import configured
from search.engines.base import EngineUnavailable
from search.engines.tantivy import TantivyEngine
from search.query import PositionQuery
from search.results import Drift
from tests.chaos.indexers import ended, fork
from tests.search.contract import ALL, NOW, document, versions

# A loaded machine is no finding.
QUIET = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
QUERY = PositionQuery("电工", ALL, now=NOW)
EVERYBODY = visibility((1,), None)


@pytest.fixture(autouse=True)
def embedded_only(settings, monkeypatch):
    """No Elasticsearch, and no source of positions but what a test registers."""
    settings.ELASTICSEARCH_URL = ""
    monkeypatch.setattr(feeding, "_sources", [])


@pytest.fixture
def rows():
    """What the database holds; the test may change the list."""
    held = [document(1), document(2, version=3)]

    def standings():
        return [(row.id, row.version, visibility(row.school_ids, row.expires_at)) for row in held]

    api.register_source(lambda: iter(held), standings)
    return held


def standing(position_id: int, version: int = 1, seen: int = EVERYBODY) -> tuple[int, int, int]:
    return position_id, version, seen


# Drift


@pytest.mark.parametrize(
    ("wanted", "held", "drift"),
    [
        ([], [], Drift()),
        ([standing(1)], [standing(1)], Drift()),
        ([standing(1)], [], Drift(missing=(1,))),
        ([], [standing(1)], Drift(ghosts=(1,))),
        ([standing(1, 2)], [standing(1, 1)], Drift(stale=(1,))),
        ([standing(1, 1)], [standing(1, 2)], Drift(stale=(1,))),
        ([standing(1, seen=1)], [standing(1, seen=2)], Drift(visibility=(1,))),
        ([standing(1, 1, 1)], [standing(1, 2, 2)], Drift(stale=(1,))),
        ([standing(1), standing(3)], [standing(2), standing(3)], Drift(missing=(1,), ghosts=(2,))),
        ([standing(2), standing(3)], [standing(1), standing(4)], Drift(missing=(2, 3), ghosts=(1, 4))),
    ],
)
def test_what_differs_is_named(wanted, held, drift):
    found = feeding.drift_of(wanted, held)
    assert (found, bool(found)) == (drift, drift != Drift())


SIDE = st.dictionaries(st.integers(1, 30), st.tuples(st.integers(1, 3), st.integers(1, 2)), max_size=20)


@QUIET
@given(SIDE, SIDE)
def test_walking_side_by_side_finds_what_two_dictionaries_would(wanted, held):
    found = feeding.drift_of(*([(i, *rest) for i, rest in sorted(side.items())] for side in (wanted, held)))
    both = sorted(wanted.keys() & held.keys())
    assert found == Drift(
        missing=tuple(sorted(wanted.keys() - held.keys())),
        ghosts=tuple(sorted(held.keys() - wanted.keys())),
        stale=tuple(i for i in both if wanted[i][0] != held[i][0]),
        visibility=tuple(i for i in both if wanted[i][0] == held[i][0] and wanted[i][1] != held[i][1]),
    )


@QUIET
@given(SIDE, SIDE)
def test_drift_is_the_same_from_both_sides(wanted, held):
    sides = [[(i, *rest) for i, rest in sorted(side.items())] for side in (wanted, held)]
    here, there = feeding.drift_of(*sides), feeding.drift_of(*reversed(sides))
    assert (here.missing, here.ghosts) == (there.ghosts, there.missing)
    assert (here.stale, here.visibility) == (there.stale, there.visibility)


# The command that compares


def compared(*options: str) -> str:
    said = io.StringIO()
    call_command("verify_index", *options, stdout=said)
    return said.getvalue().strip()


def test_nothing_differs_after_a_rebuild(rows):
    api.rebuild(rows)
    assert compared("--fail-on-drift") == "embedded: missing 0, ghosts 0, stale 0, visibility 0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.append(document(5)), "missing 1, ghosts 0, stale 0, visibility 0"),
        (lambda rows: rows.pop(), "missing 0, ghosts 1, stale 0, visibility 0"),
        (
            lambda rows: rows.__setitem__(0, document(1, version=9)),
            "missing 0, ghosts 0, stale 1, visibility 0",
        ),
        (
            lambda rows: rows.__setitem__(0, document(1, school_ids=(2,))),
            "missing 0, ghosts 0, stale 0, visibility 1",
        ),
    ],
)
def test_each_way_to_differ_is_told_and_fails_when_asked_to(rows, change, said):
    api.rebuild(rows)
    change(rows)
    assert compared() == f"embedded: {said}"
    with pytest.raises(CommandError, match="run rebuild_index"):
        compared("--fail-on-drift")


def test_an_engine_that_cannot_be_asked_is_an_error_not_a_match(rows, settings, monkeypatch):
    def away(*_args):
        raise EngineUnavailable("gone")

    monkeypatch.setattr(TantivyEngine, "standings", away)
    with pytest.raises(CommandError, match="cannot be asked: gone"):
        compared()


def test_without_a_source_there_is_nothing_to_compare_with():
    with pytest.raises(LookupError, match="no source"):
        compared()


# The command that rebuilds


def test_a_rebuild_says_how_many_it_indexed_and_shows_progress(rows):
    said, shown = io.StringIO(), io.StringIO()
    call_command("rebuild_index", stdout=said, stderr=shown)
    assert said.getvalue() == "2 positions indexed in embedded\n"
    assert "embedded" in shown.getvalue()
    assert "2/2" in shown.getvalue()


def test_progress_is_told_every_five_hundred():
    told: list[int] = []
    assert api.rebuild((document(n) for n in range(1, 1_102)), told.append) == 1_101
    assert told == [500, 1_000]


def test_a_rebuild_of_an_engine_that_is_not_there_is_an_error(rows):
    with pytest.raises(CommandError, match="no such engine"):
        call_command("rebuild_index", "--engine", "elasticsearch", stdout=io.StringIO(), stderr=io.StringIO())
    assert api.incomplete() == ["embedded"]


def test_a_second_rebuild_at_once_is_an_error_and_harms_neither(rows):
    build = configured.embedded().build()
    with pytest.raises(CommandError, match="another rebuild"):
        call_command("rebuild_index", stdout=io.StringIO(), stderr=io.StringIO())
    build.finish()
    assert configured.embedded().complete() is True


@pytest.mark.parametrize("place", ["search.embedded.before_commit", "search.embedded.before_swap"])
def test_a_rebuild_killed_on_the_way_leaves_the_old_index_in_use(rows, place):
    """kill -9 of a process of its own; afterwards people find what they found, and a new rebuild goes through."""
    api.rebuild([document(7)])

    def rebuild() -> None:
        with failpoints.armed(place, lambda: os.kill(os.getpid(), signal.SIGKILL)):
            call_command("rebuild_index", stdout=io.StringIO(), stderr=io.StringIO())

    pid = fork(rebuild)
    while (killed := ended(pid)) is None:
        os.sched_yield()
    engine = configured.embedded()
    assert (killed, versions(engine), engine.complete()) == (True, [(7, 1)], True)
    left = engine.named("building")
    assert left.startswith("positions-")
    api.index([document(8)])
    assert (engine.named("building"), (engine.folder / left).exists()) == ("", False)
    call_command("rebuild_index", stdout=io.StringIO(), stderr=io.StringIO())
    assert versions(engine) == [(1, 1), (2, 3)]


def test_a_rebuild_killed_right_after_the_swap_is_a_rebuild(rows):
    api.rebuild([document(7)])

    def rebuild() -> None:
        with failpoints.armed("search.embedded.after_swap", lambda: os.kill(os.getpid(), signal.SIGKILL)):
            api.rebuild(rows)

    pid = fork(rebuild)
    while (killed := ended(pid)) is None:
        os.sched_yield()
    api.index([document(8)])
    assert (killed, versions(configured.embedded())) == (True, [(1, 1), (2, 3), (8, 1)])


# Feeding


def test_what_is_fed_is_counted(rows):
    before = feeding.metrics.WRITTEN.labels("embedded")._value.get()
    api.feed("embedded", [document(1), document(2)], [(3, 1)])
    assert feeding.metrics.WRITTEN.labels("embedded")._value.get() - before == 3


def test_all_engines_are_fed_what_was_analysed_once_and_one_that_is_away_is_named(settings, monkeypatch):
    settings.ELASTICSEARCH_URL = "http://127.0.0.1:1"
    analysed, stored = [], feeding.base.stored
    monkeypatch.setattr(feeding.base, "stored", lambda one: analysed.append(one.id) or stored(one))
    failed = api.feed_all([document(1), document(2)], [(3, 1)])
    assert [(name, type(error)) for name, error in failed.items()] == [("elasticsearch", EngineUnavailable)]
    assert (analysed, versions(configured.embedded())) == ([1, 2], [(1, 1), (2, 1)])


def test_an_embedded_index_that_is_held_keeps_nothing_from_the_others(monkeypatch):
    engine = configured.embedded()
    monkeypatch.setattr(engine, "patience", 0)
    with TantivyEngine(engine.folder).locked():
        failed = api.feed_all([document(1)])
    assert [(name, str(error)) for name, error in failed.items()] == [
        ("embedded", "another process holds the index")
    ]
    assert api.feed_all([document(1)]) == {}


def test_a_write_that_fails_is_counted_and_raised(monkeypatch):
    engine = configured.embedded()
    other = TantivyEngine(engine.folder)
    monkeypatch.setattr(engine, "patience", 0)
    before = feeding.metrics.FAILURES.labels("embedded", "write")._value.get()
    with other.locked(), pytest.raises(EngineUnavailable, match="another process"):
        api.feed("embedded", [document(1)])
    assert feeding.metrics.FAILURES.labels("embedded", "write")._value.get() - before == 1


def test_forgetting_through_the_door_reaches_the_engine():
    api.index([document(1), document(2)])
    api.forget([(1, 5)])
    assert versions(configured.embedded()) == [(2, 1)]


def test_gauges_are_set_when_somebody_asks(rows):
    api.register_source(lambda: [], lambda: [], lambda: {"embedded": 12.5})
    api.rebuild([document(1), document(2)])
    api.observe()
    assert feeding.metrics.LAG.labels("embedded")._value.get() == 12.5
    assert feeding.metrics.DOCUMENTS.labels("embedded")._value.get() == 2
    assert api.state().behind == {"embedded": 12.5}
