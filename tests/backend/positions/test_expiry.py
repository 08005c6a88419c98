"""Positions end on time, once, whoever else is at them; those of a company whose vetting ends go with it."""

from datetime import timedelta

import pytest

from backend.audit.models import AuditEntry
from backend.common import clock, outbox, periodic
from backend.common.models import OutboxEntry
from backend.companies import domain as companies
from backend.notifications.models import Notification
from backend.positions import domain
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from tests.backend.racing import race
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory

S = PositionStatus


def over(company, **fields):
    """A public position whose validity ended a second ago."""
    return PositionFactory(
        company=company, published=True, expires_at=clock.now() - timedelta(seconds=1), **fields
    )


@pytest.mark.parametrize("status", S)
def test_only_what_is_or_was_public_expires(company, status):
    row = over(company, status=status)
    ends = status in (S.PUBLISHED, S.PAUSED)
    assert domain.expire_positions() == int(ends)
    row.refresh_from_db()
    assert row.status == (S.EXPIRED if ends else status)


@pytest.mark.parametrize(("seconds", "ends"), [(-1, 0), (0, 1), (1, 1)])
def test_the_end_is_exact_to_the_second(company, seconds, ends):
    PositionFactory(company=company, published=True, expires_at=clock.now() + timedelta(days=1))
    clock.advance(timedelta(days=1, seconds=seconds))
    assert domain.expire_positions() == ends


def test_the_worker_does_it_in_its_own_name_and_tells_the_recruiters_in_the_app_alone(company):
    people = [RecruiterFactory(company=company).user_id for _ in range(2)]
    row = over(company, title="焊工")
    domain.expire_positions()
    assert list(AuditEntry.objects.values_list("verb", "before", "after", "actor_role", "actor_user_id")) == [
        ("position.expired", "published", "expired", "system", None)
    ]
    assert list(Notification.objects.order_by("pk").values_list("user_id", "kind", "url")) == [
        (user, "position_expired", f"/company/positions/{row.pk}/") for user in people
    ]
    assert list(OutboxEntry.objects.values_list("topic", flat=True)) == ["positions.index"]


def test_many_are_ended_in_batches_until_none_is_left(company, monkeypatch):
    monkeypatch.setattr(domain, "EXPIRE_BATCH", 2)
    for _ in range(5):
        over(company)
    assert [domain.expire_positions() for _ in range(4)] == [2, 2, 1, 0]


def test_one_that_was_closed_meanwhile_stays_closed(company, recruiter):
    row = over(company)
    domain.close_position(actor=recruiter, position_id=row.pk)
    assert domain.expire_positions() == 0
    row.refresh_from_db()
    assert row.status == S.CLOSED


def test_what_expired_comes_back_only_through_review(company, recruiter, clerk):
    row = over(company)
    domain.expire_positions()
    domain.update_position(
        actor=recruiter, position_id=row.pk, values={"deadline": clock.today() + timedelta(days=30)}
    )
    row.refresh_from_db()
    assert row.status == S.EXPIRED
    domain.submit_position(actor=recruiter, position_id=row.pk)
    domain.decide_position(actor=clerk, position_id=row.pk, publish=True)
    row.refresh_from_db()
    assert (row.status, row.expires_at) == (S.PUBLISHED, domain.end_of(row.deadline))
    assert domain.expire_positions() == 0


def test_the_worker_runs_it_every_minute():
    job = periodic._jobs["positions.expire"]
    assert (job.run, job.every) == (domain.expire_positions, timedelta(minutes=1))


def test_between_the_end_and_the_worker_nobody_outside_sees_it(people, company):
    row = over(company)
    assert [who for who in people if row in positions_visible_to(people[who])] == [
        "system",
        "recruiter",
        "owner",
        "staff",
        "department staff",
        "ally staff",
        "operator",
    ]


@pytest.mark.django_db(transaction=True)
def test_several_workers_end_a_position_once(company):
    person = RecruiterFactory(company=company)
    rows = [over(company) for _ in range(3)]
    results = race(lambda _: domain.expire_positions(), threads=3)
    assert sum(results) == 3
    assert list(Notification.objects.values_list("user_id", flat=True)) == [person.user_id] * 3
    assert AuditEntry.objects.filter(verb="position.expired").count() == 3
    assert [Position.objects.get(pk=row.pk).version for row in rows] == [2, 2, 2]


# The vetting of the company ends


@pytest.fixture
def public(company):
    """A position that outlives the vetting of its company."""
    return PositionFactory(
        company=company,
        published=True,
        deadline=clock.today() + timedelta(days=300),
        expires_at=clock.now() + timedelta(days=300),
    )


def test_a_position_keeps_its_status_when_the_vetting_ends_and_is_unseen_all_the_same(
    people, company, public
):
    clock.advance(timedelta(days=183))
    companies.expire_vettings()
    public.refresh_from_db()
    assert public.status == S.PUBLISHED
    assert not positions_visible_to(people["visitor"]).exists()
    assert positions_visible_to(people["recruiter"]).exists()


def test_a_company_vetted_again_shows_its_positions_again(people, company, public, clerk):
    clock.advance(timedelta(days=183))
    companies.expire_vettings()
    company.refresh_from_db()
    companies.decide_vetting(actor=clerk, company_id=company.pk, outcome="verified", seen=company.version)
    assert list(positions_visible_to(people["visitor"])) == [public]


def test_the_end_of_a_vetting_reaches_the_index_for_each_position_that_was_public(company, public):
    paused = PositionFactory(company=company, published=True, status=S.PAUSED)
    PositionFactory(company=company)
    PositionFactory(company=company, published=True, status=S.CLOSED)
    PositionFactory(company=CompanyFactory(verified=True, vetted_until=clock.now() + timedelta(days=999)))
    clock.advance(timedelta(days=183))
    companies.expire_vettings()
    outbox.run_once(["companies.reachability"])
    rows = OutboxEntry.objects.filter(topic="positions.index").order_by("pk")
    assert list(rows.values_list("payload", flat=True)) == [
        {"position": public.pk},
        {"position": paused.pk},
    ]
