"""More time for a meeting: either side asks, the other agrees, and the planned end moves. Nobody is ever cut off."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid
from fairs import rules
from fairs.call_models import MOST_EXTENSION
from fairs.domain import chat, journal
from fairs.enums import RUNNING
from fairs.models import Extension, Meeting
from fairs.protocol.events import ExtensionAsked, ExtensionRefused, MeetingExtended


@transaction.atomic
def ask_extension(*, actor: Actor, meeting_id: int, minutes: int) -> Extension:
    """Ask the other side for more minutes; asked again before the answer, the newer number stands."""
    meeting = chat.open_alone(actor, meeting_id)
    if not 1 <= minutes <= MOST_EXTENSION:
        limits = {"low": 1, "high": MOST_EXTENSION}
        raise Invalid(fields={"minutes": [_("Between %(low)d and %(high)d.") % limits]})
    _end_after(meeting, minutes)
    by_student = rules.owns_ticket(actor, meeting.ticket)
    asked = meeting.extensions.filter(agreed__isnull=True).first()
    if asked is not None and asked.by_student != by_student:
        raise Conflict("already_asked", _("The other side has asked for more time: answer first."))
    if asked is None:
        asked = Extension(meeting=meeting, by_student=by_student)
    asked.minutes = minutes
    asked.save()
    journal.tell((ExtensionAsked(by_student=by_student, minutes=minutes), meeting.pk))
    return asked


@transaction.atomic
def answer_extension(*, actor: Actor, meeting_id: int, agreed: bool) -> Meeting:
    """Agree to what the other side asked for, and the planned end moves; or say no, and it stays."""
    meeting = chat.open_part(actor, meeting_id)
    by_student = rules.owns_ticket(actor, meeting.ticket)
    asked = meeting.extensions.filter(agreed__isnull=True).exclude(by_student=by_student).first()
    if asked is None:
        raise Conflict("nothing_asked", _("Nobody has asked for more time."))
    ends_at = _end_after(meeting, asked.minutes) if agreed else meeting.ends_at
    asked.agreed = agreed
    asked.save(update_fields=["agreed", "updated_at"])
    if not agreed:
        journal.tell((ExtensionRefused(by_student=by_student), meeting.pk))
        return meeting
    before, meeting.ends_at = meeting.ends_at, ends_at
    meeting.save(update_fields=["ends_at", "updated_at"])
    audit.record(
        actor=actor,
        verb="meetings.extended",
        target=meeting,
        before=before.isoformat(),
        after=ends_at.isoformat(),
    )
    journal.tell((MeetingExtended(minutes=asked.minutes, ends_at=ends_at.isoformat()), meeting.pk))
    return meeting


def _end_after(meeting: Meeting, minutes: int) -> datetime:
    """So many minutes from the planned end, or from now where that is over; a fair's own end is not passed."""
    fair = meeting.ticket.booth.fair
    if fair.status not in RUNNING:
        raise Conflict("fair_not_live", _("The fair is not live."))
    ends_at = max(meeting.ends_at, clock.now()) + timedelta(minutes=minutes)
    if ends_at > fair.ends_at:
        raise Conflict("past_the_fair", _("The fair ends before that."))
    return ends_at
