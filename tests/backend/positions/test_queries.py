"""Which positions a person sees: every role over every status, every state of the company, and to the second."""

from datetime import timedelta

import pytest
from django.db import connection

from backend.accounts.actor import SYSTEM, Actor, actor_of
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies.models import Company
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.positions.queries import (
    open_now,
    open_positions_visible_to,
    positions_visible_to,
    review_queue,
    staff_positions,
)
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory

S = PositionStatus
ALL = set(S)
PUBLIC = {S.PUBLISHED}
SEEN = {
    "visitor": PUBLIC,
    "student": PUBLIC,
    "ally student": PUBLIC,
    "strange student": set(),
    "recruiter": ALL,
    "owner": ALL,
    "rival": set(),
    "staff": ALL - {S.DRAFT},
    "department staff": ALL - {S.DRAFT},
    "ally staff": ALL - {S.DRAFT},
    "strange staff": set(),
    "operator": ALL,
    "system": ALL,
}


@pytest.fixture
def life(company):
    """One position of the company in each status."""
    return {status: PositionFactory(company=company, published=True, status=status) for status in S}


@pytest.mark.parametrize("who", SEEN)
def test_each_role_sees_its_statuses_of_the_company(people, life, who):
    seen = {PositionStatus(row.status) for row in positions_visible_to(people[who])}
    assert seen == SEEN[who]


@pytest.mark.parametrize("state", ["draft", "submitted", "rejected", "expired", "suspended"])
@pytest.mark.parametrize("who", SEEN)
def test_without_valid_vetting_only_the_own_people_and_staff_see_anything(people, life, company, who, state):
    bad = CompanyFactory.build(school=company.school, **({state: True} if state != "draft" else {}))
    Company.objects.filter(pk=company.pk).update(status=bad.status, vetted_until=bad.vetted_until)
    seen = {PositionStatus(row.status) for row in positions_visible_to(people[who])}
    outside = who in {"visitor", "student", "ally student"}
    assert seen == (set() if outside else SEEN[who])


@pytest.mark.parametrize("state", ["verified", "suspended"])
@pytest.mark.parametrize("who", SEEN)
def test_search_shows_each_role_only_what_is_open_of_what_it_sees(people, life, company, who, state):
    if state == "suspended":
        Company.objects.filter(pk=company.pk).update(status=state)
    for by_id in (False, True):
        shown = {PositionStatus(row.status) for row in open_positions_visible_to(people[who], by_id=by_id)}
        assert shown == (SEEN[who] & PUBLIC if state == "verified" else set())


@pytest.mark.parametrize("who", ["visitor", "student", "staff", "operator", "system"])
def test_rows_that_are_named_are_looked_up_by_their_ids(people, who):
    """SQLite, which has no figures, would read all that is published; PostgreSQL has some and is asked as ever."""
    named, plain = (
        open_positions_visible_to(people[who], by_id=by_id).filter(pk__in=range(20))
        for by_id in (True, False)
    )
    if connection.vendor == "sqlite":
        by_key = "SEARCH positions_position USING INTEGER PRIMARY KEY"
        assert (by_key in named.explain(), by_key in plain.explain()) == (True, False)
    else:
        assert str(named.query) == str(plain.query)


@pytest.mark.parametrize(("seconds", "open_then"), [(-1, True), (0, False), (1, False)])
def test_a_position_is_open_until_the_second_its_validity_ends(company, seconds, open_then):
    PositionFactory(company=company, published=True, expires_at=clock.now() + timedelta(hours=1))
    clock.advance(timedelta(hours=1, seconds=seconds))
    assert Position.objects.filter(open_now()).exists() is open_then


@pytest.mark.parametrize(("seconds", "open_then"), [(-1, True), (0, False), (1, False)])
def test_a_position_is_open_until_the_second_the_vetting_ends(company, seconds, open_then):
    PositionFactory(company=company, published=True, expires_at=clock.now() + timedelta(days=300))
    clock.advance(timedelta(days=183, seconds=seconds))
    assert Position.objects.filter(open_now()).exists() is open_then


def test_a_role_nobody_knows_sees_what_a_visitor_sees(life):
    assert [row.status for row in positions_visible_to(Actor(role="ghost", user_id=3))] == [S.PUBLISHED]


def test_somebody_signed_in_without_a_place_sees_what_a_visitor_sees(life):
    user = MembershipFactory(ended=True).user
    assert [row.status for row in positions_visible_to(actor_of(user))] == [S.PUBLISHED]


def test_a_recruiter_of_two_companies_in_turn_sees_the_present_one(company, life):
    former = MembershipFactory(recruiter=True, company=company, ended=True)
    present = MembershipFactory(recruiter=True, user=former.user, company=CompanyFactory(verified=True))
    own = PositionFactory(company=present.company)
    assert list(positions_visible_to(actor_of(former.user))) == [own]


def test_the_queue_is_the_own_schools_longest_waiting_first(people, company):
    second = PositionFactory(company=company, in_review=True)
    clock.advance(timedelta(minutes=-5))
    first = PositionFactory(company=company, in_review=True)
    clock.advance(timedelta(minutes=9))
    third = PositionFactory(company=company, in_review=True)
    PositionFactory(company=company, published=True)
    assert list(review_queue(people["staff"])) == [first, second, third]
    assert list(review_queue(people["operator"])) == [first, second, third]
    assert list(review_queue(people["ally staff"])) == []
    assert list(review_queue(people["strange staff"])) == []


def test_positions_that_waited_equally_long_keep_their_order(people, company):
    rows = PositionFactory.create_batch(4, company=company, in_review=True)
    assert list(review_queue(people["staff"])) == rows


@pytest.mark.parametrize("status", S)
def test_staff_positions_narrow_by_status(people, life, status):
    expected = [] if status == S.DRAFT else [life[status]]
    assert list(staff_positions(people["staff"], status=status)) == expected


@pytest.mark.parametrize("word", ["", "all", "nonsense", "PUBLISHED", "published "])
def test_a_word_that_is_no_status_narrows_nothing(people, life, word):
    rows = staff_positions(people["staff"], status=word)
    assert {row.status for row in rows} == {status.value for status in ALL - {S.DRAFT}}


def test_staff_positions_show_the_latest_change_first(people, company):
    older = PositionFactory(company=company, published=True)
    clock.advance(timedelta(minutes=1))
    newer = PositionFactory(company=company, published=True)
    assert list(staff_positions(people["staff"])) == [newer, older]
    clock.advance(timedelta(minutes=1))
    Position.objects.filter(pk=older.pk).update(updated_at=clock.now())
    assert list(staff_positions(people["staff"])) == [older, newer]


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("who", ["visitor", "student", "recruiter", "staff", "operator"])
def test_a_list_with_company_and_occupation_is_one_query(
    people, company, django_assert_num_queries, who, rows
):
    PositionFactory.create_batch(rows, company=company, published=True)
    with django_assert_num_queries(1):
        named = [(row.company.name, row.occupation.name) for row in positions_visible_to(people[who])]
    assert len(named) == rows


def test_the_worker_sees_everything(life):
    assert positions_visible_to(SYSTEM).count() == len(S)
    assert positions_visible_to(Actor(role=Role.OPERATOR)).count() == len(S)
