"""What is typed, taken apart."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.terms import analyse
from search.tree import Tree, parse, rewritten


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("会计 出纳", Tree(("会计", "出纳"))),
        ('会计 "成本核算"', Tree(("会计",), ("成本核算",))),
        ("“a b”「c」『d』", Tree(phrases=("a b", "c", "d"))),
        ("＂全角＂", Tree(phrases=("全角",))),
        ('"unclosed abc', Tree(("unclosed", "abc"))),
        ('""', Tree()),
        ("会计 -销售", Tree(("会计",), (), ("销售",))),
        ("－销售 −外包", Tree(excluded=("销售", "外包"))),
        ('-"a b"', Tree(excluded=("a b",))),
        ("front-end -java", Tree(("front-end",), (), ("java",))),
        ("- a -", Tree(("-", "a", "-"))),
        ("公司:海川 company:abc", Tree(fields=(("company", "海川"), ("company", "abc")))),
        ("公司：“海 川”", Tree(fields=(("company", "海 川"),))),
        (
            "Title:x 技能：焊接 职业:电工",
            Tree(fields=(("title", "x"), ("skills", "焊接"), ("occupation_name", "电工"))),
        ),
        ("-公司:甲", Tree(excluded=("甲",))),
        ("x:y title:", Tree(("x:y", "title:"))),
        ("我的公司:甲", Tree(("我的公司:甲",))),
        ("", Tree()),
    ],
)
def test_tree_of(text, tree):
    assert parse(text) == tree


def test_only_the_first_two_hundred_characters_count():
    assert parse("a" * 199 + " b") == Tree(("a" * 199,))


def test_text_is_words_and_phrases():
    assert parse('会计 "成本核算" -销售 公司:海川').text == "会计 成本核算"


def test_synonym_stands_in_for_each_bigram_of_its_word():
    assert analyse("数控").units == ((("数控",), ("cnc",)),)
    assert analyse("machine learning").units == (
        (("machine",), ("机器", "器学", "学习")),
        (("learn",), ("机器", "器学", "学习")),
    )


def test_sorting_by_date_or_pay_asks_for_more_of_the_words():
    assert analyse("网络安全工程师").needed == 1
    assert analyse("网络安全工程师", strict=True).needed == 4


def test_exclusion_alone_is_a_query_that_ranks_nothing():
    terms = analyse("-销售")
    assert (bool(terms), terms.ranked, terms.excluded) == (True, False, (("销售",),))
    assert not analyse('"" *')


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters() | st.sampled_from('"“”-:： 公司title'), max_size=300))
def test_any_text_is_a_query(text):
    tree, terms = parse(text), analyse(text)
    assert len(tree.words) + len(tree.phrases) + len(tree.excluded) + len(tree.fields) <= 200
    assert 1 <= terms.needed <= max(1, len(terms.units))
    assert all(token.strip() for unit in terms.units for other in unit for token in other)


def louder(said: str) -> str:
    return "" if said == "same" else f"{said.upper()} !"


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("a", "A !"),
        ("same", ""),
        ("", ""),
        ("-a", ""),
        ("“” - ", "“” - ! "),
        ("same 会", "same 会 !"),
        ('  a  "b c" -d', '  A !  "B C !" -d'),
        ("「b」", "「B !」"),
        ("公司:a", '公司:"A !"'),
        ("公司： “a b” -职位:c", "公司： “A B !” -职位:c"),
        ("-\"a\" Title:'b'", '-"a" Title:"\'B\' !"'),
        ("x" * 200 + " y", "X" * 200 + " !"),
    ],
)
def test_a_query_is_rewritten_where_it_looks_for_something(text, new):
    assert rewritten(text, louder) == new


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from('ab "“”「」-－:：公司 title'), max_size=60))
def test_rewriting_keeps_every_mark_prefix_and_exclusion(text):
    """Each word says 字 instead, and nothing else about the tree changes."""
    tree = parse(text)
    assert parse(rewritten(text, words_of_one) or text) == Tree(
        ("字",) * len(tree.words),
        tuple(map(words_of_one, tree.phrases)),
        tree.excluded,
        tuple((name, words_of_one(said)) for name, said in tree.fields),
    )


def words_of_one(said):
    return re.sub(r"\S+", "字", said)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("kuai ji", ["kuai ji"]),
        ("kuai  ji zhu'li", ["kuai ji zhu'li"]),
        ("java 会计 kuai ji", ["java", "会计", "kuai ji"]),
        ('kuai "a b" ji', ["kuai", "a b", "ji"]),
        ("kuai -x ji", ["kuai", "ji"]),
        ("kuai title:x ji", ["kuai", "x", "ji"]),
        ('kuai " ji', ["kuai", "ji"]),
        ("c++ kuai ji 5", ["c++", "kuai ji", "5"]),
    ],
)
def test_latin_words_side_by_side_are_asked_for_together(text, asked):
    heard = []
    assert rewritten(text, lambda said: heard.append(said) or "") == ""
    assert heard == asked


def test_phrases_and_words_of_a_field_are_left_alone_where_only_words_are_asked_for():
    text, heard = '会记 "a b" -x title:y java', []
    assert rewritten(text, lambda said: heard.append(said) or "!", words_only=True) == '! "a b" -x title:y !'
    assert heard == ["会记", "java"]
