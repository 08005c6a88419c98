"""One order out of two, by hand."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search.fusion import EXACT_TITLE, FRESH, LEAST_BEST, LIKE, MANY, OF_BEST, WINDOW, Found, floor, fuse

NOW = 1_000_000_000
MONTH = 30 * 86_400


def found(score, number, *, days=0, openings=1, key=0):
    return Found(score, number, 1, NOW - days * 86_400, openings, key)


def order(by_words, by_meaning=()):
    return [hit.id for hit in fuse(by_words, by_meaning, now=NOW, exact=-1)]


def test_sum_of_z_scores():
    # Words: 3, 0, 0 (has none of them) -> √2, -√½, -√½. Meaning: .5 (asked for), .9, .7 -> -√1.5, √1.5, 0.
    words, meant = [found(3, 1, key=11)], [found(0.9, 2), found(0.7, 3)]
    ranked = fuse(words, meant, now=NOW, exact=-1, cosines={11: 0.5})
    assert [(hit.id, hit.key - FRESH) for hit in ranked] == [
        (2, pytest.approx(1.5**0.5 - 0.5**0.5, abs=1e-4)),
        (1, pytest.approx(2**0.5 - 1.5**0.5, abs=1e-4)),
        (3, pytest.approx(-(0.5**0.5), abs=1e-4)),
    ]


def test_what_words_found_besides_may_lie_as_low_as_the_last_that_is_known():
    """Of two hundred and one hits by words the last is not known: what is only meant may have words too."""
    words = [found(1_000 - number, number) for number in range(1, WINDOW + 1)]
    meant = [found(0.9, 999)]
    few, more = (fuse(words, meant, now=NOW, exact=-1, worded=count) for count in (WINDOW, WINDOW + 1))
    assert next(hit.key for hit in few if hit.id == 999) < next(hit.key for hit in more if hit.id == 999)


def test_engines_agree_however_much_they_tell_of_what_is_too_far():
    """One tells the nearest under the floor too, the other leaves them out; their titles are then compared here."""
    words = [found(5, 1, key=11), found(4, 2, key=12)]
    near, far = found(0.9, 3), [found(0.3, 2, key=12), found(0.2, 1, key=11)]
    told = fuse(words, [near, *far], now=NOW, exact=-1)
    assert told == fuse(words, [near], now=NOW, exact=-1, cosines={11: 0.2, 12: 0.3})
    assert [hit.id for hit in told] == [1, 3, 2]


def test_a_single_hit_by_words_counts():
    """It was nothing while a side was scaled by itself: the mean of one score is that score."""
    meant = [found(0.80, 1), found(0.79, 2), found(0.78, 3)]
    assert fuse([found(9, 2)], meant, now=NOW, exact=-1)[0].id == 2


def test_equal_scores_are_neither_good_nor_bad():
    ranked = fuse([found(2, 1), found(2, 2)], [], now=NOW, exact=-1)
    assert [(hit.id, hit.key) for hit in ranked] == [(2, FRESH), (1, FRESH)]


@pytest.mark.parametrize(
    ("best", "least"),
    [(1.0, LIKE), (LIKE / OF_BEST, LIKE), (0.5, 0.35), (LEAST_BEST, OF_BEST * LEAST_BEST), (LEAST_BEST - 0.01, LIKE), (0, LIKE)],
)  # fmt: skip
def test_how_far_a_hit_by_meaning_may_be_goes_by_the_nearest(best, least):
    assert floor(best) == pytest.approx(least)


@pytest.mark.parametrize(
    ("cosines", "ids"),
    [
        ((0.9, LIKE, LIKE - 0.001), [1, 2]),
        ((0.4, 0.281, 0.279), [1, 2]),  # at least seven tenths of the nearest
        ((LEAST_BEST - 0.01, 0.3), []),
    ],
)
def test_chance_likeness_is_left_out(cosines, ids):
    assert order([], [found(cosine, number) for number, cosine in enumerate(cosines, 1)]) == ids


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


@pytest.mark.parametrize("counted", [None, 0, WINDOW + 1])
def test_nothing_found_is_nothing_whatever_was_counted_a_moment_later(counted):
    assert fuse([], [], now=NOW, exact=0, worded=counted) == []


# The same said once more hit by hit, as the model of what the order should be


def one_by_one(by_words, by_meaning, exact, cosines):
    """id -> key of the first 200 of each side, by the description in `fusion`."""
    words = by_words[:WINDOW]
    least = floor(max((hit.score for hit in by_meaning), default=0))
    meant = sorted((hit for hit in by_meaning if hit.score >= least), key=lambda hit: (-hit.score, -hit.id))
    hits = {hit.id: hit for hit in (*meant[:WINDOW], *words)}
    told = {hit.id: cosines[hit.key] for hit in words if hit.key in cosines}
    told.update({hit.id: hit.score for hit in by_meaning if hit.id in hits})
    known = {hit.id: hit.score for hit in words}
    keys = dict.fromkeys(hits, 0.0)
    for scores, other in ((known, 0.0), (told, min(told.values(), default=0.0))):
        all_ = [scores.get(number, other) for number in hits]
        mean = math.fsum(all_) / max(1, len(all_))
        spread = math.sqrt(math.fsum((score - mean) ** 2 for score in all_) / max(1, len(all_)))
        for number, score in zip(hits, all_, strict=True):
            keys[number] += (score - mean) / spread if spread > 1e-9 else 0.0
    for number, hit in hits.items():
        age = max(0, NOW - hit.published) / MONTH
        keys[number] += FRESH * 0.5**age + MANY * min(1, math.log10(max(hit.openings, 1)) / 2)
        keys[number] += EXACT_TITLE if hit.key == exact else 0
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
@given(HITS, HITS, st.integers(0, 3), st.dictionaries(st.integers(0, 3), st.floats(-1, 1)))
def test_the_order_is_that_of_the_same_sums_made_one_by_one(words, meaning, exact, cosines):
    words, meaning = sorted_hits(words), agreed(words, meaning)
    ranked = fuse(words, meaning, now=NOW, exact=exact, cosines=cosines)
    keys = one_by_one(words, meaning, exact, cosines)
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
        ([(5, 1)], [(0.9, 2)], [1, 2]),  # as near in meaning as the other, for all that is known
        ([(5, 1), (1, 2)], [(0.9, 2), (0.5, 1)], [2, 1]),  # contrary sides cancel out
        ([(5, 1), (4, 2), (1, 3)], [(0.9, 3), (0.46, 2)], [1, 3, 2]),  # -.02, -.37, -.61
        ([(5, 1), (5, 2), (5, 3)], [(0.7, 1), (0.7, 2), (0.7, 3)], [3, 2, 1]),
        ([(9, 1), (1, 2)], [(0.1, 3), (0.349, 4)], [1, 2]),
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
