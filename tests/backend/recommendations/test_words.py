"""Reasons in words and points: the largest fractions get the rest, so that the sum is what the page says."""

import pytest
from django.utils import translation

import matching.types as plain
from backend.recommendations.queries import against, points, reasons_for, sentences
from backend.recommendations.queries.words import Line, rounded

MATCH = plain.Match(
    1,
    2,
    0.62,
    (
        plain.Reason("skills_covered", 0.2, "技能够", "Skills there"),
        plain.Reason("salary", -0.08, "薪资低", "Pay below"),
        plain.Reason("freshness", 0.0, "新", "New"),
        plain.Reason("base", 0.5, "基准分", "Starting score"),
    ),
    "m",
)


@pytest.mark.parametrize(
    ("values", "tenths"),
    [
        ([0.1234, 0.2345], [123, 235]),
        ([0.0004, 0.0004, 0.0004], [1]),
        ([0.00049, 0.00049], [1]),
        ([-0.0006, 0.5], [-1, 500]),
        ([-0.0006, -0.0006, 1.0], [-1, 1000]),
        ([1 / 3, 1 / 3, 1 / 3], [334, 333, 333]),
        ([], []),
    ],
)
def test_tenths_sum_to_the_rounded_total(values, tenths):
    found = [line.tenths for line in rounded([(str(i), value) for i, value in enumerate(values)])]
    assert (found, sum(found)) == (tenths, round(sum(values) * 1000))


@pytest.mark.parametrize(("tenths", "text"), [(125, "+12.5"), (-3, "−0.3"), (1000, "+100.0"), (0, "+0.0")])
def test_points_carry_their_sign(tenths, text):
    assert Line("", tenths).points == text


@pytest.mark.parametrize(
    ("language", "good", "poor", "base"),
    [("zh-hans", "技能够", "薪资低", "基准分"), ("en", "Skills there", "Pay below", "Starting score")],
)
def test_words_follow_the_reader(language, good, poor, base):
    with translation.override(language):
        assert sentences(MATCH) == [(good, 0.2), (poor, -0.08)]
        assert (reasons_for(MATCH, 3), against(MATCH, 3)) == ([good], [poor])
        assert points(MATCH) == [Line(good, 200), Line(poor, -80), Line(base, 500)]


def test_only_as_many_reasons_as_asked():
    assert (reasons_for(MATCH, 0), against(MATCH, 0)) == ([], [])
