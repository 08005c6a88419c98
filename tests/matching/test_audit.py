"""One answer for all groups and two at once; and what the figures of a group are, by hand."""

from math import log2

import numpy as np
import pytest

from matching.evaluation.audit import audit
from matching.evaluation.groups import FEWEST_PEOPLE, GroupFigures, by_group

FORTY = range(40)
SEX = {who: "f" if who % 2 else "m" for who in FORTY}
AGE = {who: "old" if who < 20 else "young" for who in FORTY}


def seen(*places):
    return sum(1 / log2(place + 1) for place in places)


def test_two_rankings_by_hand():
    """Ten of each; a stands first, third, and again first; b second and again second, third."""
    groups = {who: "a" if who < 10 else "b" for who in range(20)}
    found = by_group([[0, 10, 1], [0, 11, 12]], groups, first=2)
    a, b = (seen(1, 3) + seen(1)) / 10, (seen(2) + seen(2, 3)) / 10

    assert (found["a"].exposure, found["b"].exposure) == (pytest.approx(a), pytest.approx(b))
    assert (found["a"].exposure_ratio, found["b"].exposure_ratio) == (1.0, pytest.approx(b / a))
    # Among the first two: of a one person twice, of b two people once each.
    assert (found["a"].selected, found["b"].selected) == (0.1, 0.2)
    assert (found["a"].impact_ratio, found["b"].impact_ratio) == (0.5, 1.0)
    assert (found["b"].low, found["b"].high) == (1.0, 1.0)
    assert found["a"].low < 0.5 < found["a"].high


@pytest.mark.parametrize(("first", "selected"), [(1, 0.1), (2, 0.1), (3, 0.2), (10, 0.3), (0, 0.0)])
def test_selected_is_whoever_stands_among_the_first(first, selected):
    groups = dict.fromkeys(range(10), "a")

    assert by_group([[0, 99, 1, 98, 2]], groups, first=first)["a"].selected == selected


@pytest.mark.parametrize("size", [FEWEST_PEOPLE - 1, FEWEST_PEOPLE])
def test_a_group_is_told_from_ten_people_on(size):
    groups = {who: "few" if who < size else "many" for who in range(40)}

    assert ("few" in by_group([[0]], groups)) is (size >= FEWEST_PEOPLE)


def test_the_best_treated_is_compared_with_itself_and_ties_share_it():
    groups = {who: who % 3 for who in range(30)}
    found = by_group([list(range(30))], groups, first=30)

    assert [row.impact_ratio for row in found.values()] == [1.0, 1.0, 1.0]
    assert [row.exposure_ratio for row in found.values()] == [
        1.0,
        pytest.approx(found[1].exposure / found[0].exposure),
        pytest.approx(found[2].exposure / found[0].exposure),
    ]
    assert list(found) == [0, 1, 2]


def test_places_beyond_the_first_still_count_as_exposure():
    groups = {who: "a" if who < 10 else "b" for who in range(20)}
    found = by_group([[0, 1, 10, 11]], groups, first=2)

    assert found["b"].selected == 0.0
    assert found["b"].exposure == pytest.approx(seen(3, 4) / 10)


@pytest.mark.parametrize("share", [0.5, 0.7])
def test_the_interval_holds_a_known_ratio(share):
    """Of two groups of known chances; the ratio lies within the interval nineteen times in twenty or nearly so."""
    random = np.random.default_rng(3)
    groups = {who: "a" if who < 150 else "b" for who in range(300)}
    held = 0
    for seed in range(60):
        chosen = [who for who in range(300) if random.random() < (0.6 if who < 150 else 0.6 * share)]
        row = by_group([chosen], groups, first=300, seed=seed, draws=200)["b"]
        held += row.low <= share <= row.high

    assert held >= 51


def test_groups_two_at_once_are_named_in_the_order_of_the_alphabet():
    report = audit([list(FORTY)], {"sex": SEX, "age": AGE}, first=40)

    assert list(report.figures) == ["sex", "age", "age × sex"]
    assert list(report.figures["age × sex"]) == ["old × f", "old × m", "young × f", "young × m"]
    assert {row.people for row in report.figures["age × sex"].values()} == {10}
    assert (report.worst, report.passed) == (1.0, True)


def test_three_attributes_have_three_couples():
    thirds = {who: str(who % 4 // 2) for who in FORTY}
    report = audit([list(FORTY)], {"c": thirds, "a": SEX, "b": AGE})

    assert list(report.figures) == ["c", "a", "b", "a × b", "a × c", "b × c"]


def test_only_people_told_in_both_stand_in_a_couple():
    half = {who: group for who, group in SEX.items() if who < 20}
    report = audit([list(FORTY)], {"sex": half, "age": AGE})

    assert sum(row.people for row in report.figures["age"].values()) == 40
    assert {name: row.people for name, row in report.figures["age × sex"].items()} == {
        "old × f": 10,
        "old × m": 10,
    }


def test_a_couple_can_fail_where_each_alone_passes():
    """Old women and young men are left out as often as young women and old men are chosen."""
    chosen = [who for who in FORTY if (SEX[who] == "f") != (AGE[who] == "old")]
    report = audit([chosen], {"sex": SEX, "age": AGE}, first=40)

    for name in ("sex", "age"):
        assert {row.impact_ratio for row in report.figures[name].values()} == {1.0}
    assert {group: row.impact_ratio for group, row in report.figures["age × sex"].items()} == {
        "old × f": 0.0,
        "old × m": 1.0,
        "young × f": 1.0,
        "young × m": 0.0,
    }
    assert (report.worst, report.passed) == (0.0, False)
    assert audit([chosen], {"sex": SEX}, first=40).passed


@pytest.mark.parametrize(("few", "decides"), [(10, False), (19, False), (20, True), (30, True)])
def test_two_in_a_hundred_decide(few, decides):
    groups = {"x": {who: "few" if who < few else "rest" for who in range(1000)}}
    report = audit([list(range(few, 1000))], groups, first=1000)

    assert report.figures["x"]["few"].impact_ratio == 0.0
    assert (report.worst, report.passed) == ((0.0, False) if decides else (1.0, True))


def test_rows_are_the_figures_by_name():
    report = audit([[1, 0, 3]], {"sex": SEX}, first=2)
    rows = report.rows()

    assert list(rows) == ["sex: f", "sex: m"]
    assert GroupFigures(**rows["sex: f"]) == report.figures["sex"]["f"]
    assert rows["sex: f"]["exposure"] == pytest.approx(seen(1, 3) / 20)
    assert audit([], {}).rows() == {}


def test_groups_that_compare_alike_in_words_only_stay_apart():
    groups = {"x": {who: 1 if who < 20 else "1" for who in FORTY}}
    report = audit([list(range(20))], groups, first=40)

    assert [row.people for row in report.figures["x"].values()] == [20, 20]
    assert sorted(row.impact_ratio for row in report.figures["x"].values()) == [0.0, 1.0]


def test_the_audit_repeats_itself_and_a_seed_moves_intervals_alone():
    ranking = [who for who in FORTY if who % 3]
    one, again, other = (audit([ranking], {"sex": SEX}, seed=seed) for seed in (1, 1, 2))

    assert one == again
    assert one.worst == other.worst
    assert one != other
