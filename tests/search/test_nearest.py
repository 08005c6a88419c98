"""Which positions the embedded engine takes for the nearest in meaning, against all of them compared one by one."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.engines.tantivy import TantivyEngine, reading
from search.fusion import floor
from search.query import Filters, PositionQuery, Qualification
from search.semantics import DIMENSIONS, quantise
from search.terms import analyse
from search.vectors import VectorFile
from tests.search.contract import ALL, NOW, document

QUIET = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)  # fmt: skip
CITIES = ("420100", "310000")


class Turned:
    """An encoder by which `职位 n` lies n hundredths of a right angle away from what is looked for."""

    name = "turned"

    def encode(self, texts):
        rows = np.zeros((len(texts), DIMENSIONS))
        for row, text in zip(rows, texts, strict=True):
            angle = int(text.split()[-1]) / 100 * np.pi / 2
            row[:2] = np.cos(angle), np.sin(angle)
        return quantise(rows)


@pytest.fixture
def small(monkeypatch):
    """Limits that a handful of positions reaches."""
    for name, value in {"WINDOW": 4, "FIRST": 2, "TITLES": 5, "FEW": 6}.items():
        monkeypatch.setattr(reading, name, value)


def engine_of(folder, titles):
    """Positions 1, 2, … with these numbers as titles, in two cities by turns."""
    engine = TantivyEngine(folder / "index")
    engine.vectors = VectorFile(folder, Turned())
    engine.rebuild(
        document(n, f"职位 {title}", city_code=CITIES[n % 2]) for n, title in enumerate(titles, start=1)
    )
    return engine


def nearest(engine, filters):
    query = PositionQuery("职位 0", filters, now=NOW)
    vector = engine.vectors.of_query("职位 0")
    return [hit.id for hit in engine.both(query, analyse("职位 0"), vector, 4)[1]]


def by_hand(titles, city):
    """Ids by angle, later ids first; of the five nearest titles, or of all where no more than six positions are left."""
    rows = [(title, -n) for n, title in enumerate(titles, start=1) if city in ("", CITIES[n % 2])]
    least = floor(np.cos(min(titles) / 200 * np.pi))
    known = sorted({title for title in titles if np.cos(title / 200 * np.pi) >= least})
    near = sorted({title for title, _ in rows}) if len(rows) <= 6 else known[:5]
    return [-negative for title, negative in sorted(rows) if title in near][:4]


@QUIET
@given(
    titles=st.lists(st.integers(0, 69), min_size=1, max_size=24).filter(
        lambda titles: max(map(titles.count, titles)) < 6
    ),
    city=st.sampled_from(["", *CITIES]),
)
def test_the_nearest_are_those_of_all_compared_one_by_one(tmp_path_factory, small, titles, city):
    engine = engine_of(tmp_path_factory.mktemp("nearest"), titles)
    assert nearest(engine, Filters(school_ids=None, city_code=city)) == by_hand(titles, city)


CASES = {
    "the first titles are enough": ([1, 1, 2, 2, 3, 3], ALL, [2, 1, 4, 3]),
    "the next are looked up too": ([1, 2, 3, 4, 50, 50, 50, 50], ALL, [1, 2, 3, 4]),
    "no more titles than are near enough": ([1, 2, 90, 90, 90, 90, 90, 90], ALL, [1, 2]),
    "no titles beyond the nearest five while many are left": (
        [1, 3, 2, 6, 3, 7, 4, 8, 5, 9, 1, 10, 1, 11],
        Filters(school_ids=None, city_code=CITIES[0]),
        [2],
    ),
    "where few are left also those beyond": (
        [1, 2, 3, 4, 5, 6, 7, 8, 9],
        Filters(school_ids=None, city_code=CITIES[0]),
        [2, 4, 6, 8],
    ),
    "many of the nearer title, none of the farther": ([1] * 5 + [2] * 5, ALL, [5, 4, 3, 2]),
    "few of the nearer, too many of the farther": ([1] + [2] * 7, ALL, [1]),
}


@pytest.mark.parametrize("case", CASES)
def test_which_titles_are_looked_up(tmp_path, small, case):
    titles, filters, wanted = CASES[case]
    found = nearest(engine_of(tmp_path, titles), filters)
    assert found[: len(wanted)] == wanted
    assert len(found) == len(wanted) or case == "few of the nearer, too many of the farther"


def test_one_search_looks_into_one_state_of_the_index(tmp_path, small, monkeypatch):
    """Words and meaning come from the same commit, so that neither knows a position the other does not."""
    engine = engine_of(tmp_path, [1, 2])
    opened = []
    monkeypatch.setattr(engine, "opened", lambda: opened.append(1) or TantivyEngine.opened(engine))
    assert sorted(nearest(engine, ALL)) == [1, 2]
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("filters", "narrow"),
    [
        (Filters(), False),
        (Filters(school_ids=None), False),
        (Filters(school_ids=(1, 2)), False),
        (Filters(school_ids=None, city_code="420100"), True),
        (Filters(salary_floor=0), True),
        (Filters(published_within_days=7), True),
        (Filters(majors=("会计",)), True),
        (Filters(qualification=Qualification()), True),
    ],
)
def test_filters_that_leave_something_out(filters, narrow):
    assert filters.narrow is narrow
