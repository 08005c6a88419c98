"""Walking through a sorted list page by page while positions come, change and go, and through ties without end."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.tantivy import TantivyEngine
from search.fusion import Ranked
from search.query import MAX_WINDOW, PositionQuery, write_cursor
from search.terms import QueryTerms
from tests.search.contract import ALL, NOW, document

# Every example writes an index of its own.
FEW = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
SORTS = ("date", "salary")


def position(number: int, value: int, version: int = 1):
    """A position that stands at `value` in both orders."""
    return document(
        number,
        version=version,
        salary_max=value,
        published_at=NOW - timedelta(days=60) + timedelta(hours=value),
    )


def page_of(engine, sort, cursor="", size=3, text=""):
    return engine.find(PositionQuery(text, ALL, now=NOW, sort=sort, size=size, cursor=cursor))


@dataclass
class Walk:
    """A walk from page to page, and the rows as they stand."""

    engine: TantivyEngine
    rows: dict[int, int]
    seen: list[int] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)
    versions: dict[int, int] = field(default_factory=dict)

    def change(self, number: int, value: int | None) -> None:
        """A row comes or moves to `value`, or goes where that is None."""
        self.touched.add(number)
        version = self.versions[number] = self.versions.get(number, 1) + 1
        if value is None:
            self.rows.pop(number, None)
            self.engine.forget([(number, version)])
        else:
            self.rows[number] = value
            self.engine.index([position(number, value, version)])


CHANGES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(1, 14), st.none() | st.integers(0, 5)), max_size=5
)


@FEW
@given(st.sampled_from(SORTS), st.dictionaries(st.integers(1, 12), st.integers(0, 5), min_size=4), CHANGES)
def test_what_nobody_touches_is_shown_once_and_in_order(tmp_path_factory, sort, rows, changes):
    engine = TantivyEngine(tmp_path_factory.mktemp("paging"))
    engine.index([position(number, value) for number, value in rows.items()])
    walk, step, cursor = Walk(engine, dict(rows)), 0, ""
    while True:
        page = page_of(engine, sort, cursor)
        assert page.total == len(walk.rows)
        walk.seen += page.ids
        cursor = page.next_cursor
        if not cursor:
            break
        for at, number, value in changes:
            if at == step:
                walk.change(number, value)
        step += 1
    still = [number for number in rows if number not in walk.touched]
    shown = [number for number in walk.seen if number in still]
    assert shown == sorted(still, key=lambda number: (-rows[number], -number))


def seven_in(folder) -> TantivyEngine:
    made = TantivyEngine(folder)
    made.index([position(number, number) for number in range(1, 8)])
    return made


@pytest.fixture
def engine(tmp_path):
    """Seven positions, for tests that write."""
    return seven_in(tmp_path / "index")


@pytest.fixture(scope="module")
def seven(tmp_path_factory):
    """The same for those that only read."""
    return seven_in(tmp_path_factory.mktemp("seven"))


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(
    ("value", "rest"),
    [
        (0, [4, 3, 2, 1, 5]),  # it moved down: it comes again, and nobody between is passed over
        (9, [4, 3, 2, 1]),  # it moved up: the walk goes on from where it stood
        (None, [4, 3, 2, 1]),
    ],
)
def test_a_walk_goes_on_from_the_place_of_its_last_hit_wherever_that_went(engine, sort, value, rest):
    first = page_of(engine, sort)
    Walk(engine, {}).change(5, value)
    assert (first.ids, page_of(engine, sort, first.next_cursor, size=9).ids) == ([7, 6, 5], rest)


@pytest.mark.parametrize(
    ("place", "ids"),
    [
        ((4, 4), [3, 2, 1]),
        ((4, 5), [4, 3, 2, 1]),
        ((4, 3), [3, 2, 1]),
        ((100, 1), [7, 6, 5, 4, 3, 2, 1]),
        ((0, 2**62), []),
        ((-1, 0), []),
        ((1, 0), []),
        ((1, 2), [1]),
        ((2**53, 2**63 - 1), [7, 6, 5, 4, 3, 2, 1]),
        ((-(2**53), 1), []),
    ],
)
def test_any_place_may_be_gone_on_from(seven, place, ids):
    assert page_of(seven, "salary", write_cursor(*place), size=9).ids == ids


def test_a_cursor_wins_over_a_page(seven):
    query = PositionQuery("", ALL, now=NOW, sort="salary", size=2, page=3, cursor=write_cursor(6, 6))
    assert seven.find(query).ids == [5, 4]


def test_a_cursor_by_relevance_finds_its_hit_though_scores_have_moved(engine):
    """Scores of all move with every write; the hit itself tells where the walk was."""
    first = page_of(engine, "relevance", text="电工")
    engine.index([document(number, "保洁") for number in range(20, 40)])
    second = page_of(engine, "relevance", first.next_cursor, text="电工", size=9)
    assert (first.ids, second.ids) == ([7, 6, 5], [4, 3, 2, 1])


# Ties


@pytest.fixture(scope="module")
def tied(tmp_path_factory):
    """More equal positions than a window holds, as one import publishes them, stored in two parts and out of order."""
    engine = TantivyEngine(tmp_path_factory.mktemp("tied"))
    numbers = [*range(2, MAX_WINDOW + 60, 2), *range(MAX_WINDOW + 59, 0, -2)]
    made = [document(number, "工", salary_max=5_000) for number in numbers]
    engine.rebuild(made[: MAX_WINDOW // 2])
    engine.index(made[MAX_WINDOW // 2 :])
    return engine


@pytest.mark.parametrize("sort", SORTS)
def test_equal_ones_are_walked_through_by_id_past_the_window(tied, sort):
    seen, cursor = [], ""
    while len(seen) < MAX_WINDOW + 59:
        page = page_of(tied, sort, cursor, size=100)
        seen += page.ids
        cursor = page.next_cursor
    assert (seen, cursor, page.total) == ([*range(MAX_WINDOW + 59, 0, -1)], "", MAX_WINDOW + 59)


@pytest.mark.parametrize("page", [1, 7, 20])
def test_equal_ones_stand_by_id_on_pages_by_number(tied, page):
    found = tied.find(PositionQuery("", ALL, now=NOW, sort="date", size=100, page=page))
    top = MAX_WINDOW + 59 - (page - 1) * 100
    assert found.ids == [*range(top, top - 100, -1)]


def test_the_first_of_a_list_are_whole_to_the_last_tie(tmp_path):
    engine = TantivyEngine(tmp_path / "index")
    values = {1: 5, 2: 7, 3: 5, 4: 5, 5: 1, 6: 7}
    engine.index([position(number, value) for number, value in values.items()])
    searcher = engine.opened().searcher()
    everything = engine._query(PositionQuery("", ALL, now=NOW), QueryTerms())
    whole = [Ranked(float(values[number]), number, 1) for number in (6, 2, 4, 3, 1, 5)]
    for wanted in range(1, 9):
        assert engine._first(searcher, everything, "salary_most", wanted) == whole[:wanted]
