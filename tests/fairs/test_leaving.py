"""Whoever erases the account in the middle of a fair frees the line and ends the talk."""

import pytest

from backend.accounts.actor import actor_of
from backend.accounts.domain import erase_account
from backend.common import clock
from backend.schools.models import School
from fairs.domain import meeting
from fairs.enums import LIVE_TICKET, TicketStatus
from fairs.models import Message, Ticket
from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.fairs import MeetingFactory, TicketFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def ticket_in(status: str) -> Ticket:
    called = {"called_at": clock.now(), "answer_by": clock.now()} if status == "called" else {}
    ticket = TicketFactory(status=status, **called)
    MembershipFactory(of_student=True, student=ticket.student)
    if status == TicketStatus.MEETING:
        MeetingFactory(ticket=ticket)
    return ticket


@pytest.mark.parametrize("status", TicketStatus.values)
def test_no_line_waits_for_somebody_who_is_gone(status):
    ticket = ticket_in(status)
    meeting.end_visitor(ticket.student.membership.user)
    ticket.refresh_from_db()
    ended = {"meeting": "served"}.get(status, "left")
    assert ticket.status == (ended if status in LIVE_TICKET else status)


def test_the_talk_ends_and_still_owes_its_answer():
    ticket = ticket_in("meeting")
    user = ticket.student.membership.user
    said = Message.objects.create(meeting=ticket.meeting, author=user, by_student=True, text="金丝雀")
    heard = Message.objects.create(meeting=ticket.meeting, text="您好")
    erase_account(actor=actor_of(user), password=PASSWORD)
    ticket.meeting.refresh_from_db()
    assert (ticket.meeting.status, ticket.meeting.outcome, ticket.meeting.due_at is None) == (
        "ended",
        "pending",
        False,
    )
    assert [Message.objects.get(pk=row.pk).text for row in (said, heard)] == ["", "您好"]


def test_others_keep_their_places():
    ticket, other = ticket_in("waiting"), ticket_in("waiting")
    meeting.end_visitor(ticket.student.membership.user)
    other.refresh_from_db()
    assert other.status == "waiting"


def test_staff_stand_in_no_line():
    ticket = ticket_in("waiting")
    meeting.end_visitor(MembershipFactory(school=ticket.student.school).user)
    ticket.refresh_from_db()
    assert ticket.status == "waiting"


@pytest.mark.parametrize("status", ["waiting", "meeting"])
@pytest.mark.parametrize("closed", ["school suspended", "membership ended"])
def test_also_whoever_has_no_role_any_more_can_be_erased(status, closed):
    ticket = ticket_in(status)
    member = ticket.student.membership
    if closed == "school suspended":
        School.objects.filter(pk=member.school_id).update(suspended_at=clock.now(), suspended_reason="x")
    else:
        member.ended_at = clock.now()
        member.save()
    erase_account(actor=actor_of(member.user), password=PASSWORD)
    ticket.refresh_from_db()
    member.user.refresh_from_db()
    assert (ticket.status, member.user.is_active) == ({"meeting": "served"}.get(status, "left"), False)
