"""Words that nobody wrote, taken for words that are there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.pinyin import sounds, spelt
from search.spelling import Speller

WORDS = {
    "会计": 50, "前端": 30, "强盗": 1, "助理": 40, "工程师": 90, "java": 40, "python": 30, "engineer": 20, "accounting": 9,
    "数控": 12, "出纳": 8, "开发": 80, "机械设计": 7,
}  # fmt: skip


@pytest.fixture(scope="module")
def speller():
    return Speller(WORDS)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("kuaiji", "会计"),
        ("KUAIJI", "会计"),
        ("kuaijizhuli", "会计助理"),
        ("qd", "前端"),
        ("前端 kaifa", "前端 开发"),
        ("pyhton", "python"),
        ("enginer", "engineer"),
        ("acounting", "accounting"),
        ("accuonitng", "accounting"),
        ("jaba", "java"),
        ("会记", "会计"),
        ("快计", "会计"),
        ("出拿", "出纳"),
        ("工程帅", "工程师"),
        ("数空 会计", "数控 会计"),
        ("前瑞工程师", ""),
        ("会记工程师", "会计工程师"),
        ("jxsj", "机械设计"),
        ("kuai ji", "会计"),
        ("java kuai ji zhu li", "java 会计助理"),
        ("kuai'ji", "会计"),
        ("kuàijì", "会计"),
        ("shu kong 会记", "数控 会计"),
        ("enginer pyhton", "engineer python"),
        ("kuai xxxq", ""),
    ],
)
def test_correction(speller, text, meant):
    assert speller.correct(text) == meant


@pytest.mark.parametrize(
    "text", ["java", "会计", "会计 java", "", "xyz", "12345", "skc", "😀", "jav", "护士", "ab"]
)
def test_what_is_right_or_hopeless_is_left_alone(speller, text):
    assert speller.correct(text) == ""


def test_more_frequent_word_wins():
    assert Speller({"会计": 1, "快记": 9}).correct("kuaiji") == "快记"
    assert Speller({"java": 1, "jawa": 2}).correct("jaxa") == "jawa"


def test_nearer_word_wins_over_the_more_frequent_one():
    assert Speller({"accounting": 1, "accountant": 99}).correct("accountinq") == "accounting"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_answered_and_a_correction_is_final(text):
    speller = Speller(WORDS)
    once = speller.correct(text)
    assert not once or speller.correct(once) == ""


def test_pinyin_of_words_and_characters():
    assert spelt("前端开发") == ("qianduankaifa", "qdkf")
    assert spelt("CNC操作") == ("cnccaozuo", "cnccz")
    assert spelt("") == ("", "")
    assert {"hui", "kuai"} <= sounds("会")
