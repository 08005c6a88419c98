"""Any history of changes leaves a catalogue that answers as one built anew."""

from threading import Thread

import numpy as np
import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from matching import api, catalogue
from matching.features import meaning
from matching.two_sided import MOST_GIVEN, examination
from tests.matching.models import DAY
from tests.matching.worlds import world

PEOPLE, OFFERS = world(30, 60, seed=17)
MORE_PEOPLE, MORE_OFFERS = world(30, 60, seed=18)
IDS = st.sets(st.integers(1, 60), max_size=6)


class Changes(RuleBasedStateMachine):
    """Positions come, change and go; beside it a plain dict, from which the truth is built anew."""

    def __init__(self):
        super().__init__()
        meaning.use(None)
        self.held = api.Catalogue(OFFERS[:8])
        self.truth = {row.id: row for row in OFFERS[:8]}
        self.apart, catalogue.APART = catalogue.APART, 5

    def teardown(self):
        catalogue.APART = self.apart

    @rule(ids=IDS, version=st.sampled_from([OFFERS, MORE_OFFERS]))
    def update(self, ids, version):
        rows = [version[id_ - 1] for id_ in sorted(ids)]
        self.held.update(rows)
        self.truth |= {row.id: row for row in rows}

    @rule(id_=st.integers(1, 60))
    def update_twice_at_once(self, id_):
        """Of one id given twice the last counts."""
        self.held.update([OFFERS[id_ - 1], MORE_OFFERS[id_ - 1]])
        self.truth[id_] = MORE_OFFERS[id_ - 1]

    @rule(ids=IDS)
    def remove(self, ids):
        self.held.remove(ids)
        self.truth = {id_: row for id_, row in self.truth.items() if id_ not in ids}

    @rule()
    def warm(self):
        self.held.warm()

    @rule(
        who=st.sampled_from(PEOPLE),
        exclude=IDS,
        only=st.none() | IDS,
        limit=st.integers(0, 12),
        spread=st.booleans(),
    )
    def ask(self, who, exclude, only, limit, spread):
        told = {"exclude": exclude, "only": only, "limit": limit, "spread": spread, "on": DAY}

        assert self.held.rank(who, **told) == api.Catalogue(self.truth.values()).rank(who, **told)

    @invariant()
    def holds_the_truth(self):
        assert self.held.ids() == set(self.truth)
        assert len(self.held) == len(self.truth)
        assert {id_: self.held.get(id_) for id_ in range(1, 61)} == {
            id_: self.truth.get(id_) for id_ in range(1, 61)
        }
        assert [id_ in self.held for id_ in range(1, 61)] == [id_ in self.truth for id_ in range(1, 61)]
        assert len(self.held._pieces[1].ids) <= 5


TestChanges = Changes.TestCase
TestChanges.settings = settings(
    max_examples=12, stateful_step_count=12, deadline=None, phases=(Phase.generate, Phase.shrink)
)


@pytest.mark.usefixtures("no_vectors")
@pytest.mark.parametrize("apart", [1, 4, 500])
@pytest.mark.parametrize("warmed", [True, False])
def test_students_that_change_answer_as_a_fresh_list_does(monkeypatch, apart, warmed):
    monkeypatch.setattr(catalogue, "APART", apart)
    random = np.random.default_rng(apart)
    held, truth = api.StudentCatalogue(PEOPLE[:10]), {row.id: row for row in PEOPLE[:10]}
    for _ in range(6):
        if warmed:
            held.warm()
        fresh = [(PEOPLE, MORE_PEOPLE)[int(random.integers(2))][i] for i in random.integers(0, 30, 4)]
        gone = {int(i) for i in random.integers(1, 31, 2)}
        held.update(fresh)
        held.remove(gone)
        truth |= {row.id: row for row in fresh}
        truth = {id_: row for id_, row in truth.items() if id_ not in gone}

        for offer in OFFERS[:2]:
            expected = api.rank_students(offer, list(truth.values()), limit=50, on=DAY)
            assert held.rank(offer, limit=50, on=DAY) == expected


def test_an_empty_catalogue_answers_with_nothing_and_can_be_filled():
    for held, asker, rows in (
        (api.Catalogue(), PEOPLE[0], OFFERS),
        (api.StudentCatalogue(), OFFERS[0], PEOPLE),
    ):
        held.warm()
        held.update([])
        held.remove([1, 2])
        assert held.rank(asker) == []
        assert held.rank(asker, only={1}, exclude={2}) == []
        assert (len(held), held.ids(), held.get(1), 1 in held) == (0, set(), None, False)
        held.update(rows[:3])
        assert len(held.rank(asker)) == 3
        held.remove([1, 2, 3])
        assert held.rank(asker) == []


@pytest.mark.parametrize("kind", [list, tuple, set, frozenset, dict.fromkeys])
def test_exclude_and_only_take_any_collection(kind):
    held = api.Catalogue(OFFERS[:12])

    found = held.rank(PEOPLE[0], exclude=kind([1, 2, 99]), only=kind([1, 2, 3, 4, 98]))
    assert {match.position_id for match in found} == {3, 4}


@pytest.mark.parametrize("limit", [1, 3, 10, 60])
def test_spreading_gives_up_little_and_a_longer_list_only_goes_on(limit):
    held = api.Catalogue(OFFERS)
    for one in PEOPLE[:4]:
        plain = held.rank(one, limit=60, on=DAY)
        spread = held.rank(one, limit=limit, on=DAY, spread=True)
        longer = held.rank(one, limit=limit + 7, on=DAY, spread=True)

        assert len(spread) == min(limit, 60)
        assert spread == longer[:limit]
        assert [match.propensity for match in spread] == [examination(n) for n in range(1, len(spread) + 1)]
        for place, match in enumerate(spread):
            assert match.score >= plain[place].score - MOST_GIVEN - 1e-12
            same = next(one for one in plain if one.position_id == match.position_id)
            assert (match.score, match.reasons, match.saturation) == (
                same.score,
                same.reasons,
                same.saturation,
            )


@pytest.mark.usefixtures("no_vectors")
def test_readers_beside_a_writer_always_see_a_whole_catalogue(monkeypatch):
    """One id is never in both pieces, and none that stays is ever missing."""
    monkeypatch.setattr(catalogue, "APART", 3)
    held, seen, done = api.Catalogue(OFFERS[:20]), [], []

    def read():
        while not done:
            seen.append([match.position_id for match in held.rank(PEOPLE[0], limit=60)])

    reader = Thread(target=read)
    reader.start()
    try:
        for turn in range(12):
            held.update([(OFFERS, MORE_OFFERS)[turn % 2][i] for i in range(5)])
            held.remove([20])
            held.update([OFFERS[19]])
    finally:
        done.append(True)
        reader.join()

    assert seen
    for found in seen:
        assert len(set(found)) == len(found)
        assert set(range(1, 20)) <= set(found) <= set(range(1, 21))
