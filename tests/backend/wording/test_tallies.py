"""Searches counted by day: what counts, once for whom, what is never written, how much there can be, and for how long."""

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from backend.common import clock
from backend.wording.domain import tallies
from backend.wording.models import SearchTally
from search.results import SearchPage

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)
FOUND = SearchPage(9, (), worded=9)
COUNTED = ("text", "filters", "people", "missed", "few", "corrected", "widened", "hits")


def heard(people, text="会计", *, who=1, answer=FOUND, filters=(), school="own"):
    tallies.note(
        school_id=people.school.pk if school == "own" else None,
        who=who, text=text, filters=filters, answer=answer,
    )  # fmt: skip


def rows():
    return list(SearchTally.objects.order_by("pk").values_list(*COUNTED))


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        (FOUND, (0, 0, 0, 0, 9)),
        (replace(FOUND, worded=4), (0, 0, 0, 0, 4)),
        (replace(FOUND, worded=3), (0, 1, 0, 0, 3)),
        (replace(FOUND, worded=1), (0, 1, 0, 0, 1)),
        (SearchPage(0, ()), (1, 0, 0, 0, 0)),
        (SearchPage(5, (), worded=0), (1, 0, 0, 0, 0)),  # near in meaning only
        (replace(FOUND, corrected="会计"), (1, 0, 1, 0, 9)),
        (replace(FOUND, widened=("city",)), (1, 0, 0, 1, 9)),
        (replace(FOUND, corrected="会计", widened=("city",), worded=2), (1, 0, 1, 1, 2)),
    ],
)
def test_what_came_of_a_search(people, answer, counted):
    heard(people, answer=answer)
    assert tallies.flush() == 1
    assert rows() == [("会计", "", 1, *counted)]


def test_a_person_counts_once_a_day_for_a_text_and_its_filters(people):
    """However it is written, and again with other filters, on another day, or by another person."""
    for text in ("会计", " 會計 ", "会\u200b计"):
        heard(people, text)
    heard(people, filters=("kind", "city"))
    heard(people, filters=("city", "kind"))
    assert tallies.flush() == 2
    heard(people)
    heard(people, who=2)
    assert tallies.flush() == 1
    clock.advance(timedelta(days=1))
    heard(people)
    tallies.flush()
    found = list(SearchTally.objects.order_by("pk").values_list("day", "text", "filters", "people"))
    assert found == [
        (DAY, "会计", "", 2), (DAY, "会计", "city,kind", 1), (DAY + timedelta(days=1), "会计", "", 1),
    ]  # fmt: skip


def test_schools_and_visitors_are_counted_apart(people):
    heard(people)
    heard(people, school="none")
    heard(people, school="none", who=2)
    tallies.flush()
    assert list(SearchTally.objects.order_by("pk").values_list("school_id", "people")) == [
        (people.school.pk, 1), (None, 2),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "\u200b",
        "13812345678",
        "138 1234 5678",
        "138-1234-5678",
        "１３８１２３４５６７８",
        "li@example.org",
        "身份证 110101199003070011",
    ],
)
def test_what_may_be_a_person_s_number_or_nothing_is_never_written(people, text):
    heard(people, text)
    assert (tallies.flush(), rows()) == (0, [])


@pytest.mark.parametrize("text", ["2026 校招", "8000 元", "10,000", "c++ 17"])
def test_other_figures_are_words(people, text):
    heard(people, text)
    assert tallies.flush() == 1


def test_no_column_could_hold_who_searched():
    assert {field.name for field in SearchTally._meta.fields} == {
        "id", "school", "day", "text", "filters", "people", "missed", "few", "corrected", "widened", "hits",
    }  # fmt: skip


def test_a_long_text_is_cut(people):
    heard(people, "a" * 200)
    tallies.flush()
    assert [row[0] for row in rows()] == ["a" * 80]


def test_a_day_holds_only_so_many_texts_and_known_ones_go_on_counting(people, monkeypatch):
    monkeypatch.setattr(tallies, "MOST_A_DAY", 2)
    for number, text in enumerate(("甲乙", "丙丁", "戊己")):
        heard(people, text, who=number)
    heard(people, "戊己", school="none")
    tallies.flush()
    heard(people, "甲乙", who=7)
    tallies.flush()
    assert [(row[0], row[2]) for row in rows()] == [("甲乙", 2), ("丙丁", 1), ("戊己", 1)]


def test_what_waits_is_bounded_and_the_oldest_goes(people, monkeypatch):
    assert tallies._waiting.maxlen == tallies.MOST_WAITING
    for number in range(tallies.MOST_WAITING + 1):
        heard(people, who=number, text="x")
    assert tallies._waiting[0].who == 1


def test_persons_are_forgotten_with_their_day_and_when_there_are_too_many(people, monkeypatch):
    monkeypatch.setattr(tallies, "MOST_SEEN", 2)
    for who in (1, 2):
        heard(people, who=who)
    tallies.flush()
    assert len(tallies._seen) == 2
    heard(people, who=3)
    tallies.flush()
    assert len(tallies._seen) == 1
    clock.advance(timedelta(days=1))
    heard(people, who=9)
    tallies.flush()
    assert (len(tallies._seen), tallies._day) == (1, [DAY + timedelta(days=1)])


def test_noting_asks_nothing_of_the_database_and_writing_takes_few_statements(
    people, django_assert_num_queries
):
    with django_assert_num_queries(0):
        for who in range(50):
            heard(people, who=who)
    # Look for the row, count the day's, and write one within savepoints.
    with django_assert_num_queries(7):
        assert tallies.flush() == 50
    for who in range(50, 100):
        heard(people, who=who)
    with django_assert_num_queries(3):
        assert tallies.flush() == 50
    assert rows()[0][2] == 100


def test_two_processes_that_begin_a_row_at_once_make_one(people, monkeypatch):
    """The other process writes between the look and the write."""
    heard(people)
    SearchTally.objects.create(school=people.school, day=DAY, text="会计", people=5)
    add, looked = tallies._add, []

    def blind_at_first(*arguments):
        looked.append(arguments)
        return add(*arguments) if len(looked) > 1 else False

    monkeypatch.setattr(tallies, "_add", blind_at_first)
    tallies.flush()
    assert [row[2] for row in rows()] == [6]


def test_ninety_days_are_kept(people):
    for days in (0, 90, 91, 400):
        SearchTally.objects.create(day=DAY - timedelta(days=days), text="会计", people=1)
    assert tallies.forget_old() == 2
    assert sorted(SearchTally.objects.values_list("day", flat=True)) == [DAY - timedelta(days=90), DAY]


def test_a_database_that_is_away_costs_counts_and_not_the_thread(people, monkeypatch):
    heard(people)

    def away(*_):
        raise DatabaseError("away")

    monkeypatch.setattr(tallies, "_write", away)
    monkeypatch.setattr(tallies.connections, "close_all", lambda: None)
    tallies.write_once()
    assert (rows(), len(tallies._waiting)) == ([], 0)


def test_the_thread_writes_again_and_again_until_it_is_stopped(monkeypatch):
    rounds, enough = [], threading.Event()

    def written():
        rounds.append(threading.current_thread())
        if len(rounds) == 3:
            enough.set()

    monkeypatch.setattr(tallies, "PAUSE", 0.001)
    monkeypatch.setattr(tallies, "write_once", written)
    stop = tallies.start_thread()
    assert enough.wait(30)
    stop.set()
    rounds[0].join(30)
    assert (rounds[0].is_alive(), rounds[0].daemon, rounds[0].name) == (False, True, "search-tallies")


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"missed": 3},
        {"missed": 1, "few": 2},
        {"corrected": 3},
        {"widened": 3},
        {"people": -1},
        {"text": "会计"},
    ],
)
@pytest.mark.parametrize("school", ["own", "none"])
def test_the_database_refuses_counts_that_do_not_add_up_and_a_second_row(people, school, wrong):
    fields = {"school": people.school if school == "own" else None, "day": DAY}
    SearchTally.objects.create(text="会计", people=2, **fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        SearchTally.objects.create(**({"text": "出纳", "people": 2} | fields | wrong))
    assert SearchTally.objects.count() == 1
