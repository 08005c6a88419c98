"""Which synonyms count in whose searches, when a change is seen, and what reading them costs."""

from datetime import timedelta

import pytest

from backend.common import clock
from backend.wording import queries
from backend.wording.domain.synonyms import save_group, switch_group
from backend.wording.models import SynonymGroup, SynonymStamp
from search import synonyms

pytestmark = pytest.mark.django_db


def others(school_id, word="码农"):
    return queries.table_of(school_id).get(word, ())


def elsewhere(stamp, **changed):
    """A change by another process: this one hears nothing of it."""
    SynonymGroup.objects.update(**changed)
    SynonymStamp.objects.update(stamp=stamp)


def test_before_the_first_group_the_words_of_the_product_count_and_cost_one_small_query(
    people, django_assert_num_queries
):
    with django_assert_num_queries(1):
        assert queries.table_of(people.school.pk) is synonyms.table()
        assert queries.table_of(None) is synonyms.table()


def test_a_school_has_its_own_groups_and_those_for_all(people):
    people.group("staff", "码农", "coder")
    people.group("operator", "码农", "程序猿")
    people.group("foreign_staff", "码农", "hacker")
    found = {
        who: set(others(people[who].school_id))
        for who in ("staff", "student", "foreign_staff", "visitor", "operator")
    }
    own = {"coder", "程序猿"}
    assert found == {
        "staff": own, "student": own, "foreign_staff": {"hacker", "程序猿"}, "visitor": {"程序猿"}, "operator": {"程序猿"},
    }  # fmt: skip


def test_a_group_adds_to_the_words_of_the_product_without_mixing_their_groups(people):
    people.group("staff", "会计", "账房")
    table = queries.table_of(people.school.pk)
    assert table["会计"] == ("财务", "accounting", "accountant", "账房")
    assert (table["账房"], "账房" in table["财务"]) == (("会计",), False)
    assert queries.table_of(None) == synonyms.table()


def test_a_change_counts_at_once_where_it_was_made(people):
    group = people.group("staff", "码农", "coder")
    school = people.school.pk
    seen = [others(school)]
    save_group(actor=people["staff"], words=["码农", "hacker"], group_id=group.pk)
    seen.append(others(school))
    switch_group(actor=people["staff"], group_id=group.pk, active=False)
    seen.append(others(school))
    switch_group(actor=people["staff"], group_id=group.pk, active=True)
    seen.append(others(school))
    assert seen == [("coder",), ("hacker",), (), ("hacker",)]


def test_another_process_sees_a_change_after_two_seconds(people):
    people.group("staff", "码农", "coder")
    school = people.school.pk
    seen = [others(school)]
    elsewhere("new", words="码农\nhacker")
    for _ in range(2):
        clock.advance(timedelta(seconds=1))
        seen.append(others(school))
    assert seen == [("coder",), ("coder",), ("hacker",)]


def test_without_a_new_stamp_nothing_is_read_again(people, django_assert_num_queries):
    """The control: it is the stamp, not the time, that a change is known by."""
    people.group("staff", "码农", "coder")
    school = people.school.pk
    others(school)
    SynonymGroup.objects.update(words="码农\nhacker")
    clock.advance(timedelta(hours=1))
    with django_assert_num_queries(1):
        assert others(school) == ("coder",)
    with django_assert_num_queries(0):
        assert others(school) == ("coder",)


def test_a_clock_that_was_set_back_does_not_hold_an_old_stamp(people):
    people.group("staff", "码农", "coder")
    others(people.school.pk)
    elsewhere("new", words="码农\nhacker")
    clock.advance(timedelta(hours=-1))
    assert others(people.school.pk) == ("hacker",)


def test_reading_a_table_takes_two_queries_however_many_groups(people, django_assert_num_queries):
    for number in range(3):
        people.group("staff", f"甲{number}", f"乙{number}")
    with django_assert_num_queries(2):
        assert len(queries.table_of(people.school.pk)) == len(synonyms.table()) + 6


def test_only_so_many_tables_are_held(people, monkeypatch):
    monkeypatch.setattr(queries, "MOST_TABLES", 2)
    people.group("operator", "码农", "coder")
    tables = [others(school) for school in (None, people.school.pk, people["foreign_staff"].school_id, None)]
    assert (tables, len(queries._tables)) == ([("coder",)] * 4, 2)


def test_trying_a_group_changes_no_table(people):
    people.group("staff", "码农", "coder")
    tried = queries.table_with(people.school.pk, ["码农", "hacker"])
    assert (tried["码农"], others(people.school.pk)) == (("coder", "hacker"), ("coder",))
