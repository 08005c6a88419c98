"""Every feature: values worked out by hand, bounds, words."""

from datetime import date
from math import sqrt

import numpy as np
import pytest

from matching import api
from matching.features.arrays import Pairs
from matching.features.protected import readable
from matching.features.registry import REGISTRY, extract, feature
from matching.types import KINDS
from tests.matching.builders import position, student
from tests.matching.simulated import by_nothing, interactions


def value(name, one, other, on=None):
    found = extract(Pairs([one], [other], on), [name])[0, 0, 0]
    return None if np.isnan(found) else round(float(found), 9)


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        ("abcd", "abcd", 1.0),
        ("abcd", "abxy", round(1 / 3, 9)),
        ("abc", "abcde", round(2 / sqrt(2 * 4), 9)),
        ("abcd", "wxyz", 0.0),
        ("ABCD", "abcd", 1.0),
        ("  ", "abcd", None),
        ("abcd", "", None),
        ("ab\n cd", "ab  cd", 1.0),
    ],
)
def test_similarities_are_cosines_of_bigrams(text, title, expected):
    assert value("title_similarity", student(text=text), position(title=title)) == expected
    assert value("text_similarity", student(text=text), position(text=title)) == expected


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        ((), ("a", "b"), 0.0),
        (("A", "b "), ("a", "b"), 0.4),
        (("a", "a"), ("a",), 0.2),
        (tuple("abcdefg"), tuple("abcdefg"), 1.0),
        (("a",), (), None),
    ],
)
def test_skills_shared(held, asked, expected):
    assert value("skills_shared", student(skills=held), position(skills=asked)) == expected


@pytest.mark.parametrize(
    ("code", "majors", "expected"),
    [
        ("510203", ("510203",), 1.0),
        ("510203", ("510299",), 1.0),
        ("510203", ("519999",), 0.5),
        ("510203", ("530302",), 0.0),
        ("510203", ("530302", "5102"), 1.0),
        ("510203", ("软件技术",), None),
        ("510203", (), None),
        ("", ("510203",), None),
    ],
)
def test_major_family(code, majors, expected):
    assert value("major_family", student(major_code=code), position(majors=majors)) == expected


@pytest.mark.parametrize(
    ("held", "asked", "expected"),
    [
        (("电工证",), ("电工证", "CAD"), 1.0),
        (("电工证",), ("焊工证",), 0.0),
        ((), ("焊工证",), 0.0),
        (("电工证",), (), None),
    ],
)
def test_certificates(held, asked, expected):
    assert value("certificates", student(certificates=held), position(skills=asked)) == expected


@pytest.mark.parametrize(
    ("own", "majors", "expected"),
    [("软件技术", ("软件技术",), 1.0), ("会计", ("510203",), 1.0), ("软件技术", (), None)],
)
def test_major_by_name_or_code(own, majors, expected):
    assert value("major", student(major=own), position(majors=majors)) == expected


@pytest.mark.parametrize(
    ("low", "high", "expected", "sure"),
    [
        (6000, 8000, 1.0, 1.0),
        (4000, None, round(1 / 3, 9), round(2 / 3, 9)),
        (None, 3000, 0.0, None),
        (None, None, None, None),
        (0, 0, 0.0, 0.0),
    ],
)
def test_pay_against_a_wish_of_six_thousand(low, high, expected, sure):
    offer = position(salary_min=low, salary_max=high)

    assert value("salary", student(), offer) == expected
    assert value("salary_sure", student(), offer) == sure


@pytest.mark.parametrize(
    ("on", "published", "expected"),
    [
        (date(2026, 5, 1), date(2026, 5, 1), 1.0),
        (date(2026, 5, 31), date(2026, 5, 1), round(2 / 3, 9)),
        (date(2026, 12, 1), date(2026, 5, 1), 0.0),
        (date(2026, 4, 1), date(2026, 5, 1), 1.0),
        (None, date(2026, 5, 1), None),
        (date(2026, 5, 1), None, None),
    ],
)
def test_freshness(on, published, expected):
    assert value("freshness", student(), position(published_on=published), on) == expected


@pytest.mark.parametrize(
    ("name", "one", "other", "expected"),
    [
        ("occupation", {}, {}, 1.0),
        ("occupation", {"wanted_occupations": ("2-09-10-03",)}, {}, 0.25),
        ("occupation", {"wanted_occupations": ("6-02-10-03",)}, {}, 0.0),
        ("occupation", {"wanted_occupations": ("6-31-01-05", "2-02-11-01")}, {}, 0.5),
        ("education", {"education": "secondary"}, {}, 0.2),
        ("education", {"education": "secondary"}, {"education": "master"}, 0.0),
        ("education", {"education": "any"}, {"education": "any"}, 1.0),
        ("experience", {"experience_months": 0}, {"experience_months": 0}, 1.0),
        ("experience", {"experience_months": 3}, {"experience_months": 12}, 0.25),
        ("place", {}, {"city_code": "420100"}, 1.0),
        ("place", {"wanted_cities": ("110000",)}, {}, 0.0),
        ("place", {"wanted_cities": ()}, {}, None),
        ("kind", {}, {}, 1.0),
        ("kind", {"wanted_kinds": KINDS}, {"kind": ""}, None),
        ("availability", {"available_from": None}, {}, None),
        ("availability", {"available_from": date(2027, 7, 1)}, {}, 0.0),
        ("competition", {}, {"openings": 1, "applicants": 9}, 0.1),
        ("competition", {}, {"openings": 1, "applicants": 0}, 1.0),
    ],
)
def test_other_values(name, one, other, expected):
    assert value(name, student(**one), position(**other)) == expected


def test_all_values_lie_between_zero_and_one():
    rows = interactions(by_nothing, people=30)
    values = extract(Pairs([row.student for row in rows], rows[0].shown, date(2026, 5, 9)), tuple(REGISTRY))

    assert values.shape == (30, 12, len(REGISTRY))
    assert np.nanmin(values) >= 0.0
    assert np.nanmax(values) <= 1.0


def test_every_feature_explains_itself_to_both_readers():
    for one in REGISTRY.values():
        assert "missing" in (one.compute.__doc__ or "").lower(), one.name
        assert one.weight > 0
        for number in (0.0, 1.0, float("nan")):
            zh, en = one.words(number)
            assert zh
            assert en
            # The same sentence is read by the student and by the recruiter.
            assert "你" not in zh
            assert not {"you", "your"} & set(en.lower().split())
        assert one.words(0.2) == one.poor
        assert one.words(0.5) == one.good


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="feature salary is registered twice"):
        feature(1.0, ("", ""), ("", ""), ("", ""))(REGISTRY["salary"].compute)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("性别：女，会 CAD", "会 CAD"),
        ("女生，2004年5月出生，22岁", ""),
        ("汉族 未婚 户籍：湖北武汉。焊工", "焊工"),
        ("00后，维吾尔族，残疾人", ""),
        ("a married woman, 23 years old, likes Go", "a likes Go"),
        ("Python 程序员", "Python 程序员"),
        ("human resources, management; C++/C#、.NET", "human resources management C++ C# .NET"),
    ],
)
def test_protected_words_are_not_read(text, left):
    assert readable(text) == left


def test_no_flip_changes_any_of_ten_thousand_pairs():
    """Sex, age, people, marriage, household and disability told in the resume, each flipped."""
    told = "性别：{}，{}族，{}岁，{}，户籍：{}，{}。a {}. 会 Python 和数据库，{}"
    one_way = ("男", "汉", "22", "未婚", "湖北武汉", "", "man", "焊接")
    other_way = ("女", "维吾尔", "35", "已婚已育", "新疆喀什", "残疾人", "disabled woman", "焊接")
    rows = interactions(by_nothing, people=100)
    offers = [
        position(id=n, text=f"{n} 号车间，限男性，22岁以下，汉族", title=f"程序员 {n}") for n in range(100)
    ]

    def scores(words):
        return api.score_matrix([student_with(row.student, told.format(*words)) for row in rows], offers)

    before = scores(one_way)
    assert before.shape == (100, 100)
    assert np.array_equal(before, scores(other_way))
    for index in range(7):
        flipped = [*one_way]
        flipped[index] = other_way[index]
        assert np.array_equal(before, scores(flipped)), other_way[index]
    # The control: a skill in the same text does count.
    assert not np.array_equal(before, scores((*one_way[:-1], "程序员")))


def student_with(one, text):
    return student(**{**vars(one), "text": text})
