"""Contributions in words: they add up for any ranker, and private wishes stay unread."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import explain
from matching.explain import differences, for_recruiter, to_match
from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.baseline import Baseline
from matching.rankers.surface import Surface
from matching.types import Difference, Match, Reason
from tests.matching.builders import position, student
from tests.matching.models import DAY, NAMES, RANKERS, flat, trained
from tests.matching.worlds import DAYS, POSITIONS, STUDENTS, WIDE, world

PRIVATE = {"commute", "kind", "mutual_interest", "place", "salary", "salary_overlap", "salary_sure"}


def matched(ranker, one, other, on=DAY):
    return to_match(ranker, one, other, extract(Pairs([one], [other], on), ranker.features)[0, 0])


def total(match):
    return sum(reason.contribution for reason in match.reasons)


@pytest.mark.parametrize("kind", RANKERS)
def test_reasons_add_up_for_hundreds_of_pairs(kind):
    ranker = RANKERS[kind]()
    people, offers = world(16, 16, seed=21)
    values = extract(Pairs(people, offers, DAY), ranker.features)
    for i, one in enumerate(people):
        for j, other in enumerate(offers):
            match = to_match(ranker, one, other, values[i, j])
            names = [reason.feature for reason in match.reasons]

            assert abs(total(match) - match.score) < 1e-9
            assert 0.0 <= match.score <= 1.0
            assert (match.student_id, match.position_id, match.model) == (one.id, other.id, ranker.name)
            assert len(set(names)) == len(names) == len(NAMES) + len(ranker.pairs) + 1
            assert names[-1] == "base"
            assert abs(total(for_recruiter(match)) - match.score) < 1e-9


@WIDE
@given(STUDENTS, POSITIONS, st.sampled_from(DAYS))
def test_reasons_add_up_for_any_pair(one, other, on):
    for make in RANKERS.values():
        match = matched(make(), one, other, on)

        assert abs(total(match) - match.score) < 1e-9
        assert all(reason.zh and reason.en for reason in match.reasons)


@pytest.mark.parametrize(
    ("base", "high", "score"), [(0.5, 0.25, 0.75), (0.9, 0.5, 1.0), (0.1, -0.5, 0.0), (0.0, 0.0, 0.0)]
)
def test_a_score_beyond_its_bounds_is_cut_there(base, high, score):
    match = matched(flat({"kind": (0.0, high, 0.0)}, base=base), student(), position())

    assert match.score == pytest.approx(score, abs=1e-12)


def test_the_strongest_reasons_come_first_whatever_their_sign_and_equal_ones_by_name():
    ranker = flat(
        {"place": (0, 0.1, 0), "kind": (0, -0.2, 0), "salary": (0, 0.1, 0), "education": (0.3, 0, 0)}
    )
    match = matched(ranker, student(education="secondary"), position(education="master"))

    assert [r.feature for r in match.reasons[:4]] == ["education", "kind", "place", "salary"]
    assert [r.feature for r in match.reasons[4:-1]] == sorted(
        set(NAMES) - {"education", "kind", "place", "salary"}
    )
    assert match.reasons[-1] == Reason("base", 0.5, "基准分", "Starting score")
    assert [r.feature for r in match.why()] == ["education", "place", "salary"]
    assert [r.feature for r in match.why_not()] == ["kind"]


@pytest.mark.parametrize(
    ("worth", "for_it", "against"), [(2e-6, 1, 0), (5e-7, 0, 0), (-5e-7, 0, 0), (-2e-6, 0, 1)]
)
def test_a_term_too_small_to_see_is_no_reason(worth, for_it, against):
    match = Match(1, 2, 0.5, (Reason("place", worth, "", ""), Reason("base", 0.5, "", "")), "m")

    assert (len(match.why()), len(match.why_not())) == (for_it, against)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("heights", "value", "zh", "en"),
    [
        # The ranker likes what reads poorly, or dislikes what reads well.
        ((0.1, -0.1, 0.0), 1.0, "{}：在此略减分", "{}: counts against it here"),
        ((0.1, -0.1, 0.0), 0.0, "{}：在此略加分", "{}: counts for it here"),
        ((0.0, 0.1, 0.2), np.nan, "{}：资料不足，在此略加分", "{}: not given, counts for it here"),
        ((0.0, 0.1, -0.2), np.nan, "{}：资料不足，在此略减分", "{}: not given, counts against it here"),
        ((0.0, 0.1, 0.0), np.nan, "{}：资料不足，按中性计", "{}: not given, counted as neutral"),
    ],
)
def test_both_languages_say_where_a_curve_goes_the_other_way(name, heights, value, zh, en):
    values = np.full(len(NAMES), value)
    found = {r.feature: r for r in to_match(flat({name: heights}), student(), position(), values).reasons}[
        name
    ]
    label = REGISTRY[name].label

    assert (found.zh, found.en) == (zh.format(label[0]), en.format(label[1]))


@pytest.mark.parametrize(
    ("first", "second", "zh", "en"),
    [
        (1.0, 0.5, "{}与{}同时符合", "{} and {} fit together"),
        (0.49, 1.0, "{}与{}未能同时符合", "{} and {} do not fit together"),
        (0.0, 0.0, "{}与{}未能同时符合", "{} and {} do not fit together"),
        (np.nan, 1.0, "{}与{}：资料不足，按中性计", "{} and {} together: not given, counted as neutral"),
        (0.0, np.nan, "{}与{}：资料不足，按中性计", "{} and {} together: not given, counted as neutral"),
    ],
)
@pytest.mark.parametrize(
    "couple", [("occupation", "place"), ("education", "major"), ("salary", "experience")]
)
def test_two_features_at_once_in_both_languages(couple, first, second, zh, en):
    places = [NAMES.index(name) for name in couple]
    ranker = flat({}, surfaces=[Surface(*places, (0.0, 1.0), (0.0, 1.0), ((0.2,),), 0.1)])
    values = np.full(len(NAMES), np.nan)
    values[places] = first, second
    match = to_match(ranker, student(), position(), values)
    found = next(r for r in match.reasons if r.feature == " × ".join(couple))
    labels = [REGISTRY[name].label for name in couple]

    assert found.zh == zh.format(*(label[0] for label in labels))
    assert found.en == en.format(*(label[1] for label in labels))
    known = 0.0 if np.isnan(first * second) else 0.2 * first * second - 0.1
    assert found.contribution == pytest.approx(known, abs=1e-12)


@pytest.mark.parametrize("kind", RANKERS)
def test_a_comparison_sums_to_the_difference_and_turned_round_to_the_opposite(kind):
    ranker = RANKERS[kind]()
    people, offers = world(3, 8, seed=31)
    for one in people:
        for a, b in pairwise(offers):
            left, right = matched(ranker, one, a), matched(ranker, one, b)
            there, back = differences(left, right), differences(right, left)

            assert abs(sum(d.delta for d in there) - (left.score - right.score)) < 1e-9
            assert {d.feature: d.delta for d in there} == {d.feature: -d.delta for d in back}
            assert [abs(d.delta) for d in there] == sorted((abs(d.delta) for d in there), reverse=True)
            assert all(d.zh and d.en for d in there)


def test_a_comparison_names_terms_by_their_labels():
    a = Match(
        1,
        1,
        0.5,
        (Reason("place", 0.1, "", ""), Reason("occupation × kind", 0.2, "", ""), Reason("x", 0.3, "", "")),
        "m",
    )
    b = replace(a, reasons=tuple(replace(reason, contribution=0.0) for reason in a.reasons))

    assert differences(a, b) == [
        Difference("x", "其他", "Other", 0.3, 0.0),
        Difference("occupation × kind", "职业意向与职位类型", "Occupation and Kind", 0.2, 0.0),
        Difference("place", "工作地点", "Place", 0.1, 0.0),
    ]
    assert differences(a, a) == []


@pytest.mark.parametrize("kind", RANKERS)
def test_recruiters_get_one_sum_for_all_that_is_private(kind):
    people, offers = world(8, 8, seed=41)
    for one, other in zip(people, offers, strict=True):
        own = matched(RANKERS[kind](), one, other)
        seen = for_recruiter(own)
        private = [r for r in own.reasons if PRIVATE & set(r.feature.split(" × "))]
        wishes = [r for r in seen.reasons if r.feature == "wishes"]

        assert [r.feature for r in seen.reasons if PRIVATE & set(r.feature.split(" × "))] == []
        assert len(private) >= len(PRIVATE)
        assert len(wishes) == 1
        assert wishes[0].contribution == pytest.approx(sum(r.contribution for r in private), abs=1e-12)
        assert set(own.reasons) - set(private) == set(seen.reasons) - set(wishes)
        assert replace(seen, reasons=()) == replace(own, reasons=())


@pytest.mark.parametrize(
    ("worth", "en"),
    [
        (0.1, "Taken together, the position meets the wishes"),
        (0.0, "Taken together, the position meets the wishes"),
        (-0.1, "Taken together, the position is some way from the wishes"),
    ],
)
@pytest.mark.parametrize("name", sorted(PRIVATE))
def test_the_one_sum_reads_the_same_whichever_wish_moved_it(name, worth, en):
    ranker = flat({name: (worth, worth, worth)})
    wishes = next(
        r for r in for_recruiter(matched(ranker, student(), position())).reasons if r.feature == "wishes"
    )

    assert wishes.en == en
    assert wishes.contribution == pytest.approx(worth, abs=1e-12)


def test_what_is_private_is_what_the_sentences_call_so():
    """A feature about pay, place or whom somebody follows that is added later must be kept from recruiters too."""
    words = ("salary", "pay", "place", "way to work", "wish", "kind of work")
    speaks = {
        name
        for name, one in REGISTRY.items()
        if any(word in " ".join((*one.label, *one.good, *one.poor)).lower() for word in words)
    }

    # Skills “wished” are the company's.
    assert speaks - {"skills_wanted"} <= explain._WISHES == PRIVATE <= set(REGISTRY)


def test_the_trained_ranker_has_terms_of_every_kind():
    """The control of the tests above: missing values count for something, and surfaces do."""
    ranker = trained()

    assert len(ranker.pairs) == 2
    assert any(abs(height) > 1e-3 for height in ranker.missing)
    assert all(high > low for low, high in map(ranker.pair_bounds, range(2)))
    assert Baseline().pairs == ()
