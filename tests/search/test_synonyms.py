"""Groups of words that mean the same."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from search import synonyms
from search.synonyms import extended, table_of
from search.terms import MOST_OTHERS, MOST_SYNONYMS, analyse


def test_synonyms_are_mutual_and_plenty():
    table = synonyms.table()
    assert all(word in table[other] for word, others in table.items() for other in others)
    assert len(table) > 240
    assert all(word not in others for word, others in table.items())


def test_lines_are_read_in_either_width_without_remarks():
    lines = ["# 备注", "会计，财务, accounting ", "", "  # x", "数控,,CNC"]
    assert synonyms.read_groups(lines) == [["会计", "财务", "accounting"], ["数控", "CNC"]]


def test_words_are_written_as_a_search_cuts_them():
    assert table_of([["碼農", "Front-End"]]) == {"码农": ("front end",), "front end": ("码农",)}


def test_a_group_of_one_or_of_nothing_searchable_says_nothing():
    assert table_of([["码农"], ["!!", "??"], []]) == {"码农": ()}


def test_groups_that_share_a_word_lie_together():
    table = table_of([["数控", "CNC"], ["数控", "数字控制"]])
    assert table == {"数控": ("cnc", "数字控制"), "cnc": ("数控",), "数字控制": ("数控",)}


def test_more_groups_leave_those_of_the_product_as_they_are():
    made = extended([["码农", "coder"], ["会计", "账房"]])
    assert made["会计"] == (*synonyms.table()["会计"], "账房")
    assert {word: made[word] for word in synonyms.table() if word != "会计"} == {
        word: others for word, others in synonyms.table().items() if word != "会计"
    }
    assert extended([]) is synonyms.table()


@pytest.mark.parametrize(
    ("group", "typed", "units"),
    [
        (("甲乙", "丙丁"), "甲乙", {"甲乙": [("丙丁",)]}),
        (("甲乙丙", "x"), "丁甲乙丙", {"丁甲": [], "甲乙": [("x",)], "乙丙": [("x",)]}),
        (("一二三四五六七八九十一二", "x"), "一二三四五六七八九十一二", None),
        (("a b c d", "甲乙"), "a b c d", {word: [("甲乙",)] for word in "abcd"}),
        (("a b c", "甲乙"), "a b", {"a": [], "b": []}),
        (("3d打印", "甲乙"), "3D 打印机", {"3d": [], "打印": [], "印机": []}),
        (("3d打印", "甲乙"), "3D 打印", {"3d": [("甲乙",)], "打印": [("甲乙",)]}),
        (("vue.js", "甲乙"), "vuejs", {"vue.js": [("甲乙",), ("vue",), ("js",)]}),
    ],
)
def test_a_word_of_a_group_is_found_in_a_text(group, typed, units):
    found = {own[0]: others for own, *others in analyse(typed, table=table_of([group])).units}
    assert found == units if units is not None else set(map(tuple, found.values())) == {(("x",),)}


WORD = st.text(st.sampled_from("甲乙丙丁abc+ "), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.lists(WORD, min_size=2, max_size=12), max_size=40),
    st.text(st.sampled_from("甲乙丙丁abc+ "), max_size=200),
)
def test_whatever_the_groups_a_query_grows_only_so_far(groups, typed):
    """Units are the same as without them, each with so many alternatives, and all together with so many."""
    units, bare = analyse(typed, table=table_of(groups)).units, analyse(typed, table={}).units
    assert [own for own, *_ in units] == [own for own, *_ in bare]
    assert all(len(others) <= MOST_OTHERS for _, *others in units)
    assert sum(len(others) for _, *others in units) <= MOST_SYNONYMS
    assert all(len(set(unit)) == len(unit) and all(unit) for unit in units)


def test_the_limits_are_reached_and_the_first_words_keep_theirs():
    """The control: without limits this query would have thousands of alternatives."""
    many = [[f"甲{mark}", *(f"x{n}" for n in range(30))] for mark in "一二三四五六七八九十子丑寅卯"]
    units = analyse(
        "".join(f"甲{mark}" for mark in "一二三四五六七八九十子丑寅卯"), table=table_of(many)
    ).units
    sizes = {own[0]: len(others) for own, *others in units if others}
    assert (max(sizes.values()), sum(sizes.values())) == (MOST_OTHERS, MOST_SYNONYMS)
    assert list(sizes) == [f"甲{mark}" for mark in "一二三四五六七八九十"]
