"""A student applies, or withdraws."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.models import User
from backend.applications import hooks, rules
from backend.applications.domain.steps import ANSWER_WITHIN, take_step, tell_company
from backend.applications.eligibility import Failing, eligibility
from backend.applications.enums import OPEN, ApplicationStatus
from backend.applications.models import Application, ApplicationStep
from backend.applications.queries import get_application, live_application
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.notifications.domain import forget_name
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.students.domain.account import departing
from backend.students.domain.grants import give_grant, revoke_grant
from backend.students.enums import GrantField, GrantPurpose
from backend.students.models import Resume, Student
from backend.students.queries import live_grants

GRANT_LASTS = timedelta(days=180)


@transaction.atomic
def apply(*, actor: Actor, position_id: int, resume_id: int | None = None, note: str = "") -> Application:
    """Apply for a position; whoever asks twice gets the application that is already there.

    Raises Invalid `not_eligible`, naming every failing field, when the position asks for something else.
    """
    student, position = _pair(actor, position_id)
    existing = live_application(student.pk, position.pk)
    if existing is not None:
        return existing
    _refuse_unfit(student, position)
    resume = _own_resume(student, resume_id)
    try:
        with transaction.atomic():
            application = _create(student, position, resume, note)
    except IntegrityError:
        # A second click was faster: the partial unique constraint let one of them through.
        existing = live_application(student.pk, position.pk)
        if existing is None:
            raise
        return existing
    _announce(actor, application)
    return application


def check_eligibility(*, actor: Actor, position_id: int) -> list[Failing]:
    """Every field that keeps the student from applying for a position they see; nothing is written."""
    return eligibility(*_pair(actor, position_id))


@transaction.atomic
def withdraw(*, actor: Actor, application_id: int, reason: str = "") -> Application:
    """Take an application back; a booked interview time becomes free."""
    application = get_application(actor, application_id)
    if not rules.is_applicant(actor, application):
        raise NotAllowed()
    take_step(actor=actor, application=application, to=ApplicationStatus.WITHDRAWN, message=reason)
    application.interview_slots.update(application=None, booked_at=None)
    for grant in live_grants().filter(student_id=application.student_id, purpose=_purpose(application)):
        revoke_grant(actor=actor, grant_id=grant.pk)
    return application


def end_applicant(user: User) -> None:
    """The applicant erases the account: open applications are withdrawn, and companies' lists forget the name."""
    for actor in departing(user):
        rows = Application.objects.filter(student_id=actor.student_id).order_by("pk")
        for application in rows.filter(status__in=OPEN):
            withdraw(actor=actor, application_id=application.pk)
        urls = [reverse("applications:detail", args=[pk]) for pk in rows.values_list("pk", flat=True)]
        forget_name(param="student", urls=urls)


def _pair(actor: Actor, position_id: int) -> tuple[Student, Position]:
    """The student who asks and the position they ask about."""
    if not rules.can_apply(actor):
        raise NotAllowed()
    position = positions_visible_to(actor).filter(pk=position_id).first()
    if position is None:
        raise NotFound()
    return Student.objects.select_related("major").get(pk=actor.student_id), position


def _purpose(application: Application) -> str:
    """What the consent given with an application is for."""
    return f"{GrantPurpose.APPLICATION}:{application.pk}"


def _refuse_unfit(student: Student, position: Position) -> None:
    failing = eligibility(student, position)
    if failing:
        fields = {item.field: [item.text] for item in failing}
        raise Invalid("not_eligible", _("You cannot apply for this position."), fields=fields)


def _own_resume(student: Student, resume_id: int | None) -> Resume | None:
    if resume_id is None:
        return None
    resume = student.resumes.filter(pk=resume_id, deleted_at__isnull=True).first()
    if resume is None:
        raise Invalid(fields={"resume": [_("Choose one of your resumes.")]})
    return resume


def _create(student: Student, position: Position, resume: Resume | None, note: str) -> Application:
    return Application.objects.create(
        student=student, position=position, resume=resume, note=note, due_at=clock.now() + ANSWER_WITHIN
    )


def _announce(actor: Actor, application: Application) -> None:
    """First step, audit, consent for the contact data, and word to the company."""
    ApplicationStep.objects.create(application=application, status=application.status, by_role=actor.role)
    record(actor=actor, verb="application.apply", target=application, after=application.status)
    give_grant(
        actor=actor,
        company_id=application.position.company_id,
        fields=[GrantField.NAME, GrantField.EMAIL, GrantField.PHONE],
        purpose=_purpose(application),
        until=clock.now() + GRANT_LASTS,
        resume_id=application.resume_id,
    )
    tell_company(application, "application_new")
    for hook in hooks.applied:
        hook(application)
