"""A planted bias: learnt from choices it beats the rules on everybody, and hides one department from all positions."""

from dataclasses import replace

import pytest

from matching import api, artifacts
from matching.features import meaning
from matching.rankers.baseline import Baseline
from matching.training import treatment as drawing
from matching.training.treatment import _rankings, treatment
from tests.matching.builders import position
from tests.matching.conftest import quick_encoder
from tests.matching.models import flat
from tests.matching.simulated import by_place, interactions

PEOPLE = 240
DEPARTMENT = {who: "far" if who % 3 == 0 else "here" for who in range(PEOPLE)}
HALVES = {who: "f" if who % 2 else "m" for who in range(PEOPLE)}
BIASED = [
    # One in three wishes for a city where there is no position: by place alone they fit nothing.
    replace(row, student=replace(row.student, wanted_cities=("650100",))) if row.student.id % 3 == 0 else row
    for row in interactions(by_place, people=PEOPLE)
]
AGAINST = "; impact ratio under 0.80 and under that of the rules for department: far"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The same choices, learnt twice: judged by department, and with nothing asked."""
    folder = tmp_path_factory.mktemp("biased")
    meaning.use(quick_encoder)
    held = api.train(BIASED, folder / "held", seed=1, groups={"department": DEPARTMENT})
    return folder, held, api.train(BIASED, folder / "none", seed=1)


def test_the_planted_model_is_refused_for_a_group_the_product_holds(told):
    _folder, card, _plain = told
    row = card.fairness["department: far"]

    assert card.accepted is False
    assert card.reason.startswith("beats the weighted rules on 72 held-out people")
    assert card.reason.endswith(AGAINST)
    assert row["impact_ratio"] < 0.5 * row["rules_ratio"]
    assert (row["change_high"] < 0, row["unfair"]) == (True, 1.0)
    assert card.proxies == {}


def test_without_the_gate_it_serves(told):
    """The control: nothing else stands against it, and both files hold the same model."""
    folder, _card, plain = told
    models = [artifacts.read(folder / name / "additive-0001.json")[1] for name in ("held", "none")]

    assert models[0] == models[1]
    assert (plain.accepted, plain.fairness) == (True, {})
    assert [artifacts.newest_accepted(folder / name) for name in ("held", "none")] == [None, models[1]]


def test_a_department_that_few_positions_look_for_blocks_nobody():
    """It is far below four fifths by the rules as well: that refuses only where four fifths are asked outright."""
    people = [row.student for row in BIASED]
    chosen = {who for ranking in _rankings(Baseline(), people, BIASED[0].shown) for who in ranking}
    passed_over = [who for who in range(PEOPLE) if who not in chosen]
    few = {*passed_over, *sorted(chosen)[: len(passed_over) // 4]}
    groups = {"department": {who: "few" if who in few else "rest" for who in range(PEOPLE)}}
    rows = [replace(row, shown=BIASED[0].shown) for row in BIASED]
    held, brought = (
        treatment(Baseline(), rows, groups, protected=protected, seed=0) for protected in ((), groups)
    )
    row = held.shifts["department: few"]

    assert row.ours == row.theirs < 0.3
    assert (row.unfair, held.audit.passed) == (False, True)
    assert (brought.shifts, brought.audit.passed, brought.audit.worst) == ({}, False, row.ours)


def test_what_both_kinds_have_together_is_held_against_the_rules():
    found = treatment(
        flat({"place": (-0.4, 0.4, 0.0)}),
        BIASED,
        {"sex": HALVES, "department": DEPARTMENT},
        protected={"sex"},
        seed=0,
    )

    assert {name.partition(":")[0] for name in found.audit.rows()} == {
        "department",
        "sex",
        "department × sex",
    }
    assert {name.partition(":")[0] for name in found.shifts} == {"department", "department × sex"}
    assert found.audit.worst == min(row.impact_ratio for row in found.audit.figures["sex"].values())
    assert found.audit.passed
    assert {name for name, row in found.shifts.items() if row.unfair} == {
        "department: far",
        "department × sex: far × f",
        "department × sex: far × m",
    }
    assert {name.partition(":")[0] for name in found.proxies} == {"sex"}


@pytest.mark.parametrize(("offers", "few"), [(12, 0.0), (6, 0.0), (5, 0.1), (4, 0.25), (3, 0.5), (2, 0.5)])
def test_few_places_are_two_per_person_and_never_more_than_twenty(offers, few):
    """Thirty people alike in everything stand in order of id: ten of one group first, twenty of another after them."""
    one = BIASED[0].student
    shown = [position(id=number) for number in range(offers)]
    rows = [replace(BIASED[0], student=replace(one, id=who), shown=shown, chosen={0}) for who in range(30)]
    groups = {"number": {who: "first" if who < 10 else "after" for who in range(30)}}
    found = treatment(flat({}), rows, groups, protected=(), seed=0)

    assert found.audit.figures["number"]["after"].impact_ratio == found.shifts["number: after"].ours == 0.5
    assert found.few["number: after"].ours == pytest.approx(few)
    row = found.rows()["number: after"]
    assert (row["impact_ratio"], row["few_ratio"]) == (0.5, pytest.approx(few))


def test_where_nothing_is_asked_nothing_is_ranked():
    assert treatment(Baseline(), BIASED, {}, protected=(), seed=0) is None
    nobody = treatment(Baseline(), [], {"department": DEPARTMENT}, protected=(), seed=0)
    assert (nobody.audit.figures, nobody.shifts, nobody.few) == ({"department": {}}, {}, {})


@pytest.mark.parametrize(("size", "listed"), [(9, False), (10, True)])
def test_a_protected_group_that_is_too_small_is_named_nowhere(size, listed):
    """Nine people of one origin: the card says nothing of them, not even how well they are told."""
    origin = {who: "islanders" if who < size else "others" for who in range(PEOPLE)}
    found = treatment(flat({}), BIASED, {"origin": origin}, protected={"origin"}, seed=0)

    assert ("origin: islanders" in found.rows()) is listed
    assert ("origin: islanders" in found.proxies) is listed
    assert ("islanders" in str(found)) is listed


def test_of_more_people_and_positions_than_are_ranked_some_are_drawn(monkeypatch):
    """Not those who came first, nor what was published first; the same ones for one seed."""
    monkeypatch.setattr(drawing, "_PEOPLE", 60)
    monkeypatch.setattr(drawing, "_POSITIONS", 15)
    one, same, other = (
        (list(people), [place.id for place in places])
        for people, places in (drawing._both_sides(BIASED, seed) for seed in (1, 1, 2))
    )
    assert one == same
    assert [(len(people), len(places)) for people, places in (one, other)] == [(60, 15)] * 2
    everybody = [
        list({row.student.id: 0 for row in BIASED}),
        sorted({p.id for row in BIASED for p in row.shown}),
    ]
    for drawn, most, again, all_ in zip(one, (60, 15), other, everybody, strict=True):
        assert drawn == [id_ for id_ in all_ if id_ in drawn]
        assert drawn not in (all_[:most], again)
        assert max(all_.index(id_) for id_ in drawn) > 0.8 * len(all_)
