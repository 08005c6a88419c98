"""Groups of words that mean the same: the shipped file and what staff add."""

import pytest

from search import synonyms
from search.terms import analyse


@pytest.fixture
def added():
    """What staff have added, to be filled by the test; taken away afterwards."""
    groups = {"stamp": 0, "groups": []}
    before = list(synonyms._added)
    synonyms.extend(lambda: (groups["stamp"], groups["groups"]))
    yield groups
    synonyms._added[:] = before
    synonyms._held.clear()


def test_synonyms_are_mutual_and_plenty():
    table = synonyms.table()
    assert all(word in table[other] for word, others in table.items() for other in others)
    assert len(table) > 240
    assert all(word not in others for word, others in table.items())


def test_lines_are_read_in_either_width_without_remarks():
    lines = ["# 备注", "会计，财务, accounting ", "", "  # x", "数控,,CNC"]
    assert synonyms.read_groups(lines) == [["会计", "财务", "accounting"], ["数控", "CNC"]]


def test_what_staff_add_counts_from_the_next_search_on(added):
    assert analyse("码农").units == ((("码农",),),)
    added.update(stamp=1, groups=[["码农", "程序员"]])
    assert analyse("码农").units == ((("码农",), ("程序", "序员")),)
    added.update(stamp=2, groups=[])
    assert analyse("码农").units == ((("码农",),),)


def test_a_group_of_one_or_of_nothing_searchable_changes_nothing(added):
    before = dict(synonyms.table())
    added.update(stamp=1, groups=[["码农"], ["!!", "??"], []])
    assert {word: others for word, others in synonyms.table().items() if others} == before


def test_groups_that_share_a_word_lie_together(added):
    added.update(stamp=1, groups=[["数控", "数字控制"]])
    assert set(synonyms.table()["数控"]) >= {"cnc", "数字控制"}
