"""What is taken out of a text before it is read, told in many ways, and what must stay."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching import api
from matching.features.protected import _PEOPLES, readable
from matching.features.registry import REGISTRY
from tests.matching.builders import position, student

WAYS = {
    "sex": (
        "男",
        "女",
        "男性",
        "女性",
        "男生",
        "女士",
        "性别：男",
        "性别: 女",
        "male",
        "Female",
        "a woman",
        "gender: male",
    ),
    "age": (
        "22岁",
        "46 周岁",
        "二十二岁",
        "四十六周岁",
        "90后",
        "九零后",
        "00后",
        "22 years old",
        "46-year-old",
        "age: 46",
    ),
    "birth": ("2004年5月出生", "1979年12月31日生", "出生日期：2004-05-06", "生日 2004.5.6", "出生于1979年"),
    "people": ("汉族", "维吾尔族", "民族：回", "ethnicity: Han", "nationality：Uyghur"),
    "household": ("户籍：湖北武汉", "户口:新疆喀什", "籍贯 山东"),
    "marriage": (
        "未婚",
        "已婚",
        "离异",
        "已育",
        "婚姻状况：已婚",
        "married",
        "unmarried",
        "marital status: married",
    ),
    "disability": ("残疾人", "残疾证", "肢残", "听障", "disabled", "disability", "身体健康", "健全"),
    "name and photo": ("姓名：张伟", "姓名: 阿依古丽", "照片：a1.jpg"),
}
TOLD = [(kind, way) for kind, ways in WAYS.items() for way in ways]


@pytest.mark.parametrize(("kind", "way"), TOLD, ids=[way for _, way in TOLD])
@pytest.mark.parametrize("frame", ["{}", "会焊接，{}，能夜班", "会焊接 {} 能夜班", "会焊接；{}。"])
def test_what_is_told_is_not_read(kind, way, frame):
    without = readable(frame.format("，"))
    # The little word in front of an English one stays: it says nothing.
    left = " ".join(word for word in readable(frame.format(way)).split() if word != "a")

    assert left == without


@pytest.mark.parametrize("people", _PEOPLES.split())
def test_every_people_is_taken_out(people):
    assert readable(f"会焊接，{people}族，能夜班") == "会焊接 能夜班"


@pytest.mark.parametrize("word", ["female", "male", "man", "woman", "married", "disabled", "22 years old"])
@pytest.mark.parametrize("frame", ["我是{}程序员", "本人{}，会焊接", "{}的", "（{}）", "会C++，{}"])
def test_english_words_are_found_between_chinese_characters(word, frame):
    assert word not in readable(frame.format(word))
    assert readable(frame.format(word)) == readable(frame.format("，"))


@pytest.mark.parametrize(
    "text",
    [
        "Python 程序员",
        "human resources",
        "management of manufacturing",
        "malefactor",
        "package",
        "page 3",
        "Manchester",
        "mansion",
        "unmarriedness",
        "20 年经验",
        "2019年至2023年 项目经理",
        "3D 打印",
        "C++ C# .NET",
        "5岗位 100后台系统",
        "汉语 民航 户外 婚庆策划 生物",
        "族谱",
    ],
)
def test_what_only_looks_like_it_stays(text):
    assert readable(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("  a \n\n b\t", "a b"),
        ("甲，乙；丙。丁：戊、己！庚？（辛）【壬】《癸》", "甲 乙 丙 丁 戊 己 庚 辛 壬 癸"),
        ("a,b;c:d!e?(f)[g]/h|i", "a b c d e f g h i"),
        ("", ""),
        ("，。！", ""),
    ],
)
def test_marks_and_lines_become_single_spaces(text, left):
    assert readable(text) == left


@given(st.text(max_size=30))
def test_reading_again_finds_no_more_marks_or_outer_space(text):
    left = readable(text)

    assert left == left.strip()
    assert "  " not in left
    assert not set("，。；：、！？（）,;:!?()") & set(left)


@pytest.mark.parametrize("kind", WAYS)
def test_no_way_to_tell_it_moves_any_score(kind):
    """Pairs of every way told by the student with every way asked for by the position."""
    ways = [way.removeprefix("a ") for way in WAYS[kind]]
    people = [
        student(id=n, text=f"会 Python 程序，{way}，", headlines=(f"程序员，{way}",))
        for n, way in enumerate(ways)
    ]
    offers = [
        position(id=n, title=f"Python 程序员（{way}）", text=f"编写程序，{way}") for n, way in enumerate(ways)
    ]
    scores = api.score_matrix(people, offers)

    assert np.ptp(scores) == 0.0
    # The control: a skill told in the same place does move it.
    other = api.score_matrix(
        [student(text="会 Python 程序，焊接，", headlines=("程序员，焊接",))], offers[:1]
    )
    assert other[0, 0] != scores[0, 0]


def test_no_sentence_names_what_is_protected():
    words = (
        "男",
        "女",
        "岁",
        "族",
        "户籍",
        "婚",
        "残疾",
        "照片",
        "sex",
        "gender",
        "age ",
        "ethnic",
        "married",
        "disab",
    )
    said = [text for one in REGISTRY.values() for pair in (one.label, one.good, one.poor) for text in pair]

    assert [(text, word) for text, word in product(said, words) if word in text.lower()] == []
