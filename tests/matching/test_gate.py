"""Who may serve."""

import pytest

from matching.evaluation.audit import audit
from matching.evaluation.gate import FEWEST_PEOPLE, Verdict, judge


def people(value, count=40):
    return dict.fromkeys(range(count), value)


def test_a_sure_gain_is_accepted():
    verdict = judge(people(0.7), people(0.6))

    assert verdict.accepted
    assert (verdict.gain, verdict.low, verdict.high) == (pytest.approx(0.1),) * 3
    assert verdict.reason == (
        "beats the weighted rules on 40 held-out people: AUC +0.1000, 95 % interval +0.1000 to +0.1000"
    )


@pytest.mark.parametrize("learned", [0.6, 0.5])
def test_equal_or_worse_is_refused(learned):
    verdict = judge(people(learned), people(0.6))

    assert not verdict.accepted
    assert verdict.reason.startswith("does not beat the weighted rules on 40 held-out people")


def test_a_gain_within_the_interval_is_refused():
    learned = {who: 0.6 + (0.3 if who % 2 else -0.28) for who in range(40)}
    verdict = judge(learned, people(0.6))

    assert verdict.gain == pytest.approx(0.01)
    assert verdict.low < 0 < verdict.high
    assert not verdict.accepted


def test_differences_are_paired_within_people():
    """People differ far more than the two rankers do: unpaired intervals would overlap."""
    baseline = {who: who / 40 for who in range(40)}
    learned = {who: value + 0.01 for who, value in baseline.items()}

    assert judge(learned, baseline).accepted


def test_too_few_people_are_refused():
    few = FEWEST_PEOPLE - 1

    assert judge(people(0.9, few), people(0.1, few)) == Verdict(
        False, "19 held-out people, at least 20 needed", 19
    )
    assert judge(people(0.9, FEWEST_PEOPLE), people(0.1, FEWEST_PEOPLE)).accepted


def test_only_people_judged_by_both_count():
    assert judge(people(0.9, 30), {}).people == 0
    assert judge({}, {}).accepted is False


SEXES = {"sex": {who: "f" if who < 30 else "m" for who in range(60)}}


def test_a_model_that_leaves_a_group_behind_is_refused():
    learned = {who: 0.5 if who < 30 else 0.9 for who in range(60)}
    verdict = judge(learned, people(0.6, 60), attributes=SEXES)

    assert judge(learned, people(0.6, 60)).accepted
    assert not verdict.accepted
    assert verdict.reason.endswith("; worse than the rules for sex: f")
    assert verdict.groups == {
        "sex: f": {
            "people": 30,
            "gain": pytest.approx(-0.1),
            "low": pytest.approx(-0.1),
            "high": pytest.approx(-0.1),
        },
        "sex: m": {
            "people": 30,
            "gain": pytest.approx(0.3),
            "low": pytest.approx(0.3),
            "high": pytest.approx(0.3),
        },
    }


def test_groups_too_small_to_judge_and_small_losses_do_not_decide():
    few = {"sex": {who: "f" if who < 19 else "m" for who in range(60)}}
    learned = {who: 0.5 if who < 19 else 0.9 for who in range(60)}

    assert list(judge(learned, people(0.6, 60), attributes=few).groups) == ["sex: m"]
    unsure = {who: 0.9 if who >= 30 else (0.55 if who % 2 else 0.64) for who in range(60)}
    assert judge(unsure, people(0.6, 60), attributes=SEXES).accepted


@pytest.mark.parametrize(("serving", "accepted"), [(0.6, True), (0.7, True), (0.75, False), (None, True)])
def test_a_model_worse_than_the_one_that_serves_is_refused(serving, accepted):
    verdict = judge(people(0.7), people(0.6), serving=None if serving is None else people(serving))

    assert verdict.accepted is accepted
    assert ("worse than the model that serves: AUC -0.0500" in verdict.reason) is not accepted


@pytest.mark.parametrize(("first", "accepted"), [(24, True), (23, False)])
def test_a_model_below_four_fifths_is_refused(first, accepted):
    """Thirty of one group are always chosen, of the other 24 or 23."""
    ranking = [*range(30, 60), *range(first)]
    report = audit([ranking], SEXES, first=60)
    verdict = judge(people(0.7, 60), people(0.6, 60), attributes=SEXES, audit=report)

    assert verdict.accepted is accepted
    assert ("; impact ratio 0.77, at least 0.80 needed" in verdict.reason) is not accepted
