"""Rows of hits by a prepared query: the same as the queryset gives to the same person at the same moment."""

from datetime import timedelta

import pytest

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies.models import Company
from backend.positions import hits, searching
from backend.positions.enums import PositionStatus
from backend.positions.interfaces.serializers import HIT_COLUMNS
from backend.positions.models import Position
from backend.positions.queries import open_positions_visible_to
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory

WHO = [
    "visitor", "student", "ally student", "strange student", "recruiter", "rival", "staff", "strange staff", "operator",
]  # fmt: skip


@pytest.fixture
def life(company):
    """A position in each status, and a published one of a company that is not vetted any more."""
    made = [PositionFactory(company=company, published=True, status=status) for status in PositionStatus]
    return [
        *made,
        PositionFactory(company=CompanyFactory(school=company.school, expired=True), published=True),
    ]


@pytest.mark.parametrize("who", WHO)
def test_a_person_reads_what_the_queryset_shows_with_the_same_values(people, life, who):
    ids = [row.pk for row in reversed(life)]
    expected = {row["id"]: row for row in open_positions_visible_to(people[who]).values(*HIT_COLUMNS)}
    found = hits.read(people[who], ids, HIT_COLUMNS)
    assert {pk: {name: _value(row, name) for name in HIT_COLUMNS} for pk, row in found.items()} == expected
    assert [row.pk for row in searching.visible(people[who], ids, HIT_COLUMNS)] == [
        pk for pk in ids if pk in expected
    ]


def test_what_expires_or_is_closed_between_two_readings_is_gone_from_the_second(people, company):
    rows = [PositionFactory(company=company, published=True) for _ in range(3)]
    ids = [row.pk for row in rows]
    assert set(hits.read(people["student"], ids, HIT_COLUMNS)) == set(ids)
    Position.objects.filter(pk=ids[0]).update(status=PositionStatus.CLOSED)
    Position.objects.filter(pk=ids[1]).update(expires_at=clock.now() + timedelta(seconds=1))
    clock.advance(timedelta(seconds=1))
    assert set(hits.read(people["student"], ids, HIT_COLUMNS)) == {ids[2]}
    Company.objects.filter(pk=company.pk).update(vetted_until=clock.now())
    assert hits.read(people["student"], ids, HIT_COLUMNS) == {}


def test_a_page_costs_one_query_and_nothing_where_nothing_can_be_seen(
    people, life, django_assert_num_queries
):
    ids = [row.pk for row in life]
    for count in (1, 3):
        with django_assert_num_queries(1):
            hits.read(people["student"], ids[:count], HIT_COLUMNS)
    with django_assert_num_queries(0):
        assert hits.read(people["student"], [], HIT_COLUMNS) == {}
        assert hits.read(Actor(role=Role.STUDENT), ids, HIT_COLUMNS) == {}


def _value(row, name):
    for part in name.split("__"):
        row = getattr(row, part)
    return row
