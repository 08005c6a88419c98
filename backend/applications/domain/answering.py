"""The company answers: moves applications on, notes, rates."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications import rules
from backend.applications.domain.steps import take_step
from backend.applications.enums import COMPANY_STEPS, ApplicationStatus
from backend.applications.models import Application, ApplicationNote
from backend.applications.queries import applications_visible_to, get_application
from backend.audit.domain import record
from backend.common.errors import Conflict, Invalid, NotAllowed


@dataclass(frozen=True)
class BulkResult:
    """Which applications moved, and which could not, with the sentence why."""

    moved: list[int]
    refused: dict[int, str]


@transaction.atomic
def move_application(*, actor: Actor, application_id: int, to: str, message: str = "") -> Application:
    """Take one step for the company; every step is told to the student."""
    application = _answerable(actor, application_id)
    return _step(actor, application, to, message)


@transaction.atomic
def bulk_move(*, actor: Actor, application_ids: Sequence[int], to: str, message: str = "") -> BulkResult:
    """Give many applications the same answer; those that cannot take it stay as they are and are named."""
    moved, refused = [], {}
    for application in applications_visible_to(actor).filter(pk__in=application_ids).order_by("pk"):
        if not rules.can_answer(actor, application):
            raise NotAllowed()
        try:
            with transaction.atomic():
                _step(actor, application, to, message)
            moved.append(application.pk)
        except Conflict as error:
            refused[application.pk] = error.text
    return BulkResult(moved, refused)


@transaction.atomic
def open_application(*, actor: Actor, application_id: int) -> Application:
    """Read one application; the first look of the company is a step the student sees."""
    application = get_application(actor, application_id)
    if actor.role == Role.RECRUITER and application.status == ApplicationStatus.NEW:
        try:
            with transaction.atomic():
                take_step(actor=actor, application=application, to=ApplicationStatus.VIEWED)
        except Conflict:
            # A colleague looked first, or the student withdrew: reading is possible all the same.
            application = get_application(actor, application_id)
    return application


@transaction.atomic
def add_note(*, actor: Actor, application_id: int, text: str) -> ApplicationNote:
    """Write a note only the company reads."""
    application = _answerable(actor, application_id)
    if not text.strip():
        raise Invalid(fields={"text": [_("Write something.")]})
    note = ApplicationNote.objects.create(application=application, author_id=actor.user_id, text=text.strip())
    record(actor=actor, verb="application.note", target=application)
    return note


@transaction.atomic
def rate(*, actor: Actor, application_id: int, rating: int) -> Application:
    """Rate an applicant from 1 to 5, for the company's own use."""
    application = _answerable(actor, application_id)
    if rating not in range(1, 6):
        raise Invalid(fields={"rating": [_("From 1 to 5.")]})
    application.rating = rating
    application.save(update_fields=["rating"])
    record(actor=actor, verb="application.rate", target=application, after=str(rating))
    return application


def _answerable(actor: Actor, application_id: int) -> Application:
    application = get_application(actor, application_id)
    if not rules.can_answer(actor, application):
        raise NotAllowed()
    return application


def _step(actor: Actor, application: Application, to: str, message: str) -> Application:
    """One company step; offers have their own function, since they need terms."""
    if to not in COMPANY_STEPS:
        raise Invalid(fields={"to": [_("Choose viewed, shortlisted, interview or declined.")]})
    take_step(actor=actor, application=application, to=ApplicationStatus(to), message=message)
    if to == ApplicationStatus.DECLINED:
        application.interview_slots.update(application=None, booked_at=None)
    return application
