"""Kept once per person and query, at most thirty, under a name; changed and given up by the owner alone."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backend.accounts.actor import ANONYMOUS, Actor, actor_of
from backend.accounts.enums import Role
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.positions import searching
from backend.searches import domain
from backend.searches.domain import keeping
from backend.searches.models import MOST, AlertedMatch, SavedSearch
from tests.backend.positions.conftest import student_of
from tests.backend.racing import race
from tests.backend.refusals import refused
from tests.backend.searches.conftest import deliver, keep, publish
from tests.racing import codes

pytestmark = pytest.mark.django_db


def save(actor, address, **fields):
    return domain.save_search(
        actor=actor, query=searching.query_at(actor, address), **({"name": "我的搜索"} | fields)
    )


def test_a_search_is_kept_as_the_address_states_it(me, frozen_now):
    row = save(
        me, "salary=5000&q=数控&city=320500&page=3&sort=date", name="  苏州   数控 ", frequency="instant"
    )
    row.refresh_from_db()
    assert (row.owner_id, row.name, row.sort, row.frequency) == (me.user_id, "苏州 数控", "date", "instant")
    assert row.address == "city=320500&q=%E6%95%B0%E6%8E%A7&salary=5000"
    assert (row.created_at, row.looked_at, row.place) == (frozen_now, frozen_now, 1)
    query = searching.query_at(me, row.address)
    assert (query.text, query.filters.city_code, query.filters.salary_floor) == ("数控", "320500", 5000)


def test_saving_leaves_a_line_in_the_trail_without_the_words(me):
    row = save(me, "q=数控")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.actor_user_id, entry.target, entry.target_id) == (
        "search.saved", me.user_id, "searches.savedsearch", row.pk,
    )  # fmt: skip
    assert (entry.before, entry.after, entry.reason, entry.data) == ("", "daily", "", {})


@pytest.mark.parametrize(
    "again",
    ["q=Java 开发&city=320500", "city=320500&q=java  开发", "q= JAVA 开发 &city=320500&page=2", "q=java 开发&sort=salary&city=320500"],
)  # fmt: skip
def test_the_same_search_is_kept_once(me, again):
    save(me, "q=java 开发&city=320500")
    with refused(Invalid, "invalid", SavedSearch, fields=["query"]):
        save(me, again)


@pytest.mark.parametrize("other", ["q=java", "q=java 开发&city=310000", "city=320500"])
def test_another_search_or_person_is_another_row(me, company, other):
    save(me, "q=java 开发&city=320500")
    save(me, other)
    save(actor_of(student_of(company.school)), "q=java 开发&city=320500")
    assert [*SavedSearch.objects.order_by("pk").values_list("owner_id", "place")][:2] == [
        (me.user_id, 1), (me.user_id, 2),
    ]  # fmt: skip
    assert SavedSearch.objects.count() == 3


def test_a_typing_error_is_kept_as_search_read_it_unless_the_text_is_meant_exactly(me, company):
    publish(company, "Python 开发")
    deliver()
    read, exact = save(me, "q=pyhton"), save(me, "q=pyhton&exact=1")
    assert (read.address, exact.address) == ("q=python", "q=pyhton")


@pytest.mark.parametrize("address", ["", "q=", "q=%20%20", "page=2&sort=date", "nonsense=1"])
def test_nothing_to_look_for_is_no_search(me, address):
    with refused(Invalid, "invalid", SavedSearch, fields=["query"]):
        save(me, address)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"name": " "}, "name"),
        ({"name": "长" * 81}, "name"),
        ({"frequency": "hourly"}, "frequency"),
        ({"frequency": ""}, "frequency"),
    ],
)
def test_a_wrong_entry_is_named_when_saving_and_when_changing(me, fields, named):
    row = save(me, "q=焊工")
    with refused(Invalid, "invalid", SavedSearch, fields=[named]):
        save(me, "q=数控", **fields)
    with refused(Invalid, "invalid", SavedSearch, fields=[named]):
        domain.change_search(actor=me, search_id=row.pk, values=fields)


@pytest.mark.parametrize("role", [role for role in Role.values if role != Role.STUDENT])
def test_only_students_keep_searches(student, role):
    actor = ANONYMOUS if role == Role.ANONYMOUS else Actor(role, student.pk, 1, (1,))
    keep(student)
    with refused(NotAllowed, "not_allowed", SavedSearch):
        save(actor, "q=焊工")
    row = SavedSearch.objects.get()
    for act in (domain.delete_search, domain.look_at):
        with refused(NotFound, "not_found", SavedSearch):
            act(actor=actor, search_id=row.pk)


def fill(owner):
    """As many searches as there is room for."""
    for place in range(1, MOST + 1):
        keep(owner, f"q=词{place}", place=place)


def test_thirty_are_kept_and_a_deleted_one_makes_room(me, student):
    fill(student)
    with refused(Conflict, "too_many_searches", SavedSearch):
        save(me, "q=数控")
    domain.delete_search(actor=me, search_id=SavedSearch.objects.get(place=7).pk)
    assert save(me, "q=数控").place == 7


@pytest.mark.parametrize(
    "fields",
    [
        {"place": MOST + 1, "address": "q=a"},
        {"place": 0, "address": "q=a"},
        {"place": 1, "address": "q=a"},
        {"place": 2, "address": "q=数控"},
        {"place": 2, "address": "q=a", "frequency": "weekly"},
    ],
)
def test_the_database_has_the_last_word(student, fields):
    keep(student)
    with pytest.raises(IntegrityError), transaction.atomic():
        keep(student, **fields)
    assert SavedSearch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_save_the_same_search_keep_it_once(company):
    actor = actor_of(student_of(company.school))
    results = race(lambda index: save(actor, "q=数控"), threads=3)
    assert codes(results) == ["invalid", "invalid"]
    assert SavedSearch.objects.count() == 1


def test_a_change_says_what_changed(me, student):
    row = keep(student, sort="salary")
    domain.change_search(actor=me, search_id=row.pk, values={"name": "机床", "frequency": "off"})
    row.refresh_from_db()
    assert (row.name, row.frequency, row.address, row.sort) == ("机床", "off", "q=数控", "salary")
    assert [*AuditEntry.objects.values_list("verb", "before", "after")] == [
        ("search.changed", "daily", "off")
    ]


def test_a_text_kept_as_it_was_typed_stays_whatever_else_changes(me, company):
    publish(company, "Python 开发")
    deliver()
    row = save(me, "q=pyhton&exact=1")
    same = searching.query_at(me, row.address)
    changed = domain.change_search(actor=me, search_id=row.pk, values={"name": "改名", "query": same})
    assert (changed.name, changed.address, changed.looked_at) == ("改名", "q=pyhton", row.looked_at)


def test_a_query_brings_its_order(me):
    row = save(me, "q=数控&sort=salary")
    for address, order in (("q=数控&sort=date", "date"), ("q=焊工", "relevance")):
        query = searching.query_at(me, address)
        assert domain.change_search(actor=me, search_id=row.pk, values={"query": query}).sort == order


def test_no_transaction_is_open_while_the_engine_is_asked(me, monkeypatch):
    depths = []
    asked = searching.count

    def counted(*args):
        depths.append(len(connection.savepoint_ids))
        return asked(*args)

    monkeypatch.setattr(searching, "count", counted)
    row = save(me, "q=数控")
    domain.change_search(actor=me, search_id=row.pk, values={"query": searching.query_at(me, "q=焊工")})
    assert depths == [len(connection.savepoint_ids)] * 2


def test_another_query_forgets_what_the_old_one_found_and_nobody_heard_of(me, student, company):
    row = keep(student)
    known, waiting = publish(company, "数控一"), publish(company, "数控二")
    deliver()
    AlertedMatch.objects.filter(position=known).update(told_at=clock.now())
    clock.advance(timedelta(hours=1))
    domain.change_search(actor=me, search_id=row.pk, values={"query": searching.query_at(me, "q=焊工")})
    row.refresh_from_db()
    assert (row.address, row.looked_at) == ("q=%E7%84%8A%E5%B7%A5", clock.now())
    assert row.digest == keeping.digest_of(row.address)
    assert [*AlertedMatch.objects.values_list("position_id", flat=True)] == [known.pk] != [waiting.pk]


def test_the_same_query_again_keeps_what_was_found(me, student, company):
    row = keep(student, "q=%E6%95%B0%E6%8E%A7")
    publish(company)
    deliver()
    domain.change_search(
        actor=me, search_id=row.pk, values={"query": searching.query_at(me, "q=数控&sort=date")}
    )
    assert AlertedMatch.objects.count() == 1


def test_a_change_into_a_search_that_is_kept_already_is_refused(me, student):
    keep(student, "q=a")
    row = keep(student, "q=b", place=2)
    with refused(Invalid, "invalid", SavedSearch, fields=["query"]):
        domain.change_search(actor=me, search_id=row.pk, values={"query": searching.query_at(me, "q=a")})


def test_a_search_given_up_takes_along_what_it_found(me, student, company):
    row = keep(student)
    publish(company)
    deliver()
    domain.delete_search(actor=me, search_id=row.pk)
    assert (SavedSearch.objects.count(), AlertedMatch.objects.count()) == (0, 0)
    assert AuditEntry.objects.get().verb == "search.deleted"


@pytest.mark.parametrize("act", ["change", "delete", "look"])
def test_somebody_else_s_search_does_not_exist(me, company, act):
    row = keep(student_of(company.school))
    with refused(NotFound, "not_found", SavedSearch):
        match act:
            case "change":
                domain.change_search(actor=me, search_id=row.pk, values={"name": "x"})
            case "delete":
                domain.delete_search(actor=me, search_id=row.pk)
            case _:
                domain.look_at(actor=me, search_id=row.pk)
