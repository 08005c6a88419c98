"""The group session that the demo begins with: in the order of time, whoever stands in the line."""

from datetime import timedelta

import pytest

from backend.common import clock
from backend.demo.group import CAME, build_group
from fairs.models import GroupMessage, GroupSession, Meeting, Ticket
from tests.factories.fairs import BoothFactory, TicketFactory, recruiter_at

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def booth():
    made = BoothFactory()
    recruiter_at(made)
    return made


def stand(booth, *minutes):
    """In line since so many minutes ago."""
    for ago in minutes:
        joined = clock.now() - timedelta(minutes=ago)
        TicketFactory(booth=booth, joined_at=joined, stands_since=joined)


@pytest.mark.parametrize(
    ("ago", "begun", "waited"),
    [((30, 20, 10, 7, 1), 6, [24, 14, 4, 1]), ((30, 20, 10, 2, 1), 2, [28, 18, 8, 0])],
)
def test_nobody_is_called_before_joining_and_all_was_said_by_now(booth, ago, begun, waited):
    stand(booth, *ago)
    build_group(booth)
    now, session = clock.now(), GroupSession.objects.get()
    called = Ticket.objects.filter(group=session).order_by("joined_at")
    assert session.started_at == now - timedelta(minutes=begun)
    assert [ticket.call_reason["waited"] for ticket in called] == [60 * minutes for minutes in waited]
    assert {ticket.called_at for ticket in called} == {session.started_at}
    assert {talk.started_at <= now for talk in Meeting.objects.all()} == {True}
    said = list(GroupMessage.objects.order_by("pk").values_list("at", flat=True))
    assert said == sorted(said)
    assert session.started_at < said[0] < said[-1] < now


def test_too_short_a_line_or_nobody_to_lead_is_no_session(booth):
    stand(booth, *range(2, 1 + CAME))
    build_group(booth)
    other = BoothFactory()
    stand(other, *range(2, 2 + CAME))
    build_group(other)
    assert (GroupSession.objects.count(), Ticket.objects.filter(status="waiting").count()) == (
        0,
        2 * CAME - 1,
    )
