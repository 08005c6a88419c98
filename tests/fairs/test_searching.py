"""Positions are found by the fair an approved booth brings them to, as soon as that is so and no longer."""

from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.common import clock, outbox
from backend.positions import indexing, searching
from backend.positions.interfaces import filters
from backend.positions.models import Position
from fairs.domain import booth as booths
from fairs.enums import BoothStatus, FairStatus
from fairs.models import BoothPosition
from fairs.searching import fair_ids_of, fairs_to_choose
from tests.factories.accounts import MembershipFactory
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def fair():
    return FairFactory(sign_up=True, school=SchoolFactory())


@pytest.fixture
def company(fair):
    """A recruiter of a verified company with three published positions, which search knows."""
    actor = recruiter_at(BoothFactory(fair=FairFactory(school=fair.school)))
    rows = [PositionFactory(company_id=actor.company_id, published=True) for _ in range(3)]
    indexing.look_again(row.pk for row in rows)
    outbox.drain()
    return actor, rows


def found(fair):
    """What a visitor finds under the fair, after the outbox was read."""
    outbox.drain()
    query = searching.read_query({"fair": str(fair.pk), "exact": "1"})
    return {row.pk for row in searching.find(ANONYMOUS, query)[1]}


def test_a_booth_brings_its_positions_once_it_is_approved(fair, company):
    actor, (one, two, three) = company
    booth = booths.request_booth(actor=actor, fair_id=fair.pk, position_ids=[one.pk, two.pk])
    assert found(fair) == set()
    booths.approve_booth(actor=staff_of(fair), booth_id=booth.pk)
    assert found(fair) == {one.pk, two.pk}
    booths.bring_positions(actor=actor, booth_id=booth.pk, position_ids=[two.pk, three.pk])
    assert found(fair) == {two.pk, three.pk}
    booths.refuse_booth(actor=staff_of(fair), booth_id=booth.pk, reason="满")
    assert found(fair) == set()


def test_only_what_changed_is_looked_at_again(fair, company):
    actor, (one, two, three) = company
    booth = BoothFactory(fair=fair, company_id=actor.company_id)
    for position in (one, two):
        BoothPosition.objects.create(booth=booth, position=position)
    outbox.drain()
    booths.bring_positions(actor=actor, booth_id=booth.pk, position_ids=[two.pk, three.pk])
    rows = outbox.OutboxEntry.objects.filter(topic=indexing.INDEX)
    assert {row.payload["position"] for row in rows} == {one.pk, three.pk}


@pytest.mark.parametrize("status", BoothStatus.values)
def test_only_an_approved_booth_brings_positions(fair, company, status):
    _actor, (one, two, _three) = company
    other = FairFactory(school=fair.school)
    BoothPosition.objects.create(
        booth=BoothFactory(fair=fair, company_id=one.company_id, status=status), position=one
    )
    BoothPosition.objects.create(booth=BoothFactory(fair=other, company_id=one.company_id), position=one)
    here = (fair.pk,) if status == BoothStatus.APPROVED else ()
    assert fair_ids_of([one.pk, two.pk]) == {one.pk: tuple(sorted((*here, other.pk)))}


@pytest.mark.parametrize("number", [1, 3])
def test_a_batch_asks_once(fair, company, number, django_assert_num_queries):
    _actor, rows = company
    booth = BoothFactory(fair=fair, company_id=rows[0].company_id)
    for row in rows[:number]:
        BoothPosition.objects.create(booth=booth, position=row)
    with django_assert_num_queries(1):
        assert fair_ids_of([row.pk for row in rows]) == {row.pk: (fair.pk,) for row in rows[:number]}


@pytest.mark.parametrize("status", FairStatus.values)
def test_fairs_to_choose_are_public_and_not_over(fair, status):
    type(fair).objects.filter(pk=fair.pk).update(status=status)
    offered = status in {"sign_up", "ready", "live", "paused"}
    assert fairs_to_choose(ANONYMOUS) == ([(fair.pk, fair.name)] if offered else [])


def test_fairs_are_those_one_may_see_the_next_first(fair):
    soon, last = clock.now() + timedelta(days=3), clock.now() + timedelta(days=9)
    later = FairFactory(school=fair.school, starts_at=soon, ends_at=last)
    away = FairFactory(starts_at=soon + timedelta(hours=1), ends_at=last)
    assert [pk for pk, _name in fairs_to_choose(ANONYMOUS)] == [fair.pk, later.pk, away.pk]
    assert [pk for pk, _name in fairs_to_choose(student_at(fair))] == [fair.pk, later.pk]
    assert [pk for pk, _name in fairs_to_choose(staff_of(away))] == [away.pk]
    assert len(fairs_to_choose(actor_of(MembershipFactory(operator=True).user))) == 3


def test_the_page_offers_the_fair_and_both_doors_find_by_it(fair, company):
    assert filters.fairs_for(ANONYMOUS) == [(fair.pk, fair.name)] + [
        (pk, name) for pk, name in fairs_to_choose(ANONYMOUS) if pk != fair.pk
    ]
    actor, (one, *_rest) = company
    booth = BoothFactory(fair=fair, company_id=actor.company_id)
    booths.bring_positions(actor=actor, booth_id=booth.pk, position_ids=[one.pk])
    outbox.drain()
    page = Client().get("/positions/", {"fair": fair.pk, "exact": "1"})
    assert [row["position"].pk for row in page.context["rows"]] == [one.pk]
    assert [chip["label"] for chip in page.context["chips"]] == [fair.name]
    answer = APIClient().get("/api/v1/positions/search/", {"fair": fair.pk, "exact": "1"}).json()
    assert [row["id"] for row in answer["results"]] == [one.pk]
    assert Position.objects.count() == 3
