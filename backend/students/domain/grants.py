"""Consent: what a student discloses to one company, and who has looked."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.queries import recruiter_ids
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.queries import companies_visible_to
from backend.notifications.domain import notify
from backend.students.domain.profile import own_student
from backend.students.enums import GrantField, GrantPurpose
from backend.students.models import DisclosureGrant, ProfileView, Resume, Student
from backend.students.queries import grants_visible_to, students_visible_to

LONGEST = timedelta(days=400)


@transaction.atomic
def give_grant(
    *,
    actor: Actor,
    company_id: int,
    fields: Iterable[str],
    purpose: str,
    until: datetime,
    resume_id: int | None = None,
) -> DisclosureGrant:
    """Let a company see fields for a purpose until a moment; a live consent for the same purpose is replaced.

    `purpose` is one of GrantPurpose, alone or with what it is about after a colon ("application:17"), so that
    two applications to one company keep a consent each.
    """
    student = own_student(actor)
    company = companies_visible_to(actor).filter(pk=company_id).first()
    if company is None:
        raise NotFound()
    resume = _resume(student, resume_id)
    values = {"fields": _checked_fields(fields, resume), "resume": resume, "expires_at": until}
    _check_terms(purpose, until)
    try:
        with transaction.atomic():
            grant, created = DisclosureGrant.objects.update_or_create(
                student=student, company=company, purpose=purpose, revoked_at=None, defaults=values
            )
    except IntegrityError as error:
        raise Conflict() from error
    data = {"company": company.pk, "fields": values["fields"], "created": created}
    record(actor=actor, verb="grant.given", target=grant, data=data)
    return grant


@transaction.atomic
def revoke_grant(*, actor: Actor, grant_id: int) -> DisclosureGrant:
    """Take a consent back: from this moment on the company sees nothing of it any more."""
    grant = grants_visible_to(actor).filter(pk=grant_id).first()
    if grant is None:
        raise NotFound()
    moment = clock.now()
    rows = DisclosureGrant.objects.filter(pk=grant.pk, revoked_at__isnull=True)
    if not rows.update(revoked_at=moment, updated_at=moment):
        raise Conflict("grant_ended", _("This consent has already been taken back."))
    grant.refresh_from_db()
    record(actor=actor, verb="grant.revoked", target=grant, data={"company": grant.company_id})
    notify(
        user_ids=recruiter_ids(grant.company_id),
        kind="grant_revoked",
        dedupe_key=f"grant_revoked:{grant.pk}",
        student=grant.student_id,
    )
    return grant


def carry_over_grants(*, from_company_id: int, to_company_id: int) -> int:
    """Consents given to the row an import made of a company hold for the company itself; call in the transaction."""
    kept = DisclosureGrant.objects.filter(company_id=to_company_id, revoked_at__isnull=True)
    rows = DisclosureGrant.objects.filter(company_id=from_company_id, revoked_at__isnull=True).exclude(
        Exists(kept.filter(student_id=OuterRef("student_id"), purpose=OuterRef("purpose")))
    )
    return rows.update(company_id=to_company_id, updated_at=clock.now())


@transaction.atomic
def record_profile_view(*, actor: Actor, student: Student, where: str = "profile") -> None:
    """Count that a company looked; others' looks are not counted. Shown to the student as "who saw me"."""
    if actor.role != Role.RECRUITER or actor.company_id is None:
        return
    visible = students_visible_to(actor).filter(pk=student.pk)
    today = ProfileView.objects.filter(student=student, company_id=actor.company_id, day=clock.today())
    # One statement for every look but the first of the day: it asks the policy too.
    if today.filter(student__in=visible.order_by()).update(count=F("count") + 1):
        return
    if not visible.exists():
        raise NotFound()
    try:
        with transaction.atomic():
            ProfileView.objects.create(
                student=student, company_id=actor.company_id, day=clock.today(), where=where[:30]
            )
    except IntegrityError:
        # A colleague looked first at the same moment.
        today.update(count=F("count") + 1)


def _resume(student: Student, resume_id: int | None) -> Resume | None:
    if resume_id is None:
        return None
    resume = student.resumes.filter(pk=resume_id, deleted_at__isnull=True).first()
    if resume is None:
        raise Invalid(fields={"resume": [_("Choose one of your resumes.")]})
    return resume


def _checked_fields(fields: Iterable[str], resume: Resume | None) -> list[str]:
    wanted = set(fields)
    if resume is not None:
        wanted.add(GrantField.RESUME.value)
    if not wanted or wanted - set(GrantField.values):
        raise Invalid(fields={"fields": [_("Choose what the company may see.")]})
    if GrantField.RESUME in wanted and resume is None:
        raise Invalid(fields={"resume": [_("Choose the resume the company may open.")]})
    return [name for name in GrantField.values if name in wanted]


def _check_terms(purpose: str, until: datetime) -> None:
    if purpose.split(":", maxsplit=1)[0] not in GrantPurpose.values or len(purpose) > 60:
        raise NotAllowed("unknown_purpose", _("Consent needs one of the known purposes."))
    if not clock.now() < until <= clock.now() + LONGEST:
        raise Invalid(fields={"until": [_("Choose a date in the coming year.")]})
