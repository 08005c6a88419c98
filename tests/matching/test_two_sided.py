"""Both sides at once, shared room, and pairs nobody acted on."""

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import api, bench, two_sided
from matching.types import Match
from tests.matching.builders import position, student
from tests.matching.giving import give_way

DAY = date(2026, 5, 1)


def match(id_, score, saturation):
    return Match(1, id_, score, (), "m", saturation=saturation)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [(1.0, 1.0, 1.0), (0.0, 1.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.5, 1.0, 2 / 3), (0.2, 0.3, 0.24)],
)
def test_the_harmonic_mean_by_hand(left, right, expected):
    assert two_sided.harmonic(np.array([left]), np.array([right]))[0] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("openings", "applicants", "expected"),
    [(1, 0, 0.0), (1, 5, 0.5), (1, 10, 1.0), (1, 99, 1.0), (4, 10, 0.25), (0, 50, 0.0), (2, -3, 0.0)],
)
def test_saturation_is_applicants_per_opening_over_ten(openings, applicants, expected):
    assert two_sided.saturation([position(openings=openings, applicants=applicants)]).tolist() == [expected]


def test_both_must_gain():
    """One side pleased and the other not is worth less than both half pleased."""
    mine = student(skills=("Python", "Linux"), education="master", experience_months=24)
    wrong_for_them = student(
        skills=(), education="secondary", experience_months=0, major="会计", major_code="530302"
    )
    unwanted = position(
        city_code="110000", kind="internship", occupation_code="6-31-01-05", title="厨师", text=""
    )

    both = api.mutual(mine, position(), on=DAY)
    assert both > api.mutual(wrong_for_them, position(), on=DAY)
    assert both > api.mutual(mine, unwanted, on=DAY)


def test_mutual_scores_are_the_same_alone_and_in_pieces(monkeypatch):
    people, offers = bench.made_up(5, 30, seed=2)
    whole = api.mutual_matrix(people, offers, on=DAY)
    monkeypatch.setattr(two_sided, "_PAIRS_AT_ONCE", 30)

    assert np.array_equal(api.mutual_matrix(people, offers, on=DAY), whole)
    assert whole.min() >= 0
    assert whole.max() <= 1
    assert api.mutual(people[3], offers[7], on=DAY) == pytest.approx(whole[3, 7], abs=1e-12)
    assert api.mutual_matrix([], offers).shape == (0, 30)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=12), st.floats(0, 0.2))
def test_a_swamped_position_loses_no_more_than_what_is_stated(rows, most):
    matches = [match(number, *row) for number, row in enumerate(rows)]
    spread = give_way(matches, most)

    assert Counter(m.position_id for m in spread) == Counter(m.position_id for m in matches)
    for before, one in enumerate(spread):
        for after in spread[before + 1 :]:
            assert one.score >= after.score - most - 1e-9


def test_the_swamped_one_gives_way_to_a_comparable_one_only():
    full, near, far = match(1, 0.80, 1.0), match(2, 0.77, 0.0), match(3, 0.74, 0.0)

    assert [m.position_id for m in give_way([full, near, far])] == [2, 1, 3]
    assert [m.position_id for m in give_way([replace(full, saturation=0.2), near, far])] == [
        1,
        2,
        3,
    ]
    assert give_way([full, near], 0.0) == [full, near]


def test_spread_lists_move_exposure_away_from_swamped_positions():
    people, offers = bench.made_up(20, 120, seed=6)
    offers = [replace(o, applicants=o.openings * 10 if o.id % 2 else 0) for o in offers]
    held = api.Catalogue(offers)
    plain = [held.rank(one, limit=10, on=DAY) for one in people]
    spread = [held.rank(one, limit=10, on=DAY, spread=True) for one in people]

    moved = api.exposure_moved(plain, spread)
    assert moved.swamped_before > moved.swamped_after
    assert 0 < moved.given_up <= two_sided.MOST_GIVEN
    assert moved.most_given_up <= two_sided.MOST_GIVEN + 1e-12
    assert [[m.propensity for m in one] for one in spread] == [[m.propensity for m in one] for one in plain]
    same = api.exposure_moved(plain, plain)
    assert (same.swamped_before, same.given_up, same.most_given_up) == (same.swamped_after, 0.0, 0.0)
    assert api.exposure_moved([], []).swamped_before == 0.0


def test_strong_pairs_leave_out_what_was_acted_on_and_spread_over_people():
    people, offers = bench.made_up(6, 25, seed=3)
    scores = api.mutual_matrix(people, offers, on=DAY)
    acted = {(people[0].id, offer.id) for offer in offers[:20]} | {(999, 1), (1, 999)}
    found = api.strong_pairs(people, offers, acted, limit=8, on=DAY)

    assert len(found) == 8
    assert not {(who, what) for who, what, _ in found} & acted
    assert max(Counter(who for who, _, _ in found).values()) <= two_sided.PER_PERSON
    assert [score for _, _, score in found] == sorted((score for _, _, score in found), reverse=True)
    for who, what, score in found:
        assert score == pytest.approx(scores[who - 1, what - 1], abs=1e-12)
    open_pairs = [scores[i, j] for i in range(6) for j in range(25) if (i + 1, j + 1) not in acted]
    assert found[0][2] == pytest.approx(max(open_pairs), abs=1e-12)
    assert api.strong_pairs(people, offers, (), limit=0) == []
    assert len(api.strong_pairs(people[:1], offers, (), limit=50)) == two_sided.PER_PERSON
