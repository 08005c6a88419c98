"""One order out of two, by hand."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.fusion import EXACT_TITLE, FRESH, LEAST_COSINE, MANY, WINDOW, Found, fuse

NOW = 1_000_000_000
MONTH = 30 * 86_400


def found(score, number, *, days=0, openings=1, key=0):
    return Found(score, number, 1, NOW - days * 86_400, openings, key)


def order(by_words, by_meaning=()):
    return [hit.id for hit in fuse(by_words, by_meaning, now=NOW, exact=-1)]


def test_sum_of_z_scores():
    # Words: 3, 1 -> +1, -1. Meaning: .9, .7 -> +1, -1. Who is missing on a side has the least of that side.
    ranked = fuse([found(3, 1), found(1, 2)], [found(0.9, 2), found(0.7, 3)], now=NOW, exact=-1)
    assert [(hit.id, hit.key - FRESH) for hit in ranked] == [
        (2, pytest.approx(0.0)),
        (1, pytest.approx(0.0)),
        (3, pytest.approx(-2.0)),
    ]


def test_equal_scores_are_neither_good_nor_bad():
    ranked = fuse([found(2, 1), found(2, 2)], [], now=NOW, exact=-1)
    assert [(hit.id, hit.key) for hit in ranked] == [(2, FRESH), (1, FRESH)]


def test_chance_likeness_is_left_out():
    assert order([], [found(LEAST_COSINE, 1), found(LEAST_COSINE - 0.001, 2)]) == [1]


def test_boosts_are_mild_and_bounded():
    ranked = {
        hit.id: hit.key
        for hit in fuse(
            [
                found(1, 1, key=7),
                found(1, 2, days=30),
                found(1, 3, days=30, openings=100),
                found(1, 4, days=30, openings=10_000),
                found(1, 5, days=-5),
            ],
            [],
            now=NOW,
            exact=7,
        )
    }
    assert ranked == {
        1: pytest.approx(EXACT_TITLE + FRESH),
        2: pytest.approx(FRESH / 2),
        3: pytest.approx(FRESH / 2 + MANY),
        4: pytest.approx(FRESH / 2 + MANY),
        5: pytest.approx(FRESH),
    }


def test_rest_of_the_window_follows_in_its_own_order():
    words = [found(1_000 - number, number) for number in range(1, WINDOW + 51)]
    ranked = fuse(words, [found(0.9, WINDOW + 20)], now=NOW, exact=-1)
    rest = [hit.id for hit in ranked[WINDOW + 1 :]]
    assert rest == [number for number in range(WINDOW + 1, WINDOW + 51) if number != WINDOW + 20]
    assert [hit.key for hit in ranked] == sorted((hit.key for hit in ranked), reverse=True)


def test_head_does_not_depend_on_how_far_the_window_reaches():
    words = [found(1_000 - number, number) for number in range(1, WINDOW + 51)]
    meant = [found(0.5 + number / 1_000, number) for number in (5, 300)]
    assert order(words, meant)[: WINDOW + 1] == order(words[:WINDOW], meant)


def test_nothing_found_is_nothing():
    assert fuse([], [], now=NOW, exact=0) == []


# The same said once more with arrays, as the model of what the order should be


def by_arrays(by_words, by_meaning, exact):
    """id -> key of the first 200 of each side, by the description in `fusion`."""
    words = by_words[:WINDOW]
    meant = sorted(
        (hit for hit in by_meaning if hit.score >= LEAST_COSINE), key=lambda hit: (-hit.score, -hit.id)
    )
    sides = []
    for side in (words, meant[:WINDOW]):
        scores = np.array([hit.score for hit in side])
        spread = scores.std() if len(side) else 0
        z = (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros(len(side))
        sides.append(
            ({hit.id: score for hit, score in zip(side, z, strict=True)}, z.min() if len(side) else 0.0)
        )
    keys = {}
    for hit in (*meant[:WINDOW], *words):
        age = max(0, NOW - hit.published) / MONTH
        boost = FRESH * 0.5**age + MANY * min(1, np.log10(max(hit.openings, 1)) / 2)
        boost += EXACT_TITLE if hit.key == exact else 0
        keys[hit.id] = sum(side.get(hit.id, least) for side, least in sides) + boost
    return keys


HITS = st.lists(
    st.builds(
        found,
        st.floats(0, 50).map(lambda score: round(score, 3)),
        st.integers(1, 400),
        days=st.integers(-3, 400),
        openings=st.integers(0, 500),
        key=st.integers(0, 3),
    ),
    max_size=25,
    unique_by=lambda hit: hit.id,
)


def sorted_hits(hits):
    return sorted(hits, key=lambda hit: (-hit.score, -hit.id))


def agreed(words, meaning):
    """Both sides with what is told of one position the same on both, as one index tells it."""
    of_words = {hit.id: hit for hit in words}
    return [
        of_words[hit.id]._replace(score=hit.score / 50)
        if hit.id in of_words
        else hit._replace(score=hit.score / 50)
        for hit in meaning
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HITS, HITS, st.integers(0, 3))
def test_the_order_is_that_of_the_same_sums_made_with_arrays(words, meaning, exact):
    words, meaning = sorted_hits(words), agreed(words, meaning)
    ranked = fuse(words, meaning, now=NOW, exact=exact)
    keys = by_arrays(words, meaning, exact)
    assert {hit.id: hit.key for hit in ranked} == {
        number: pytest.approx(key, abs=6e-5) for number, key in keys.items()
    }
    assert ranked == sorted(ranked, key=lambda hit: (-hit.key, -hit.id))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HITS, HITS, st.randoms(use_true_random=False))
def test_the_order_in_which_meaning_comes_does_not_matter(words, meaning, dice):
    words, meaning = sorted_hits(words), agreed(words, meaning)
    shuffled = list(meaning)
    dice.shuffle(shuffled)
    assert fuse(words, meaning, now=NOW, exact=1) == fuse(words, shuffled, now=NOW, exact=1)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HITS, st.floats(0.1, 90), st.floats(-5, 5))
def test_a_scale_of_scores_does_not_matter(words, factor, shift):
    """Engines score on scales of their own; only how hits lie to each other counts."""
    words = sorted_hits([hit for hit in words if hit.score > 1])
    scaled = [hit._replace(score=hit.score * factor + shift) for hit in words]
    one, two = (fuse(side, [], now=NOW, exact=-1) for side in (words, scaled))
    assert {hit.id: hit.key for hit in one} == {hit.id: pytest.approx(hit.key, abs=2e-4) for hit in two}


@pytest.mark.parametrize(
    ("words", "meaning", "ids"),
    [
        ([], [(0.9, 1), (0.8, 2)], [1, 2]),
        ([(5, 1), (4, 2)], [], [1, 2]),
        ([(5, 1)], [(0.9, 2)], [2, 1]),  # each is the only one of its side: equal, so the later id
        ([(5, 1), (1, 2)], [(0.9, 2), (0.5, 1)], [2, 1]),  # contrary sides cancel out
        ([(5, 1), (4, 2), (1, 3)], [(0.9, 3), (0.46, 2)], [1, 3, 2]),  # -.02, -.37, -.61
        ([(5, 1), (5, 2), (5, 3)], [(0.7, 1), (0.7, 2), (0.7, 3)], [3, 2, 1]),
        ([(9, 1), (1, 2)], [(0.1, 3), (0.449, 4)], [1, 2]),
    ],
)
def test_orders_by_hand(words, meaning, ids):
    assert order([found(*hit) for hit in words], [found(*hit) for hit in meaning]) == ids


def test_versions_come_along():
    words = [Found(2.0, 1, 7, NOW, 1, 0), Found(1.0, 2, 8, NOW, 1, 0)]
    meant = [Found(0.9, 3, 9, NOW, 1, 0)]
    assert {hit.id: hit.version for hit in fuse(words, meant, now=NOW, exact=-1)} == {1: 7, 2: 8, 3: 9}


def test_no_more_than_two_hundred_count_of_either_side():
    meant = [found(0.5 + number / 1_000, number) for number in range(1, WINDOW + 51)]
    assert order([], meant) == [*range(WINDOW + 50, 50, -1)]
