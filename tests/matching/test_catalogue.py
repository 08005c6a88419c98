"""Positions and students held in memory: the same answers as from a plain list, also after changes."""

from dataclasses import replace
from datetime import date
from functools import partial

import numpy as np
import pytest

from matching import api, bench, catalogue, serving
from matching.features.arrays import Columns, Pairs
from matching.features.registry import REGISTRY, extract
from matching.retrieval import Shortlist, full_scores, warm
from tests.matching.builders import position, student
from tests.matching.shortlists import candidates, rough

DAY = date(2026, 5, 1)
PEOPLE, OFFERS = bench.made_up(12, 700, seed=4)


def ids(matches):
    return [match.position_id for match in matches]


@pytest.fixture
def few_candidates(monkeypatch):
    """Two stages already for small catalogues."""
    monkeypatch.setattr("matching.ranking.Shortlist", partial(Shortlist, count=100))


def test_a_catalogue_answers_as_a_list_does():
    held = api.Catalogue(OFFERS[:80])
    for one in PEOPLE[:4]:
        assert held.rank(one, limit=7, on=DAY) == api.rank_positions(one, OFFERS[:80], limit=7, on=DAY)
    students = api.StudentCatalogue(PEOPLE)
    assert students.rank(OFFERS[0], limit=5, on=DAY) == api.rank_students(OFFERS[0], PEOPLE, limit=5, on=DAY)
    assert api.Catalogue().rank(PEOPLE[0]) == []
    assert held.rank(PEOPLE[0], limit=0) == []


def test_two_stages_find_the_true_first_twenty(few_candidates):
    held = api.Catalogue(OFFERS)
    shares = [bench.recall(one, held, OFFERS) for one in PEOPLE[:8]]

    assert np.mean(shares) > 0.97
    scores = full_scores(serving.ranker(), [PEOPLE[0]], OFFERS, bench.TODAY)[0]
    for match in held.rank(PEOPLE[0], on=bench.TODAY):
        assert match.score == pytest.approx(scores[match.position_id - 1], abs=1e-12)


def test_candidates_are_the_best_by_the_rough_score_and_never_barred():
    ranker = serving.ranker()
    pairs = Pairs([PEOPLE[0]], OFFERS, DAY)
    told = rough(ranker, pairs)[0]
    barred = np.zeros(len(OFFERS), dtype=bool)
    barred[np.argsort(-told)[:10]] = True

    free = candidates(ranker, pairs, barred=None, count=50)
    assert sorted(free.tolist()) == free.tolist()
    assert set(free.tolist()) == set(np.argsort(-told)[:50].tolist())
    assert set(candidates(ranker, pairs, barred=barred, count=50).tolist()) == set(
        np.argsort(-told)[10:60].tolist()
    )
    barred[:-3] = True
    assert set(candidates(ranker, pairs, barred=barred, count=50).tolist()) <= {697, 698, 699}


def test_only_and_exclude_narrow_what_is_shown():
    held = api.Catalogue(OFFERS[:50])
    allowed = {3, 9, 11, 40, 999}

    assert set(ids(held.rank(PEOPLE[0], only=allowed))) == {3, 9, 11, 40}
    assert set(ids(held.rank(PEOPLE[0], only=allowed, exclude=[9]))) == {3, 11, 40}
    assert held.rank(PEOPLE[0], only=()) == []
    assert 1 not in ids(held.rank(PEOPLE[0], limit=50, exclude=(1, 777)))
    assert len(held.rank(PEOPLE[0], limit=50, exclude=(1, 777))) == 49


def test_changed_rows_answer_at_once_and_removed_ones_never():
    held = api.Catalogue(OFFERS[:30])
    before = ids(held.rank(PEOPLE[0], limit=30, on=DAY))
    best, second = before[:2]

    held.update([replace(held.get(best), salary_max=1, salary_min=1, occupation_code="9-9", title="别的")])
    assert ids(held.rank(PEOPLE[0], limit=1, on=DAY)) == [second]
    held.remove([second, 12345])
    after = ids(held.rank(PEOPLE[0], limit=30, on=DAY))
    assert second not in after
    assert set(after) == set(before) - {second}
    assert (len(held), second in held, held.get(second), best in held) == (29, False, None, True)
    assert held.ids() == set(before) - {second}


def test_many_changes_leave_the_same_answers_as_a_fresh_catalogue(monkeypatch):
    monkeypatch.setattr(catalogue, "APART", 20)
    random = np.random.default_rng(1)
    held = api.Catalogue(OFFERS[:60])
    held.warm()
    truth = {offer.id: offer for offer in OFFERS[:60]}
    for _ in range(12):
        changed = [
            replace(OFFERS[i], applicants=int(random.integers(99))) for i in random.integers(0, 120, 7)
        ]
        gone = [int(i) for i in random.integers(1, 120, 3)]
        held.update(changed)
        truth |= {offer.id: offer for offer in changed}
        held.remove(gone)
        truth = {id_: offer for id_, offer in truth.items() if id_ not in gone}
    one = PEOPLE[2]

    assert held.ids() == set(truth)
    fresh = api.Catalogue(truth.values())
    assert held.rank(one, limit=200, on=DAY) == fresh.rank(one, limit=200, on=DAY)
    # The changes were joined to the others on the way, more than once.
    assert len(held._pieces[1].ids) <= 20 < len(held._pieces[0].ids)


def test_who_reads_sees_no_half_of_an_update():
    held = api.Catalogue(OFFERS[:10])
    parts = held._parts((), None)
    held.remove([OFFERS[0].id])
    held.update([OFFERS[20]])

    assert [len(columns) for columns, _ in parts] == [10]
    assert parts[0][1] is None
    assert held._parts((), None)[0][1].tolist() == [True] + [False] * 9


@pytest.mark.parametrize("cut", [1, 37, 119])
def test_joined_columns_equal_columns_of_all_rows(cut):
    rows = OFFERS[:120]
    first, more = Columns(rows[:cut]), Columns(rows[cut:])
    for part in (first, more):
        warm(part)
    joined = first.joined(more)

    assert [row.id for row in joined.rows] == [row.id for row in rows]
    names = tuple(REGISTRY)
    whole = extract(Pairs(PEOPLE[:3], rows, DAY), names)
    assert np.array_equal(extract(Pairs(PEOPLE[:3], joined, DAY), names), whole, equal_nan=True)
    # Nothing had to be read again but what is made per question.
    assert set(joined._kept) == set(first._kept)


def test_a_cut_of_columns_equals_columns_of_the_cut():
    columns = Columns(OFFERS[:200])
    warm(columns)
    places = np.array([199, 3, 3, 50], dtype=np.intp)
    names = tuple(REGISTRY)

    cut = extract(Pairs(PEOPLE[:2], columns.take(places), DAY), names)
    alone = extract(Pairs(PEOPLE[:2], [OFFERS[i] for i in places], DAY), names)
    assert np.array_equal(cut, alone, equal_nan=True)
    # What is worked out per title is worked out for the titles of the cut alone.
    assert len(columns.take(places)._kept["keyed title"][1]) == 3


def test_warm_columns_have_nothing_left_to_read(monkeypatch):
    for warmed, other in ((Columns(OFFERS[:5]), PEOPLE[:1]), (Columns(PEOPLE[:5]), OFFERS[:1])):
        warm(warmed)
        before = set(warmed._kept)
        pairs = (
            Pairs(other, warmed, DAY)
            if other is not OFFERS and other[0] in PEOPLE
            else Pairs(warmed, other, DAY)
        )
        extract(pairs, tuple(REGISTRY))
        rough(serving.ranker(), pairs)
        assert set(warmed._kept) - before <= {"meanings text"}


def test_places_carry_their_chance_to_be_looked_at_and_how_swamped_they_are():
    crowded = position(id=1, openings=1, applicants=5)
    found = api.rank_positions(student(), [crowded, position(id=2, openings=0, applicants=50)], on=DAY)

    assert [match.propensity for match in found] == [1.0, pytest.approx(2**-0.7)]
    assert {match.position_id: match.saturation for match in found} == {1: 0.5, 2: 0.0}
