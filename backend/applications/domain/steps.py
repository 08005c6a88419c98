"""One step of an application: transition, due date, the row the student reads, audit, and who is told."""

from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse

from backend.accounts.actor import Actor
from backend.applications.enums import COMPANY_STEPS, TRANSITIONS, ApplicationStatus
from backend.applications.models import Application, ApplicationStep
from backend.applications.queries import recruiters_of, user_of
from backend.audit.domain import record
from backend.common import clock
from backend.common.transitions import move
from backend.notifications.domain import notify

ANSWER_WITHIN = timedelta(days=7)


def take_step(
    *,
    actor: Actor,
    application: Application,
    to: ApplicationStatus,
    message: str = "",
    due_at: datetime | None = None,
) -> None:
    """Move an application and write everything that follows from it, in the running transaction."""
    before = move(application, to, TRANSITIONS, **_deadline(to, due_at))
    ApplicationStep.objects.create(application=application, status=to, message=message, by_role=actor.role)
    record(actor=actor, verb=f"application.{to}", target=application, before=before, after=to, reason=message)
    if to in COMPANY_STEPS or to == ApplicationStatus.OFFER:
        tell_student(application, f"application_{to}")
    else:
        tell_company(application, f"application_{to}")


def _deadline(to: ApplicationStatus, due_at: datetime | None) -> dict[str, Any]:
    """Columns of the due date after a step; merely looking is no answer and changes nothing."""
    if to == ApplicationStatus.VIEWED:
        return {}
    if due_at is None and to in {ApplicationStatus.SHORTLISTED, ApplicationStatus.INTERVIEW}:
        due_at = clock.now() + ANSWER_WITHIN
    return {"due_at": due_at, "reminded_at": None}


def tell_student(application: Application, kind: str, *, again: str = "") -> None:
    """Notify the applicant, once per kind and row version (and `again`)."""
    _tell(user_of(application.student_id), application, kind, again)


def tell_company(application: Application, kind: str, *, again: str = "") -> None:
    """Notify every recruiter of the position's company."""
    _tell(recruiters_of(application.position.company_id), application, kind, again)


def _tell(user_ids: list[int], application: Application, kind: str, again: str) -> None:
    notify(
        user_ids=user_ids,
        kind=kind,
        dedupe_key=f"{kind}:{application.pk}:{application.version}{again}",
        url=reverse("applications:detail", args=[application.pk]),
        position=application.position.title,
        company=application.position.company.name,
        student=application.student.name,
    )
