"""Who may serve."""

import pytest

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
