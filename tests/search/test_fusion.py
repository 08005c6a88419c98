"""One order out of two, by hand."""

import pytest

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
