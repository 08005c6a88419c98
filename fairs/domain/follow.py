"""After a talk: note, rating and next step kept, and the file that a team takes along."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from fairs import queries, rules, talks
from fairs.domain.booth import worked_booth
from fairs.domain.meeting import answer_meeting
from fairs.domain.words import problems_of
from fairs.enums import MeetingStatus
from fairs.models import Meeting

LIMITS = {"note": 2000, "next_step": 200}


@transaction.atomic
def follow_talk(
    *, actor: Actor, meeting_id: int, outcome: str = "", message: str = "", **kept: Any
) -> Meeting:
    """Keep a talk's notes and, where an outcome is given, answer the student: both or neither."""
    meeting = keep_notes(actor=actor, meeting_id=meeting_id, **kept)
    if not outcome:
        return meeting
    return answer_meeting(actor=actor, meeting_id=meeting_id, outcome=outcome, message=message)


@transaction.atomic
def keep_notes(
    *,
    actor: Actor,
    meeting_id: int,
    note: str = "",
    rating: int | None = None,
    next_step: str = "",
    next_step_due: date | None = None,
) -> Meeting:
    """What the team keeps of a talk that is over, for itself; a next step has its day."""
    meeting = queries.meetings_visible_to(actor).filter(pk=meeting_id).first()
    if meeting is None:
        raise NotFound
    if not rules.can_meet_people(actor, meeting.ticket.booth):
        raise NotAllowed
    values = {"note": note.strip(), "next_step": next_step.strip()}
    _valid(values, rating, next_step_due)
    changed = Meeting.objects.filter(pk=meeting.pk, status=MeetingStatus.ENDED).update(
        **values, rating=rating, next_step_due=next_step_due, updated_at=clock.now()
    )
    if not changed:
        raise Conflict("not_over", _("This talk is not over."))
    meeting.refresh_from_db()
    audit.record(actor=actor, verb="meetings.notes_kept", target=meeting)
    return meeting


@transaction.atomic
def take_talks(*, actor: Actor, booth_id: int, wanted: str = "") -> tuple[list[str], list[list]]:
    """Header and rows of the file of a booth's talks; that it was taken, by whom and how much, is kept."""
    booth = worked_booth(actor, booth_id)
    rows = talks.file_rows(booth, talks.talks_of(booth, wanted)[: talks.MOST_ROWS])
    audit.record(actor=actor, verb="meetings.taken", target=booth, data={"rows": len(rows)})
    return talks.headers(), rows


def _valid(values: dict[str, str], rating: int | None, due: date | None) -> None:
    problems = {key: wrong for key, limit in LIMITS.items() if (wrong := problems_of(values[key], limit))}
    if rating is not None and not 1 <= rating <= 5:
        problems["rating"] = [_("Between %(low)d and %(high)d.") % {"low": 1, "high": 5}]
    if values["next_step"] and due is None:
        problems["next_step_due"] = [_("Say until when.")]
    if due is not None and not values["next_step"]:
        problems["next_step"] = [_("Say what comes next.")]
    if problems:
        raise Invalid(fields=problems)
