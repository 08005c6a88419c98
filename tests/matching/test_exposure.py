"""Room that is shared: who gives way, by how much at most, and pairs that both sides gain from."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import api, two_sided
from matching.explain import to_match
from matching.features.arrays import Pairs
from matching.features.registry import extract
from matching.rankers.base import side_of
from matching.retrieval import full_scores
from matching.two_sided import (
    PER_PERSON,
    both_matrices,
    examination,
    harmonic,
    saturation,
    strong_pairs,
)
from matching.types import Match
from tests.matching.builders import position, student
from tests.matching.giving import give_way
from tests.matching.models import DAY, RANKERS, flat
from tests.matching.worlds import world

UNIT = st.floats(0, 1)
# Sorts look at twelve digits.
SHORT = st.integers(0, 10**6).map(lambda n: n / 10**6)
FEW = settings(max_examples=30, deadline=None)
ROWS = st.lists(st.tuples(SHORT, SHORT), min_size=1, max_size=10)


def lists(rows):
    return [Match(1, number, score, (), "m", saturation=full) for number, (score, full) in enumerate(rows)]


@FEW
@given(UNIT, UNIT)
def test_the_harmonic_mean_lies_between_the_lesser_and_the_middle(one, other):
    found = float(harmonic(np.array(one), np.array(other)))
    low, high = sorted((one, other))

    assert low - 1e-12 <= found or high == 0
    assert found <= (one + other) / 2 + 1e-12
    assert found <= 2 * low + 1e-12
    assert found == float(harmonic(np.array(other), np.array(one)))


@FEW
@given(ROWS)
def test_giving_way_is_a_sort_by_score_less_what_is_given(rows):
    matches = lists(rows)
    expected = sorted(matches, key=lambda m: (-round(m.score - 0.05 * m.saturation, 12), m.position_id))

    assert give_way(matches) == expected
    assert give_way(matches[::-1]) == expected


@FEW
@given(ROWS, st.floats(0, 0.3))
def test_no_place_of_a_list_gives_up_more_than_the_bound(rows, most):
    """Place by place: the list without giving way is never more than `most` better."""
    plain = sorted(lists(rows), key=lambda m: (-m.score, m.position_id))
    for before, after in zip(plain, give_way(plain, most), strict=True):
        assert before.score - after.score <= most + 1e-9


@FEW
@given(ROWS)
def test_who_is_not_swamped_never_stands_lower_than_before(rows):
    plain = sorted(
        lists([(score, float(full > 0.5)) for score, full in rows]), key=lambda m: (-m.score, m.position_id)
    )
    spread = give_way(plain)
    for match in plain:
        if match.saturation == 0.0:
            assert spread.index(match) <= plain.index(match)


@pytest.mark.parametrize("openings", [-1, 0, 1, 3])
@pytest.mark.parametrize("applicants", [-1, 0, 5, 10, 29, 30, 31])
def test_a_position_is_full_at_ten_applicants_per_opening(openings, applicants):
    expected = min(max(applicants, 0) / (10 * openings), 1.0) if openings > 0 else 0.0

    assert saturation([position(openings=openings, applicants=applicants)])[0] == pytest.approx(
        expected, abs=1e-12
    )


def test_saturation_of_nothing_is_empty():
    assert saturation([]).shape == (0,)


@pytest.mark.parametrize(("place", "chance"), [(1, 1.0), (2, 0.6155722066724582), (10, 0.19952623149688797)])
def test_attention_fades_down_the_list(place, chance):
    assert examination(place) == pytest.approx(chance, abs=1e-12)
    assert examination(place + 1) < examination(place)


def test_the_more_apply_the_less_a_position_is_shown_first():
    """Capacity: one position among comparable ones fills up, and exposure moves on by itself."""
    comparable = [position(id=n, openings=1, applicants=0, company_id=n) for n in range(1, 5)]
    first = []
    for _ in range(40):
        held = api.Catalogue(comparable)
        top = held.rank(student(), limit=1, spread=True)[0].position_id
        first.append(top)
        comparable = [replace(o, applicants=o.applicants + 1) if o.id == top else o for o in comparable]

    assert {first.count(n) for n in range(1, 5)} == {10}


def test_a_better_position_keeps_its_place_however_swamped():
    held = api.Catalogue(
        [position(id=1, applicants=999, openings=1), position(id=2, kind="internship", openings=1)]
    )
    full, free = held.rank(student(), spread=True)

    assert (full.position_id, full.saturation) == (1, 1.0)
    assert (free.position_id, free.saturation) == (2, 0.4)
    assert full.score - free.score > two_sided.MOST_GIVEN * (full.saturation - free.saturation)


def side_sums(ranker, side):
    """The range of what a side can say, its own terms and those of both."""
    own = [
        ranker.bounds(i)
        for i, name in enumerate(ranker.features)
        if side_of(ranker, (name,)) in {side, "both"}
    ]
    own += [
        ranker.pair_bounds(i)
        for i, couple in enumerate(ranker.pairs)
        if side_of(ranker, [ranker.features[place] for place in couple]) in {side, "both"}
    ]
    return sum(low for low, _ in own), sum(high for _, high in own)


@pytest.mark.parametrize("kind", RANKERS)
def test_the_mutual_score_is_the_harmonic_mean_of_both_sides_terms(kind):
    """Told again per pair from the reasons a student would read."""
    ranker = RANKERS[kind]()
    people, offers = world(6, 7, seed=61)
    scores, mutual = both_matrices(ranker, people, offers, DAY)
    ranges = {side: side_sums(ranker, side) for side in ("student", "company")}
    for i, one in enumerate(people):
        for j, other in enumerate(offers):
            match = _explained(ranker, one, other)
            sums = dict.fromkeys(("student", "company", "both", "mixed"), 0.0)
            for reason in match.reasons:
                if reason.feature != "base":
                    sums[side_of(ranker, reason.feature.split(" × "))] += reason.contribution
            parts = []
            for side, (low, high) in ranges.items():
                parts.append(min(max((sums[side] + sums["both"] - low) / (high - low), 0.0), 1.0))
            expected = 2 * parts[0] * parts[1] / sum(parts) if sum(parts) else 0.0

            assert mutual[i, j] == pytest.approx(expected, abs=1e-9)
            assert scores[i, j] == pytest.approx(match.score, abs=1e-9)
    assert 0 <= mutual.min() < mutual.max() <= 1
    np.testing.assert_allclose(scores, full_scores(ranker, people, offers, DAY), rtol=0, atol=1e-12)


def _explained(ranker, one, other):
    return to_match(ranker, one, other, extract(Pairs([one], [other], DAY), ranker.features)[0, 0])


@pytest.mark.parametrize("side", ["student", "company"])
def test_a_side_with_nothing_to_say_is_neither_pleased_nor_not(side):
    """A ranker that learnt nothing about one side leaves it in the middle."""
    name = "place" if side == "student" else "education"
    ranker = flat({name: (0.0, 0.4, 0.1)})
    pleased, not_pleased = (
        (student(), student(wanted_cities=("110000",)))
        if side == "student"
        else (student(education="doctor"), student(education="any"))
    )
    found = two_sided.mutual_matrix(ranker, [pleased, not_pleased], [position(education="doctor")], DAY)[:, 0]

    assert found.tolist() == pytest.approx([2 * 0.5 / 1.5, 0.0], abs=1e-12)


@pytest.mark.parametrize("kind", RANKERS)
@pytest.mark.parametrize("limit", [1, 5, 100])
@pytest.mark.parametrize("acted_by", [0, 2, 4])
def test_strong_pairs_are_a_greedy_pick_of_the_best(kind, limit, acted_by):
    ranker = RANKERS[kind]()
    people, offers = world(4, 6, seed=71)
    mutual = two_sided.mutual_matrix(ranker, people, offers, DAY)
    acted = {(people[i].id, offers[j].id) for i in range(acted_by) for j in range(i + 2, 6)}
    order = sorted(
        ((i, j) for i in range(4) for j in range(6) if (people[i].id, offers[j].id) not in acted),
        key=lambda pair: (-round(mutual[pair], 12), pair),
    )
    used, expected = dict.fromkeys(range(4), 0), []
    for i, j in order:
        if used[i] < PER_PERSON and len(expected) < limit:
            used[i] += 1
            expected.append((people[i].id, offers[j].id, pytest.approx(mutual[i, j], abs=1e-12)))

    assert strong_pairs(ranker, people, offers, acted, limit=limit, on=DAY) == expected


def test_whoever_acted_on_everything_is_in_no_pair():
    people, offers = world(2, 3, seed=71)
    acted = {(people[0].id, offer.id) for offer in offers}
    found = api.strong_pairs(people, offers, acted, on=DAY)

    assert {who for who, _, _ in found} == {people[1].id}
    everything = {(one.id, offer.id) for one in people for offer in offers}
    assert api.strong_pairs(people, offers, everything, on=DAY) == []
    assert api.strong_pairs([], offers, ()) == api.strong_pairs(people, [], ()) == []
