"""The benchmark itself: what it makes up, what it measures, and when it says that a bar was missed."""

from collections import Counter

import pytest

from matching import bench
from matching.bench import Figure


def test_people_and_positions_are_the_same_for_the_same_seed_and_differ_in_what_counts():
    people, offers = bench.made_up(40, 300, seed=1)

    assert (people, offers) == bench.made_up(40, 300, seed=1)
    assert people != bench.made_up(40, 300, seed=2)[0]
    assert [one.id for one in offers] == list(range(1, 301))
    for read in (lambda o: o.title, lambda o: o.city_code, lambda o: o.occupation_code, lambda o: o.skills):
        assert max(Counter(map(read, offers)).values()) < 30


def test_one_student_over_a_catalogue():
    figures = {f.name: f for f in bench.measure_one(120, asked=3)}

    assert figures["one student met again, top 20, p95"].most == 80.0
    assert figures["true first 20 found by two stages"].value == 1.0
    assert {"one student over 30 positions, p50", "one student over 60 positions, p50"} <= figures.keys()
    assert all(figure.value > 0 for figure in figures.values())
    large = next(f for f in bench.measure_one(120, asked=2) if f.unit == "ms")
    assert large.value > 0


def test_everybody_over_everything():
    figures = {f.name: f for f in bench.measure_batch(8, 40)}

    assert figures["everybody over everything, both directions"].most == 30.0
    assert figures["highest memory of the process"].most == 1000.0
    for part in (4, 2):
        for side in ("students", "positions"):
            assert figures[f"the same for 1/{part} of the {side}"].value > 0


@pytest.mark.parametrize(
    ("figure", "kept", "said"),
    [
        (Figure("a", 2.0, "s"), True, "a: 2 s"),
        (Figure("a", 2.0, "s", most=2.0), True, "a: 2 s (bar ≤ 2)"),
        (Figure("a", 2.1, "s", most=2.0), False, "a: 2.1 s (bar ≤ 2) MISSED"),
        (Figure("a", 0.9, "share", least=0.95), False, "a: 0.9 share (bar ≥ 0.95) MISSED"),
        (Figure("a", 2.0, "s", most=3.0, cpu=1.5), True, "a: 2 s (bar ≤ 3) (cpu 1.5)"),
        (Figure("a", 0.95, "share", least=0.95), True, "a: 0.95 share (bar ≥ 0.95)"),
    ],
)
def test_a_figure_tells_its_bar(figure, kept, said):
    assert (figure.kept, str(figure)) == (kept, said)


ONE = [
    "catalogue of positions built",
    *(f"one student met {met}, top 20, {part}" for met in ("first", "again") for part in ("p50", "p95")),
    "a bare product of the same size",
    "p50 over the bare product",
    "true first 20 found by two stages",
]
BATCH = [
    "words of everybody read by the encoder, once per text",
    "everybody over everything, both directions",
    "the same over a bare product",
    "highest memory of the process",
    *(f"the same for 1/{part} of the {side}" for part in (4, 2) for side in ("students", "positions")),
]


def test_figures_of_one_student_come_in_order_with_units_and_bars():
    told = []
    figures = list(bench.measure_one(40, asked=2, progress=told.append))

    assert [one.name for one in figures] == [
        *ONE,
        "one student over 10 positions, p50",
        "one student over 20 positions, p50",
    ]
    assert [one.unit for one in figures] == ["s", *["ms"] * 5, "×", "share", "ms", "ms"]
    assert {one.name: (one.most, one.least) for one in figures if one.most or one.least} == {
        "one student met first, top 20, p95": (80.0, None),
        "one student met again, top 20, p95": (80.0, None),
        "true first 20 found by two stages": (None, 0.95),
    }
    assert [one.name for one in figures if one.cpu is not None] == [ONE[1], ONE[3]]
    assert told == ["4 students and 40 positions made up"]


def test_figures_of_everybody_come_in_order_with_units_and_bars():
    figures = list(bench.measure_batch(8, 20, seed=3))

    assert [one.name for one in figures] == BATCH
    assert [one.unit for one in figures] == ["s", "s", "×", "MB", "s", "s", "s", "s"]
    assert {one.name: one.most for one in figures if one.most} == {BATCH[1]: 30.0, BATCH[3]: 1000.0}
    assert [one.name for one in figures if one.cpu is not None] == [BATCH[1]]
    assert all(one.value > 0 for one in figures)


@pytest.mark.parametrize("positions", [1, 3])
def test_a_handful_of_positions_can_be_measured(positions):
    figures = list(bench.measure_one(positions, asked=1))

    assert [one.value for one in figures if one.unit == "share"] == [1.0]
    assert len(figures) == len(ONE) + 2


@pytest.mark.parametrize(("students", "positions"), [(1, 1), (1, 9), (9, 1), (3, 3)])
def test_a_handful_of_both_can_be_measured(students, positions):
    assert [one.name for one in bench.measure_batch(students, positions)] == BATCH


@pytest.mark.parametrize(
    ("students", "positions", "judged"), [(2000, 6000, True), (2001, 6000, False), (2000, 6001, False)]
)
def test_bars_hold_for_the_stated_size_only(monkeypatch, students, positions, judged):
    """The sizes are judged and not run: three people stand for two thousand."""
    few = bench.made_up(3, 4)
    monkeypatch.setattr(bench, "made_up", lambda *sizes, seed: few)
    monkeypatch.setattr(bench, "_product", lambda *sizes: None)
    figures = {one.name: one for one in bench.measure_batch(students, positions)}

    assert figures[BATCH[1]].most == (30.0 if judged else None)
    assert figures[BATCH[3]].most == (1000.0 if judged else None)


def test_beyond_a_hundred_thousand_positions_one_student_is_told_and_not_judged(monkeypatch):
    few = bench.made_up(2, 4)
    monkeypatch.setattr(bench, "made_up", lambda *sizes, seed: few)
    monkeypatch.setattr(bench, "_bare", lambda positions: 1.0)

    assert {one.most for one in bench.measure_one(100_001, asked=1)} == {None}


def test_the_share_found_is_that_of_the_true_first():
    people, offers = bench.made_up(1, 30, seed=5)
    whole, half = bench.Catalogue(offers), bench.Catalogue(offers[::2])

    assert bench.recall(people[0], whole, offers, limit=10) == 1.0
    found = bench.recall(people[0], half, offers, limit=10)
    assert 0 < found < 1
    assert bench.recall(people[0], half, offers[::2], limit=10) == 1.0


@pytest.mark.parametrize("seed", [0, 7])
def test_made_up_sides_are_alike_but_not_the_same(seed):
    people, offers = bench.made_up(60, 60, seed=seed)

    assert [one.id for one in people] == list(range(1, 61))
    for read in (lambda one: one.education, lambda one: one.city_code[:2], lambda one: one.kind):
        assert len(set(map(read, offers))) > 2
    assert len({one.salary_floor for one in people}) > 3
    assert all(one.salary_hope == one.salary_floor + 2000 for one in people)
    assert all(one.salary_min < one.salary_max for one in offers)
    assert all(one.published_on <= bench.TODAY <= one.starts_on for one in offers)
    assert all(set(dict(one.skill_levels)) <= set(one.skills) for one in [*people, *offers])
    # More people of the same seed: the first are the same.
    assert bench.made_up(80, 0, seed=seed)[0][:60] == people
