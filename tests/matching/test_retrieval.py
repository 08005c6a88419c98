"""Candidates out of very many: the best by the rough score, never barred ones, and the same ones every time."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from matching import retrieval
from matching.features.arrays import Columns, Pairs
from matching.features.registry import extract
from matching.rankers.base import score
from matching.rankers.baseline import Baseline
from matching.rankers.surface import Surface
from matching.retrieval import CANDIDATES, Shortlist, full_scores, pair_scores, warm
from tests.matching.builders import position, student
from tests.matching.models import DAY, NAMES, RANKERS, flat, trained
from tests.matching.shortlists import candidates, rough
from tests.matching.worlds import world


@cache
def crowd():
    """Both sides as columns that are read once."""
    people, offers = world(60, 60, seed=4)
    return Columns(people), Columns(offers)


@pytest.mark.parametrize("kind", RANKERS)
@pytest.mark.parametrize("count", [1, 7, 60])
@pytest.mark.parametrize("barred", [0, 30, 60])
def test_candidates_are_a_sort_by_rough_score_and_id_from_either_side(kind, count, barred):
    ranker = RANKERS[kind]()
    people, offers = crowd()
    mask = np.zeros(60, dtype=bool)
    mask[np.random.default_rng(count).permutation(60)[:barred]] = True
    pair = Pairs(people.rows[:1], offers, DAY), Pairs(people, offers.rows[:1], DAY)
    for pairs, rows in zip(pair, (offers.rows, people.rows), strict=True):
        told = rough(ranker, pairs).ravel()
        allowed = [place for place in range(60) if not mask[place]]
        best = sorted(allowed, key=lambda place: (-told[place], rows[place].id))[:count]
        found = candidates(ranker, pairs, barred=mask if barred else None, count=count)

        assert found.tolist() == sorted(best)


@pytest.mark.parametrize("order", [slice(None), slice(None, None, -1)])
@pytest.mark.parametrize("count", [1, 3, 20])
def test_of_equal_ones_at_the_cut_the_lowest_ids_are_kept(order, count):
    """Or the same question would show other positions after a rebuild."""
    better, equal = (
        [position(id=50), position(id=51)],
        [position(id=n, kind="internship") for n in range(1, 31)],
    )
    rows = [*equal[:15], *better, *equal[15:]][order]
    kept = candidates(Baseline(), Pairs([student()], rows, DAY), barred=None, count=count)
    people = [student(id=n) for n in range(30, 0, -1)]
    chosen = candidates(Baseline(), Pairs(people, [position()], DAY), barred=None, count=count)

    assert {rows[place].id for place in kept} == set([50, 51, *range(1, 31)][:count])
    assert {people[place].id for place in chosen} == set(range(1, count + 1))


def test_five_hundred_are_found_of_more_and_all_of_less():
    people, offers = world(1, 30, seed=6)
    many = [replace(offers[n % 30], id=n + 1) for n in range(CANDIDATES + 30)]
    found = candidates(Baseline(), Pairs(people, many, DAY), barred=None)

    assert len(found) == len(set(found.tolist())) == CANDIDATES
    assert candidates(Baseline(), Pairs(people, many[:CANDIDATES], DAY), barred=None).tolist() == list(
        range(CANDIDATES)
    )
    assert candidates(Baseline(), Pairs(people, [], DAY), barred=None).tolist() == []


def test_few_that_are_not_barred_are_all_found_without_a_score(monkeypatch):
    monkeypatch.setattr(retrieval, "rough_scores", lambda *_, **__: pytest.fail("scored in vain"))
    people, offers = world(1, 40, seed=6)
    mask = np.ones(40, dtype=bool)
    mask[[3, 17, 39]] = False

    assert candidates(Baseline(), Pairs(people, offers, DAY), barred=mask, count=3).tolist() == [3, 17, 39]


def test_rough_scores_differ_from_true_ones_by_descriptions_and_meanings_alone():
    people, offers = world(8, 20, seed=9)
    without = [replace(one, text="") for one in offers]
    silent = [replace(one, headlines=()) for one in people]
    # Nobody says a word: nothing is left to be rough about.
    wordless = [replace(one, text="") for one in silent]
    pairs = Pairs(wordless, without, DAY)

    np.testing.assert_allclose(
        np.clip(rough(Baseline(), pairs), 0, 1),
        full_scores(Baseline(), wordless, without, DAY),
        rtol=0,
        atol=1e-9,
    )
    loud = Pairs(people, offers, DAY)
    assert np.abs(rough(Baseline(), loud) - full_scores(Baseline(), people, offers, DAY)).max() > 1e-4


def test_a_skill_asked_for_brings_those_who_hold_it():
    """Inverted lists: one that shares the only skill is found among hundreds that share nothing."""
    rows = [position(id=n, skills=(f"skill {n}",), majors=("会计",)) for n in range(1, 241)]
    one = student(skills=("SKILL 217 ",))
    found = candidates(Baseline(), Pairs([one], rows, DAY), barred=None, count=1)

    assert [rows[place].id for place in found] == [217]


@pytest.mark.parametrize(
    ("wish", "value"),
    [
        ({"wanted_cities": ("420500",)}, {"city_code": "420500"}),
        ({"wanted_kinds": ("order_class",)}, {"kind": "order_class"}),
        ({"wanted_occupations": ("6-18-01-01",)}, {"occupation_code": "6-18-01-01"}),
        ({"salary_floor": 20000}, {"salary_min": 20000, "salary_max": 30000}),
        ({"based_in": "420502", "wanted_cities": ()}, {"city_code": "420500", "district": "420502"}),
        ({"headlines": ("锅炉设备检修",)}, {"title": "锅炉设备检修"}),
    ],
)
def test_whatever_is_wished_for_is_among_the_candidates(wish, value):
    rows = [position(id=n) for n in range(1, 60)] + [position(id=500, **value)]
    found = candidates(Baseline(), Pairs([student(**wish)], rows, DAY), barred=None, count=1)

    assert [rows[place].id for place in found] == [500]


def test_more_candidates_hold_all_the_fewer_ones():
    people, offers = crowd()
    for one in people.rows[:3]:
        pairs = Pairs([one], offers, DAY)
        found = [set(candidates(trained(), pairs, barred=None, count=n)) for n in range(1, 61)]

        assert [len(places) for places in found] == list(range(1, 61))
        assert all(fewer < more for fewer, more in pairwise(found))


def test_warming_nobody_is_no_work_and_warming_twice_reads_nothing_again():
    nobody = Columns([])
    warm(nobody)
    assert nobody._kept == {}
    held = Columns(world(1, 9, seed=2)[1])
    warm(held)
    before = dict(held._kept)
    warm(held)

    assert {name: id(array) for name, array in held._kept.items()} == {
        name: id(array) for name, array in before.items()
    }


@pytest.mark.parametrize("kind", RANKERS)
@pytest.mark.parametrize("at_once", [1, 119, 120])
def test_full_scores_are_the_same_in_any_steps(monkeypatch, kind, at_once):
    ranker = RANKERS[kind]()
    people, offers = world(7, 40, seed=13)
    whole = full_scores(ranker, people, offers, DAY)
    monkeypatch.setattr(retrieval, "PAIRS_AT_ONCE", at_once)

    assert np.array_equal(full_scores(ranker, people, offers, DAY), whole)
    assert whole.shape == (7, 40)
    assert whole.min() >= 0
    assert whole.max() <= 1


@pytest.mark.parametrize(("base", "expected"), [(1.7, 1.0), (-0.3, 0.0), (0.25, 0.25)])
def test_full_scores_lie_within_bounds_whatever_the_base(base, expected):
    assert full_scores(flat({}, base=base), *world(2, 2, seed=1), DAY).tolist() == [[expected] * 2] * 2


MIXED = flat(
    {name: (-0.01 * n, 0.02 * n, 0.003) for n, name in enumerate(NAMES, 1)},
    surfaces=[
        Surface(NAMES.index(a), NAMES.index(b), (0.0, 0.5, 1.0), (0.0, 1.0), ((0.03,), (0.01,)), 0.004)
        for a, b in [("occupation", "place"), ("meaning", "kind"), ("text_similarity", "headline_meaning")]
    ],
)
"""Surfaces over what is exact in the rough, over what is not, and over one of each."""


@pytest.mark.parametrize("made", [Baseline, trained, lambda: MIXED], ids=["rules", "trained", "mixed"])
@pytest.mark.parametrize("tabled", [False, True])
@pytest.mark.parametrize("count", [1, 25, 60])
def test_a_shortlist_tells_scores_and_values_as_the_slow_way_does(made, tabled, count):
    """From either side: what was not worked out again for the candidates is what it would have been."""
    ranker = made()
    people, offers = crowd()
    for one in range(0, 60, 20):
        for axis, pairs in enumerate(
            (
                Pairs(people, offers.rows[one : one + 1], DAY),
                Pairs(people.rows[one : one + 1], offers, DAY, tabled=tabled),
            )
        ):
            found = Shortlist(ranker, pairs, axis=axis, barred=None, count=count)
            slow = extract(pairs, ranker.features).reshape(60, -1)[found.places]

            np.testing.assert_array_equal(found.values(np.arange(count)), slow)
            np.testing.assert_allclose(found.scores, score(ranker, slow), rtol=0, atol=1e-12)
            assert found.values(np.arange(0)).shape == (0, len(ranker.features))


def test_one_beside_one_is_told_from_the_side_that_is_asked_about():
    pairs = Pairs([student(id=3)], [position(id=8)], DAY)
    rows = [Shortlist(Baseline(), pairs, axis=axis, barred=None).rows[0].id for axis in (0, 1)]

    assert rows == [3, 8]


def test_terms_are_sums_whoever_else_is_asked_about():
    """Tables added before they are spread give every student bit by bit what they get alone."""
    people, offers = crowd()
    for ranker in (Baseline(), trained(), MIXED):
        whole = pair_scores(ranker, Pairs(people, offers, DAY))
        for place in (0, 17, 59):
            alone = pair_scores(ranker, Pairs(people.rows[place : place + 1], offers, DAY))
            assert np.array_equal(alone[0], whole[place])
