"""The order of one side for the other: best first, whatever the order and company of the rows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import ranking
from matching.features.arrays import Columns
from matching.retrieval import full_scores
from matching.two_sided import examination, saturation
from tests.matching.builders import position, student
from tests.matching.models import DAY, RANKERS, flat
from tests.matching.worlds import WIDE, world


def offers_for(ranker, one, rows, *, limit=100, barred=None):
    return ranking.rank_positions(ranker, one, [(Columns(rows), barred)], limit=limit, on=DAY)


def people_for(ranker, other, rows, *, limit=100, barred=None):
    return ranking.rank_students(ranker, other, [(Columns(rows), barred)], limit=limit, on=DAY)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([0.0, 0.25, 0.5, 0.5 + 1e-14, 0.5 - 1e-14, 0.75, 1.0]), max_size=12),
    st.integers(-2, 14),
    st.randoms(use_true_random=False),
)
def test_best_is_a_sort_by_score_and_id(scores, limit, random):
    ids = list(range(100, 100 + len(scores)))
    random.shuffle(ids)
    expected = sorted(range(len(ids)), key=lambda i: (-round(scores[i], 12), ids[i]))[: max(limit, 0)]

    assert ranking.best(np.array(scores), ids, limit) == expected


@pytest.mark.parametrize("kind", RANKERS)
def test_the_order_is_that_of_the_full_scores(kind):
    ranker = RANKERS[kind]()
    people, offers = world(6, 40, seed=3)
    scores = full_scores(ranker, people, offers, DAY)
    for i, one in enumerate(people):
        order = sorted(range(40), key=lambda j: (-round(scores[i, j], 12), offers[j].id))
        found = offers_for(ranker, one, offers)

        assert [match.position_id for match in found] == [offers[j].id for j in order]
        assert [match.score for match in found] == pytest.approx([scores[i, j] for j in order], abs=1e-12)
        assert {match.student_id for match in found} == {one.id}
    for j, other in enumerate(offers[:6]):
        order = sorted(range(6), key=lambda i: (-round(scores[i, j], 12), people[i].id))
        found = people_for(ranker, other, people)

        assert [match.student_id for match in found] == [people[i].id for i in order]
        assert {match.position_id for match in found} == {other.id}


@WIDE
@given(st.integers(0, 50), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_says_nothing(seed, random):
    people, offers = world(3, 12, seed=seed)
    mixed = list(offers)
    random.shuffle(mixed)
    ranker = RANKERS["rules"]()

    assert offers_for(ranker, people[0], mixed) == offers_for(ranker, people[0], offers)
    assert people_for(ranker, offers[0], people[::-1]) == people_for(ranker, offers[0], people)


@pytest.mark.parametrize("cuts", [(), (0,), (1,), (7,), (3, 9), (5, 5), (12,)])
def test_pieces_rank_as_the_whole_does(cuts):
    people, offers = world(4, 12, seed=8)
    ranker = RANKERS["rules"]()
    edges = [0, *cuts, 12]
    parts = [(Columns(offers[a:b]), None) for a, b in pairwise(edges)]
    whole = offers_for(ranker, people[0], offers)

    assert ranking.rank_positions(ranker, people[0], parts, limit=100, on=DAY) == whole
    assert ranking.rank_positions(ranker, people[0], parts[::-1], limit=100, on=DAY) == whole
    assert ranking.rank_positions(ranker, people[0], [], limit=100, on=DAY) == []


@pytest.mark.parametrize("limit", [-1, 0, 1, 2, 11, 12, 500])
def test_a_limit_takes_the_first_and_changes_nothing_about_them(limit):
    people, offers = world(12, 12, seed=8)
    ranker = RANKERS["rules"]()

    assert (
        offers_for(ranker, people[0], offers, limit=limit)
        == offers_for(ranker, people[0], offers)[: max(limit, 0)]
    )
    assert (
        people_for(ranker, offers[0], people, limit=limit)
        == people_for(ranker, offers[0], people)[: max(limit, 0)]
    )


@pytest.mark.parametrize("barred", [set(), {0}, {3, 7, 11}, set(range(12))])
def test_barred_rows_are_left_out_and_the_others_stay_as_they_are(barred):
    people, offers = world(12, 12, seed=8)
    ranker = RANKERS["rules"]()
    mask = np.array([place in barred for place in range(12)])
    hidden = {offers[place].id for place in barred}
    expected = [m.score for m in offers_for(ranker, people[0], offers) if m.position_id not in hidden]
    found = offers_for(ranker, people[0], offers, barred=mask)

    assert [match.score for match in found] == expected
    assert {match.position_id for match in found} == {one.id for one in offers} - hidden
    seen = people_for(ranker, offers[0], people, barred=mask)
    assert {match.student_id for match in seen} == {one.id for one in people} - {people[p].id for p in barred}


def test_equal_positions_come_by_id_however_they_are_given():
    rows = [position(id=n) for n in (5, 3, 9, 1)]

    assert [m.position_id for m in offers_for(RANKERS["rules"](), student(), rows)] == [1, 3, 5, 9]
    people = [student(id=n) for n in (5, 3, 9, 1)]
    assert [m.student_id for m in people_for(RANKERS["rules"](), position(), people)] == [1, 3, 5, 9]


def test_every_place_carries_its_chance_and_how_swamped_it_is():
    people, offers = world(1, 12, seed=8)
    found = offers_for(RANKERS["rules"](), people[0], offers)
    by_id = {one.id: one for one in offers}

    assert [m.propensity for m in found] == [examination(place) for place in range(1, 13)]
    assert [m.saturation for m in found] == saturation([by_id[m.position_id] for m in found]).tolist()
    assert len({m.saturation for m in found}) > 2


def test_recruiters_read_sums_where_students_read_wishes():
    people, offers = world(5, 5, seed=12)
    ranker = RANKERS["rules"]()
    theirs = {m.student_id: m for m in people_for(ranker, offers[0], people)}
    for one in people:
        own = offers_for(ranker, one, offers[:1])[0]
        assert theirs[one.id].score == own.score
        assert "place" in {reason.feature for reason in own.reasons}
        assert "place" not in {reason.feature for reason in theirs[one.id].reasons}


def test_a_ranker_that_knows_nothing_orders_by_id_alone():
    people, offers = world(3, 9, seed=5)

    assert [m.position_id for m in offers_for(flat({}), people[0], offers[::-1])] == list(range(1, 10))
    assert {m.score for m in offers_for(flat({}), people[0], offers)} == {0.5}
