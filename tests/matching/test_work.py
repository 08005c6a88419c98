"""What the work is: occupations in their tree, titles, headlines and texts, by hand over the whole range."""

from math import sqrt

import numpy as np
import pytest

from matching.features import meaning
from matching.features.arrays import Pairs
from matching.features.registry import REGISTRY, extract
from tests.matching.builders import position, student

TREES = {
    "occupation": "wanted_occupations",
    "major_occupation": "major_occupations",
    "past_occupation": "past_occupations",
}


def value(name, one, other):
    found = extract(Pairs([student(**one)], [position(**other)]), [name])[0, 0, 0]
    return None if np.isnan(found) else pytest.approx(float(found), abs=1e-9)


@pytest.mark.parametrize("name", TREES)
@pytest.mark.parametrize(
    ("codes", "offered", "expected"),
    [
        (("2-02-10-03",), "2-02-10-03", 1.0),
        (("2-02-10-04",), "2-02-10-03", 0.75),
        (("2-02-11-03",), "2-02-10-03", 0.5),
        (("2-03-10-03",), "2-02-10-03", 0.25),
        (("3-02-10-03",), "2-02-10-03", 0.0),
        # Levels are whole numbers: 2-0 and 22 are no beginnings of 2-02.
        (("2-0",), "2-02-10-03", 0.25),
        (("22-02-10-03",), "2-02-10-03", 0.0),
        # A wish for a whole group is worth the levels it names, and the same group is the same.
        (("2",), "2-02-10-03", 0.25),
        (("2-02",), "2-02-10-03", 0.5),
        (("2-02-10",), "2-02-10-03", 0.75),
        (("2-02-10",), "2-02-10", 1.0),
        (("2",), "2", 1.0),
        (("2-02-10-03",), "2-02", 0.5),
        # The nearest of several, blank ones left out.
        (("6-18-01-01", "2-02-31-01", "2-09-01-01"), "2-02-10-03", 0.5),
        (("", "2-02-10-03"), "2-02-10-03", 1.0),
        ((), "2-02-10-03", None),
        (("",), "2-02-10-03", None),
        (("2-02-10-03",), "", None),
    ],
)
def test_levels_of_the_tree_shared(name, codes, offered, expected):
    assert value(name, {TREES[name]: codes}, {"occupation_code": offered}) == expected


@pytest.mark.parametrize("name", TREES)
def test_each_tree_reads_its_own_codes_alone(name):
    others = {field: ("2-02-10-03",) for feature, field in TREES.items() if feature != name}

    assert value(name, {"wanted_occupations": (), **others}, {"occupation_code": "2-02-10-03"}) is None


@pytest.mark.parametrize(
    ("headlines", "title", "expected"),
    [
        (("abcd",), "abcd", 1.0),
        (("wxyz", "abcd"), "abcd", 1.0),
        (("abxy", "wxyz"), "abcd", 1 / 3),
        (("abcde",), "abc", 2 / sqrt(8)),
        (("wxyz",), "abcd", 0.0),
        # What is protected or blank is no headline and no title.
        (("",), "abcd", None),
        (("女", "  "), "abcd", None),
        (("女", "abcd"), "abcd", 1.0),
        ((), "abcd", None),
        (("abcd",), "", None),
        (("abcd",), "（女）", None),
        # One character holds no pair of characters: alike nothing, but not missing.
        (("a",), "abcd", 0.0),
    ],
)
def test_the_nearest_headline(headlines, title, expected):
    assert value("headline_similarity", {"headlines": headlines}, {"title": title}) == expected


@pytest.mark.parametrize("name", ["title_similarity", "text_similarity"])
@pytest.mark.parametrize(
    ("text", "offered", "expected"),
    [
        ("程序员", "程序员", 1.0),
        ("程序员，男", "程序员", 1.0),
        ("程序员", "程序员（限女生）", 2 / sqrt(2 * 4)),
        ("PYTHON", "python", 1.0),
        ("a", "a", 0.0),
        ("22岁", "程序员", None),
        ("程序员", "未婚", None),
    ],
)
def test_texts_are_compared_without_what_is_protected(name, text, offered, expected):
    other = {"title": offered, "text": offered}

    assert value(name, {"text": text}, other) == expected


def test_the_title_is_read_for_the_title_and_the_description_for_the_description():
    other = {"title": "焊接工", "text": "会计核算"}

    assert value("title_similarity", {"text": "焊接工"}, other) == 1.0
    assert value("text_similarity", {"text": "焊接工"}, other) == 0.0
    assert value("text_similarity", {"text": "会计核算"}, other) == 1.0


def leaning(cosine):
    """An encoder for which every text that starts with “other” stands at this cosine to the rest."""

    def encode(texts):
        found = np.zeros((len(texts), meaning.WIDTH), dtype=np.float32)
        for place, text in enumerate(texts):
            turned = cosine if text.startswith("other") else 1.0
            # Spread over many numbers: one number of a byte holds no more than 0.35.
            found[place, :100] = turned / 10
            found[place, 100:200] = sqrt(1 - turned**2) / 10
        return found

    return encode


@pytest.mark.parametrize(
    ("cosine", "expected"),
    [(-1.0, 0.0), (0.0, 0.0), (0.1, 0.0), (0.3, 0.25), (0.5, 0.5), (0.9, 1.0), (1.0, 1.0)],
)
def test_cosines_are_stretched_from_unrelated_to_the_same(cosine, expected):
    meaning.use(leaning(cosine))
    one = student(text="other work", headlines=("other work",))
    names = ("meaning", "headline_meaning")
    values = extract(Pairs([one], [position(title="this work")]), names)[0, 0]

    assert values.tolist() == pytest.approx([expected, expected], abs=0.02)


def test_blank_or_protected_headlines_mean_nothing():
    values = extract(
        Pairs(
            [
                student(id=1, headlines=("", "女")),
                student(id=2, headlines=()),
                student(id=3, headlines=("女", "焊接工")),
            ],
            [position(title="焊接工")],
        ),
        ("headline_meaning",),
    )[:, 0, 0]

    assert np.isnan(values).tolist() == [True, True, False]
    assert values[2] == 1.0


def test_the_rough_description_is_left_out():
    """Descriptions are long: finding candidates does without them, ranking does not."""
    pairs = Pairs([student()], [position()])

    assert np.isnan(REGISTRY["text_similarity"].rough(pairs).filled(pairs.shape)).all()
    assert REGISTRY["text_similarity"].compute(pairs).filled(pairs.shape)[0, 0] > 0.5


@pytest.mark.parametrize(
    "name", [n for n in REGISTRY if n not in {"text_similarity", "meaning", "headline_meaning"}]
)
def test_every_other_feature_is_exact_when_candidates_are_found(name):
    assert REGISTRY[name].rough is REGISTRY[name].compute
