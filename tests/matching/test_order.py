"""Some positions put in order for one student: every pair in full, also of what changed since."""

from dataclasses import replace

import numpy as np
import pytest

from matching import api, catalogue, serving
from matching.retrieval import full_scores
from matching.two_sided import MOST_GIVEN, saturation
from tests.matching.models import DAY, RANKERS
from tests.matching.worlds import world

PEOPLE, OFFERS = world(6, 120, seed=21)


@pytest.fixture(params=RANKERS)
def ranker(request, monkeypatch):
    """Whichever serves."""
    made = RANKERS[request.param]()
    monkeypatch.setattr(serving, "_serving", [made])
    return made


def slow(ranker, one, rows, *, spread):
    scores = full_scores(ranker, [one], rows, DAY)[0]
    keys = scores - MOST_GIVEN * saturation(rows) if spread else scores
    return [rows[i].id for i in sorted(range(len(rows)), key=lambda i: (-round(keys[i], 12), rows[i].id))]


@pytest.mark.parametrize("spread", [False, True])
def test_the_order_is_that_of_every_pair_alone(ranker, spread):
    held = api.Catalogue(OFFERS)
    for one in PEOPLE[:3]:
        wanted = OFFERS[10:70]
        found = held.order(one, [row.id for row in wanted][::-1], on=DAY, spread=spread)
        assert found == slow(ranker, one, wanted, spread=spread)


@pytest.mark.parametrize("apart", [0, 10, 500])
def test_changed_new_and_forgotten_rows_are_ordered_as_in_a_new_catalogue(ranker, monkeypatch, apart):
    """Whether the changes are still kept apart or were joined to the others."""
    monkeypatch.setattr(catalogue, "APART", apart)
    held = api.Catalogue(OFFERS[:80])
    held.warm()
    changed = [
        replace(row, title=OFFERS[119].title, skills=("Python",), applicants=90) for row in OFFERS[5:15]
    ]
    held.update([*changed, *OFFERS[80:110]])
    held.remove([OFFERS[0].id, OFFERS[85].id, 10_000])
    rows = [*OFFERS[1:5], *changed, *OFFERS[15:85], *OFFERS[86:110]]
    asked = [row.id for row in OFFERS]
    for one in PEOPLE[:2]:
        assert held.order(one, asked, on=DAY, spread=True) == slow(ranker, one, rows, spread=True)


def test_the_first_of_an_order_are_those_of_the_list(ranker):
    held = api.Catalogue(OFFERS)
    for one in PEOPLE[:3]:
        for spread in (False, True):
            shown = [match.position_id for match in held.rank(one, limit=15, on=DAY, spread=spread)]
            assert held.order(one, held.ids(), on=DAY, spread=spread)[:15] == shown


def test_what_is_not_held_is_left_out_and_asked_twice_is_told_once():
    held = api.Catalogue(OFFERS[:3])
    ids = [row.id for row in OFFERS[:3]]
    assert (
        held.order(PEOPLE[0], [77_777])
        == held.order(PEOPLE[0], [])
        == api.Catalogue().order(PEOPLE[0], ids)
        == []
    )
    assert sorted(held.order(PEOPLE[0], [*ids, *ids, 77_777], on=DAY)) == sorted(ids)


def test_saturation_counts_for_no_more_than_is_stated():
    """Over any two that changed places, the score given up is within the bound."""
    held = api.Catalogue([replace(row, openings=1, applicants=row.id % 12) for row in OFFERS])
    for one in PEOPLE:
        scores = dict(
            zip((row.id for row in OFFERS), full_scores(serving.ranker(), [one], OFFERS, DAY)[0], strict=True)
        )
        spread = held.order(one, scores, on=DAY, spread=True)
        own = full_scores(serving.ranker(), [one], [held.get(pk) for pk in spread], DAY)[0]
        highest_after = np.maximum.accumulate(own[::-1])[::-1]
        assert (highest_after - own).max() <= MOST_GIVEN + 1e-9
