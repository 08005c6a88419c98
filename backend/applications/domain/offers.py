"""Offers with a deadline, and the student's answer."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.applications import rules
from backend.applications.domain.steps import take_step
from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application, Offer
from backend.applications.queries import get_application
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed


@transaction.atomic
def make_offer(
    *, actor: Actor, application_id: int, salary: int, starts_on: date, deadline: datetime, text: str = ""
) -> Offer:
    """Offer the position; the student answers by the deadline."""
    application = get_application(actor, application_id)
    if not rules.can_answer(actor, application):
        raise NotAllowed()
    fields = {}
    if deadline <= clock.now():
        fields["deadline"] = [_("The deadline must lie in the future.")]
    if starts_on < clock.today():
        fields["starts_on"] = [_("The first day must lie in the future.")]
    if salary <= 0:
        fields["salary"] = [_("State the monthly salary.")]
    if fields:
        raise Invalid(fields=fields)
    take_step(actor=actor, application=application, to=ApplicationStatus.OFFER, due_at=deadline)
    return Offer.objects.create(
        application=application, salary=salary, starts_on=starts_on, deadline=deadline, text=text
    )


@transaction.atomic
def accept_offer(*, actor: Actor, application_id: int) -> Application:
    """Say yes; not after the deadline."""
    return _answer(actor, application_id, ApplicationStatus.HIRED, "")


@transaction.atomic
def refuse_offer(*, actor: Actor, application_id: int, reason: str = "") -> Application:
    """Say no, with a reason if the student likes."""
    return _answer(actor, application_id, ApplicationStatus.REFUSED, reason)


def _answer(actor: Actor, application_id: int, to: ApplicationStatus, reason: str) -> Application:
    application = get_application(actor, application_id)
    if not rules.is_applicant(actor, application):
        raise NotAllowed()
    if application.status == ApplicationStatus.OFFER and application.offer.deadline < clock.now():
        raise Conflict("offer_expired", _("The deadline of this offer has passed."))
    take_step(actor=actor, application=application, to=to, message=reason)
    Offer.objects.filter(application=application).update(answered_at=clock.now(), updated_at=clock.now())
    return application
