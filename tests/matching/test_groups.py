"""Exposure and impact ratio, worked out by hand."""

from math import log2

import numpy as np
import pytest

from matching import api
from matching.evaluation.groups import GroupFigures, by_group
from tests.matching.builders import position
from tests.matching.simulated import by_nothing, interactions

TWENTY = {n: "a" if n < 10 else "b" for n in range(20)}


def test_exposure_and_selection_of_one_ranking():
    found = by_group([[0, 10, 1, 11, 12]], TWENTY, first=3)

    a, b = 1 + 1 / 2, 1 / log2(3) + 1 / log2(5) + 1 / log2(6)
    assert (found["a"].people, found["b"].people) == (10, 10)
    assert found["a"].exposure == pytest.approx(a / 10)
    assert found["b"].exposure == pytest.approx(b / 10)
    assert found["a"].exposure_ratio == pytest.approx(min(1, a / b))
    assert found["b"].exposure_ratio == pytest.approx(min(1, b / a))
    assert (found["a"].selected, found["b"].selected) == (0.2, 0.1)
    assert (found["a"].impact_ratio, found["b"].impact_ratio) == (1.0, 0.5)
    assert (found["a"].low, found["a"].high) == (1.0, 1.0)
    assert found["b"].low <= 0.5 <= found["b"].high


def test_exposure_has_an_interval_of_its_own():
    """Group b is shown last everywhere, but as often chosen as a among the first twenty."""
    found = by_group([list(range(20))] * 3, TWENTY, first=20)

    assert (found["b"].impact_ratio, found["b"].low, found["b"].high) == (1.0, 1.0, 1.0)
    assert (found["a"].exposure_low, found["a"].exposure_high) == (1.0, 1.0)
    assert found["b"].exposure_low < found["b"].exposure_ratio < found["b"].exposure_high < 0.9


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_fairlearn_finds_the_same_figures(seed):
    metrics = pytest.importorskip("fairlearn.metrics")
    random = np.random.default_rng(seed)
    groups = {n: str(random.choice(["a", "b", "c"])) for n in range(90)}
    rankings = [random.permutation(90)[:15].tolist() for _ in range(3)]
    found = by_group(rankings, groups, first=10)

    chosen = {who for ranking in rankings for who in ranking[:10]}
    selected = np.array([who in chosen for who in groups])
    of = np.array(list(groups.values()))
    frame = metrics.MetricFrame(
        metrics=metrics.selection_rate, y_true=selected, y_pred=selected, sensitive_features=of
    )
    assert {group: row.selected for group, row in found.items()} == pytest.approx(frame.by_group.to_dict())
    worst = metrics.demographic_parity_ratio(selected, selected, sensitive_features=of)
    assert min(row.impact_ratio for row in found.values()) == pytest.approx(worst)


def test_being_among_the_first_once_is_enough():
    found = by_group([[0, 10], [10, 0], [10, 1]], TWENTY, first=1)

    assert (found["a"].selected, found["b"].selected) == (0.1, 0.1)
    assert found["b"].impact_ratio == 1.0
    assert found["b"].exposure == pytest.approx((1 / log2(3) + 2) / 10)


def test_no_rankings_treat_all_alike():
    nothing = GroupFigures(10, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0)

    assert by_group([], TWENTY) == {"a": nothing, "b": nothing}


def test_small_groups_are_left_out():
    groups = {**TWENTY, 20: "c", 21: "c"}

    assert set(by_group([[20, 0, 10]], groups)) == {"a", "b"}
    assert by_group([[1]], {1: "a"}) == {}


def test_intersections_are_groups_like_others():
    groups = {n: ("a" if n % 2 else "b", "x" if n < 20 else "y") for n in range(40)}

    assert set(by_group([list(range(40))], groups)) == {("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")}


def test_the_interval_is_repeatable_and_narrows_with_people():
    few = by_group([list(range(0, 20, 2))], TWENTY, seed=1)
    many_groups = {n: "a" if n % 200 < 100 else "b" for n in range(2000)}
    many = by_group([list(range(0, 2000, 2))], many_groups, first=2000, seed=1)

    assert few == by_group([list(range(0, 20, 2))], TWENTY, seed=1)
    assert 0 < many["a"].high - many["a"].low < few["a"].high - few["a"].low


def test_groups_drawn_by_lot_are_treated_alike_by_the_ranker():
    rows = interactions(by_nothing, people=600)
    people = [row.student for row in rows]
    groups = {one.id: "odd" if one.id % 2 else "even" for one in people}
    rankings = [
        [match.student_id for match in api.rank_students(position(city_code=code), people, limit=100)]
        for code in ("420100", "110000", "420500")
    ]

    found = by_group(rankings, groups, first=100)

    assert min(one.impact_ratio for one in found.values()) >= 0.8


def test_an_audit_counts_intersections_and_leaves_tiny_groups_undecided():
    sexes = {n: "f" if n % 2 else "m" for n in range(60)}
    ages = {n: "old" if n < 30 else "young" for n in range(60)}
    ranking = [n for n in range(60) if not (sexes[n] == "f" and ages[n] == "old")]
    report = api.audit([ranking], {"sex": sexes, "age": ages}, first=60)

    assert list(report.figures) == ["sex", "age", "age × sex"]
    assert report.figures["age × sex"]["old × f"].impact_ratio == 0.0
    assert (report.worst, report.passed) == (0.0, False)
    rows = report.rows()
    assert rows["age × sex: old × f"]["people"] == 15
    assert set(rows["sex: f"]) >= {
        "impact_ratio",
        "low",
        "high",
        "exposure_ratio",
        "exposure_low",
        "exposure_high",
    }

    # Ten of a thousand are told about, but do not decide.
    many = {n: "few" if n < 10 else "rest" for n in range(1000)}
    spared = api.audit([list(range(10, 1000))], {"x": many}, first=1000)
    assert (spared.figures["x"]["few"].impact_ratio, spared.worst, spared.passed) == (0.0, 1.0, True)
    assert api.audit([], {}).passed
