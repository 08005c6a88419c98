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
