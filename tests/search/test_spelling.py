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


@pytest.mark.parametrize(
    ("text", "missing", "beside", "alone"),
    [
        ("java 工成师", {"工成", "成师"}, "java 工程师", "java 工程师"),
        ("java 工成师", {"成师"}, "java 工程师", "java 工程师"),
        ("java 工成师", set(), "", "java 工程师"),
        ("会记工程师 java", {"会记", "记工"}, "会计工程师 java", "会计工程师 java"),
        ("java enginer", {"enginer"}, "java engineer", "java engineer"),
        ("会计 kuai ji 前端", {"kuai", "ji"}, "会计 会计 前端", "会计 会计 前端"),
        ("accuonitng java", {"accuonitng"}, "accounting java", "accounting java"),
        # The others are found, so these may well be words: one of the dictionary, initials, another first letter, four letters, another sound,
        # too little left, and what may still be being typed.
        ("java 书控", {"书控"}, "java 数控", "java 数控"),
        ("java 初纳", {"初纳"}, "java 出纳", "java 出纳"),
        ("java 开法", {"开法"}, "java 开发", "java 开发"),
        ("java qd", {"qd"}, "", "java 前端"),
        ("java nython", {"nython"}, "", "java python"),
        ("出纳 jaba", {"jaba"}, "", "出纳 java"),
        ("java 工程帅", {"程帅"}, "", "java 工程师"),
        ("java 助力", {"助力"}, "", "java 助理"),
        ("java 块记", {"块记"}, "", "java 会计"),
        ("java enginee", {"enginee"}, "", "java engineer"),
    ],
)
def test_beside_words_that_are_found_less_is_corrected(speller, text, missing, beside, alone):
    assert (speller.correct(text, missing), speller.correct(text)) == (beside, alone)


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
