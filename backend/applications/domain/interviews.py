"""Interview times: offered by the company, picked by the student, never twice."""

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications import rules
from backend.applications.domain.steps import tell_company, tell_student
from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application, InterviewSlot
from backend.applications.queries import slots_visible_to
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.positions.queries import positions_visible_to

MOST_AT_ONCE = 100
TAKEN = _("Somebody was faster: this time is taken. Choose another.")


@transaction.atomic
def open_slots(
    *, actor: Actor, position_id: int, times: Sequence[tuple[datetime, datetime]], place: str
) -> list[InterviewSlot]:
    """Offer interview times for a position; a time already offered at that place is not offered twice."""
    position = positions_visible_to(actor).filter(pk=position_id).first()
    if position is None:
        raise NotFound()
    if not rules.can_open_slots(actor, position):
        raise NotAllowed()
    _check_times(times)
    taken = set(position.interview_slots.filter(place=place).values_list("starts_at", flat=True))
    rows = [
        InterviewSlot(position=position, starts_at=start, ends_at=end, place=place)
        for start, end in sorted(set(times))
        if start not in taken
    ]
    InterviewSlot.objects.bulk_create(rows, ignore_conflicts=True)
    record(actor=actor, verb="slots.open", target=position, data={"slots": len(rows)})
    invited = Application.objects.filter(
        position=position, status=ApplicationStatus.INTERVIEW, interview_slots=None
    )
    for application in invited.select_related("position__company", "student"):
        tell_student(application, "interview_times")
    return list(position.interview_slots.filter(place=place, starts_at__in=[row.starts_at for row in rows]))


def book_slot(*, actor: Actor, slot_id: int) -> InterviewSlot:
    """Take a free time for the interview; a time picked before becomes free again.

    The write is conditional on the time still being free, so exactly one of several students gets it. A time that is
    visibly gone is refused before the write lock is asked for: in a rush most attempts end there.
    """
    if actor.role != Role.STUDENT:
        raise NotAllowed()
    gone = slots_visible_to(actor).filter(pk=slot_id, application__isnull=False)
    if gone.exclude(application__student_id=actor.student_id).exists():
        raise Conflict("slot_taken", TAKEN)
    return _book(actor, slot_id)


@transaction.atomic
def _book(actor: Actor, slot_id: int) -> InterviewSlot:
    slot, application = _pickable(actor, slot_id)
    if slot.application_id == application.pk:
        return slot
    InterviewSlot.objects.filter(application=application).update(application=None, booked_at=None)
    if not _claim(slot, application):
        raise Conflict("slot_taken", TAKEN)
    slot.refresh_from_db()
    record(actor=actor, verb="slot.book", target=slot, data={"application": application.pk})
    tell_company(application, "interview_booked", again=f":{slot.pk}:{clock.now().timestamp()}")
    return slot


@transaction.atomic
def cancel_booking(*, actor: Actor, slot_id: int) -> InterviewSlot:
    """Free a booked time: the student for themself, or the company, and the other side hears of it."""
    slot = slots_visible_to(actor).filter(pk=slot_id, application__isnull=False).first()
    if slot is None:
        raise NotFound()
    application = slot.application
    mine = actor.role == Role.STUDENT and application.student_id == actor.student_id
    if not mine and not rules.can_open_slots(actor, slot.position):
        raise NotAllowed()
    if slot.over:
        raise Conflict("slot_past", _("This time has passed."))
    changed = InterviewSlot.objects.filter(pk=slot.pk, application=application).update(
        application=None, booked_at=None
    )
    if not changed:
        raise Conflict()
    slot.refresh_from_db()
    record(actor=actor, verb="slot.cancel", target=slot, data={"application": application.pk})
    tell = tell_company if mine else tell_student
    tell(application, "interview_cancelled", again=f":{slot.pk}:{clock.now().timestamp()}")
    return slot


@transaction.atomic
def close_slot(*, actor: Actor, slot_id: int) -> None:
    """Take back a time nobody has booked."""
    slot = slots_visible_to(actor).filter(pk=slot_id).first()
    if slot is None:
        raise NotFound()
    if not rules.can_open_slots(actor, slot.position):
        raise NotAllowed()
    record(actor=actor, verb="slot.close", target=slot)
    deleted, _rows = InterviewSlot.objects.filter(pk=slot.pk, application__isnull=True).delete()
    if not deleted:
        raise Conflict("slot_taken", _("A student has booked this time: cancel the booking first."))


def _check_times(times: Sequence[tuple[datetime, datetime]]) -> None:
    if not times or len(times) > MOST_AT_ONCE:
        raise Invalid(fields={"times": [_("Give between 1 and 100 times.")]})
    if any(end <= start for start, end in times):
        raise Invalid(fields={"times": [_("A time must end after it starts.")]})
    if any(start <= clock.now() for start, _end in times):
        raise Invalid(fields={"times": [_("Times must lie in the future.")]})


def _pickable(actor: Actor, slot_id: int) -> tuple[InterviewSlot, Application]:
    """The slot and the student's own application in the interview stage it belongs to."""
    slot = slots_visible_to(actor).filter(pk=slot_id).first()
    if slot is None:
        raise NotFound()
    if slot.starts_at <= clock.now():
        raise Conflict("slot_past", _("This time has passed."))
    application = (
        Application.objects.select_related("position__company", "student")
        .filter(student_id=actor.student_id, position_id=slot.position_id, status=ApplicationStatus.INTERVIEW)
        .first()
    )
    if application is None:
        raise Conflict("wrong_state", _("You are not at the interview stage."))
    return slot, application


def _claim(slot: InterviewSlot, application: Application) -> bool:
    """Conditional write on a slot that is still free; the unique constraint allows one slot per person."""
    try:
        with transaction.atomic():
            return bool(
                InterviewSlot.objects.filter(pk=slot.pk, application__isnull=True).update(
                    application=application, booked_at=clock.now(), updated_at=clock.now()
                )
            )
    except IntegrityError:
        return False
