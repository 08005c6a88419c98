"""What is said in a meeting, and what a student hands over in it: only by an explicit grant (rule 17)."""

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.students.domain.grants import give_grant
from backend.students.enums import GrantField, GrantPurpose
from fairs import queries, rules
from fairs.domain import journal
from fairs.domain.words import must_be_heard, written
from fairs.enums import MeetingStatus, MessageKind
from fairs.models import Meeting, Message
from fairs.protocol.events import MessageSent

LONGEST = 2000
GRANTED_FOR = timedelta(days=90)


@transaction.atomic
def send_message(*, actor: Actor, meeting_id: int, text: str) -> Message:
    """Say something in an open meeting one takes part in."""
    meeting = open_part(actor, meeting_id)
    text = written("text", text, LONGEST, missing=_("Write something first."))
    must_be_heard(actor, meeting.ticket.booth.fair_id)
    return say(actor, meeting, MessageKind.TEXT, text)


@transaction.atomic
def share_resume(*, actor: Actor, meeting_id: int, resume_id: int) -> Message:
    """The student lets this company open one resume, and says so in the meeting."""
    meeting = _students_part(actor, meeting_id)
    grant = give_grant(
        actor=actor,
        company_id=meeting.ticket.booth.company_id,
        fields=[GrantField.NAME, GrantField.RESUME],
        purpose=f"{GrantPurpose.FAIR}:resume-{meeting.pk}",
        until=clock.now() + GRANTED_FOR,
        resume_id=resume_id,
    )
    return say(actor, meeting, MessageKind.RESUME, grant.resume.title)


@transaction.atomic
def share_contact(*, actor: Actor, meeting_id: int) -> Message:
    """The student lets this company see name, e-mail and telephone; the message carries none of them."""
    meeting = _students_part(actor, meeting_id)
    give_grant(
        actor=actor,
        company_id=meeting.ticket.booth.company_id,
        fields=[GrantField.NAME, GrantField.EMAIL, GrantField.PHONE],
        purpose=f"{GrantPurpose.FAIR}:contact-{meeting.pk}",
        until=clock.now() + GRANTED_FOR,
    )
    return say(actor, meeting, MessageKind.CONTACT, "")


def open_part(actor: Actor, meeting_id: int) -> Meeting:
    """An open meeting one takes part in, its row locked; else NotFound, NotAllowed or `meeting_over`."""
    # The row's lock keeps a message from slipping in behind the end of the meeting.
    meeting = queries.meetings_visible_to(actor).select_for_update(of=("self",)).filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFound
    if not rules.takes_part(actor, meeting):
        raise NotAllowed
    if meeting.status != MeetingStatus.OPEN:
        raise Conflict("meeting_over", _("This meeting is over."))
    return meeting


def open_alone(actor: Actor, meeting_id: int) -> Meeting:
    """The same where it is no part of a group session: what two agree on, or one of them passes on, is not for a group."""
    meeting = open_part(actor, meeting_id)
    if meeting.ticket.group_id is not None:
        raise Conflict("in_group", _("This talk is part of a group session."))
    return meeting


def _students_part(actor: Actor, meeting_id: int) -> Meeting:
    meeting = open_part(actor, meeting_id)
    if not rules.owns_ticket(actor, meeting.ticket):
        raise NotAllowed
    return meeting


def say(actor: Actor, meeting: Meeting, kind: str, text: str, *more: journal.Told) -> Message:
    """A line of a meeting, told with whatever else happened in the same step."""
    by_student = rules.owns_ticket(actor, meeting.ticket)
    message = Message.objects.create(
        meeting=meeting, author_id=actor.user_id, by_student=by_student, kind=kind, text=text
    )
    said = MessageSent(
        message=message.pk, by_student=by_student, what=kind, text=text, at=message.at.isoformat()
    )
    journal.tell((said, meeting.pk), *more)
    return message
