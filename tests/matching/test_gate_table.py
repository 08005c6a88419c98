"""Who may serve: better, equal or worse than the rules × the same against what serves × groups × their audit."""

import pytest

from matching.evaluation.audit import Audit, audit
from matching.evaluation.gate import FEWEST_PEOPLE, judge
from matching.evaluation.shifts import Shift

EVERYBODY = range(60)
RULES = dict.fromkeys(EVERYBODY, 0.6)
HALVES = {"sex": {who: "f" if who < 30 else "m" for who in EVERYBODY}}
FAIR, UNFAIR = Audit({}, 0.8, True), Audit({}, 0.79, False)
GAINS = {"better": 0.1, "equal": 0.0, "worse": -0.1}


def moved(by, people=EVERYBODY, start=RULES):
    """The same people, some of them by so much better."""
    return {who: value + (by if who in people else 0.0) for who, value in start.items()}


@pytest.mark.parametrize("rules", GAINS)
@pytest.mark.parametrize("serving", [None, *GAINS])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("fair", [None, FAIR, UNFAIR])
def test_every_case(rules, serving, behind, fair):
    """Accepted only where nothing stands against it, and everything that does is told, in one order."""
    gain = GAINS[rules]
    # Where one half is behind, the other gains what it loses: the mean stays.
    learned = moved(gain - 0.3, range(30), moved(gain + 0.3, range(30, 60))) if behind else moved(gain)
    verdict = judge(
        learned,
        RULES,
        serving=None if serving is None else moved(-GAINS[serving], start=learned),
        attributes=HALVES if behind else None,
        audit=fair,
    )

    said = []
    if serving == "worse":
        said.append("; worse than the model that serves: AUC -0.1000")
    if behind:
        said.append("; worse than the rules for sex: f")
    if behind and serving == "worse":
        # What serves is better by as much for everybody.
        said.append("; worse than the model that serves for sex: f, sex: m")
    if fair is UNFAIR:
        said.append("; impact ratio 0.79, at least 0.80 needed")
    assert verdict.gain == pytest.approx(gain, abs=1e-12)
    assert verdict.reason.startswith("beats the" if rules == "better" else "does not beat the")
    assert verdict.reason.partition(f" to {verdict.high:+.4f}")[2] == "".join(said)
    assert verdict.accepted is (rules == "better" and not said)


@pytest.mark.parametrize("count", [0, 1, FEWEST_PEOPLE - 1])
@pytest.mark.parametrize("gain", [0.3, -0.3])
def test_few_people_say_nothing_whatever_they_say(count, gain):
    some = dict.fromkeys(range(count), 0.5)
    verdict = judge(moved(gain, range(count), some), some, serving=some, attributes=HALVES, audit=UNFAIR)

    assert verdict.reason == f"{count} held-out people, at least 20 needed"
    assert (verdict.accepted, verdict.people, verdict.gain, verdict.groups) == (False, count, None, {})


def test_people_whom_one_of_both_has_not_judged_do_not_count():
    learned = dict.fromkeys(range(0, 60, 2), 0.9)
    baseline = dict.fromkeys(range(0, 60, 3), 0.6)
    verdict = judge(learned, baseline)

    assert verdict.people == 10
    assert not verdict.accepted
    wide = judge(learned, dict.fromkeys(range(40), 0.6))
    assert (wide.people, wide.accepted) == (20, True)


def test_a_serving_model_that_judged_nobody_here_is_no_rival():
    verdict = judge(moved(0.1), RULES, serving={999: 1.0})

    assert verdict.accepted
    assert "serves" not in verdict.reason


def test_only_the_people_of_both_decide_against_what_serves():
    """Where the serving model was judged too, it is better; elsewhere it is not known."""
    serving = dict.fromkeys(range(25), 0.9)

    assert not judge(moved(0.1), RULES, serving=serving).accepted
    assert judge(moved(0.1), RULES, serving=dict.fromkeys(range(25), 0.7)).accepted


@pytest.mark.parametrize("size", [0, FEWEST_PEOPLE - 1, FEWEST_PEOPLE, 30])
@pytest.mark.parametrize("loss", [-0.2, 0.0, 0.2])
def test_a_group_decides_from_twenty_people_on(size, loss):
    groups = {"origin": {who: "far" if who < size else "near" for who in EVERYBODY}}
    learned = moved(loss, range(size), moved(0.3, range(size, 60)))
    verdict = judge(learned, RULES, attributes=groups)
    counted = size >= FEWEST_PEOPLE

    assert ("origin: far" in verdict.groups) is counted
    assert verdict.accepted is not (counted and loss < 0)
    assert ("worse than the rules for origin: far" in verdict.reason) is (counted and loss < 0)
    if counted:
        assert verdict.groups["origin: far"]["gain"] == pytest.approx(loss)


def test_a_group_is_counted_by_those_whom_both_have_judged():
    baseline = {who: 0.6 for who in EVERYBODY if who >= 8}
    verdict = judge(moved(0.1), baseline, attributes=HALVES)

    assert {name: row["people"] for name, row in verdict.groups.items()} == {"sex: f": 22, "sex: m": 30}
    fewer = {who: 0.6 for who in EVERYBODY if who >= 11}
    assert set(judge(moved(0.1), fewer, attributes=HALVES).groups) == {"sex: m"}


def test_everybody_behind_is_told_in_order_and_unsure_losses_are_not():
    groups = {
        "sex": HALVES["sex"],
        "origin": {who: who % 2 for who in EVERYBODY},
        "year": dict.fromkeys(EVERYBODY, 2026),
    }
    learned = {who: (0.5 if who < 30 else 0.55) - 0.01 * (who % 3) for who in EVERYBODY}
    verdict = judge(learned, RULES, attributes=groups)

    assert verdict.reason.endswith(
        "; worse than the rules for origin: 0, origin: 1, sex: f, sex: m and 1 more"
    )
    unsure = {who: 0.6 + (0.2 if who % 2 else -0.201) for who in EVERYBODY}
    assert "worse" not in judge(unsure, RULES, attributes={"sex": HALVES["sex"]}).reason
    assert judge(unsure, RULES, attributes={"sex": HALVES["sex"]}).groups["sex: f"]["gain"] < 0


def test_people_outside_all_groups_are_judged_with_everybody_alone():
    half = {"sex": dict.fromkeys(range(25), "f")}
    verdict = judge(moved(0.1), RULES, attributes=half)

    assert verdict.people == 60
    assert {name: row["people"] for name, row in verdict.groups.items()} == {"sex: f": 25}


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_the_interval_is_given_by_its_seed(seed):
    learned = {who: 0.6 + 0.01 * (who % 7) for who in EVERYBODY}
    one, other = judge(learned, RULES, seed=seed), judge(learned, RULES, seed=seed + 1)

    assert one == judge(learned, RULES, seed=seed)
    assert one.gain == other.gain
    assert (one.low, one.high) != (other.low, other.high)
    assert one.low < one.gain < one.high


def test_one_lucky_person_is_not_enough():
    """A gain that one in sixty makes is gone in a third of all draws."""
    learned = moved(0.4, {5})

    assert judge(learned, RULES).low == 0.0
    assert not judge(learned, RULES).accepted
    assert judge(moved(0.4, range(8)), RULES).accepted


@pytest.mark.parametrize(
    ("chosen", "worst", "passed"),
    [(30, 1.0, True), (24, 0.8, True), (23, 23 / 30, False), (0, 0.0, False)],
)
def test_four_fifths_is_met_exactly_or_not(chosen, worst, passed):
    found = audit([[*range(30, 60), *range(chosen)]], HALVES, first=60)

    assert (found.worst, found.passed) == (pytest.approx(worst), passed)
    assert judge(moved(0.1), RULES, attributes=HALVES, audit=found).accepted is passed


def shift(high, ours=0.5, *, counts=True):
    return Shift(30, ours, 0.9, -0.6, high, counts)


@pytest.mark.parametrize(
    ("wide", "few", "named"),
    [
        ({}, {}, None),
        ({"a: x": shift(0.0)}, {"a: x": shift(0.0)}, None),
        ({"a: x": shift(-0.1, 0.8)}, {}, None),
        ({"a: x": shift(-0.1, counts=False)}, {}, None),
        ({"a: x": shift(-0.1)}, {}, "a: x"),
        ({}, {"a: x": shift(-0.1)}, "a: x"),
        ({"a: x": shift(-0.1)}, {"a: x": shift(-0.1), "b: y": shift(-0.1)}, "a: x, b: y"),
        ({f"a: {name}": shift(-0.1) for name in "abcdef"}, {}, "a: a, a: b, a: c, a: d and 2 more"),
    ],
)
def test_a_group_that_is_surely_passed_over_more_often_refuses(wide, few, named):
    verdict = judge(moved(0.1), RULES, shifts=(wide, few))
    said = "" if named is None else f"; impact ratio under 0.80 and under that of the rules for {named}"

    assert verdict.accepted is (named is None)
    assert verdict.reason.endswith(f"to {verdict.high:+.4f}{said}")


@pytest.mark.parametrize("gain", [-0.1, 0.0, 0.1])
def test_no_group_may_be_worse_off_than_with_the_model_that_serves(gain):
    """Everybody together gains: what one half loses against the serving model is not outweighed."""
    serving = moved(0.1)
    learned = moved(gain, range(30), moved(0.3, range(30, 60), serving))
    verdict = judge(learned, RULES, serving=serving, attributes=HALVES)

    assert verdict.accepted is (gain >= 0)
    assert ("; worse than the model that serves for sex: f" in verdict.reason) is (gain < 0)
    assert judge(learned, RULES, serving=serving).accepted
