"""Joining and leaving: a person has one live membership, which says what they are."""

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts import rules
from backend.accounts.actor import SYSTEM, Actor
from backend.accounts.enums import Role
from backend.accounts.hooks import record
from backend.accounts.models import Membership, User
from backend.accounts.queries import memberships_visible_to
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound


@transaction.atomic
def join_membership(
    *,
    user: User,
    role: str,
    actor: Actor = SYSTEM,
    school: models.Model | None = None,
    department: models.Model | None = None,
    company: models.Model | None = None,
    student: models.Model | None = None,
    is_owner: bool = False,
) -> Membership:
    """Make a user what `role` says; the caller has asked its own rule. One live membership per person."""
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                user=user,
                role=role,
                school=school,
                department=department,
                company=company,
                student=student,
                is_owner=is_owner,
            )
    except IntegrityError as error:
        raise Conflict("already_member", _("This account already belongs to a school or company.")) from error
    record(actor=actor, verb="membership.joined", target=membership, after=role)
    return membership


@transaction.atomic
def end_membership(*, actor: Actor, membership_id: int) -> Membership:
    """See somebody out. The last owner of a company and the last school-wide staff of a school stay."""
    membership = memberships_visible_to(actor).filter(pk=membership_id).first()
    if membership is None:
        raise NotFound()
    if not rules.can_end(actor, membership):
        raise NotAllowed()
    _lock_place(membership)
    if not _others_in_charge(membership).exists():
        raise Conflict("last_in_charge", _("Somebody must remain in charge: invite another person first."))
    changed = Membership.objects.filter(pk=membership.pk, ended_at__isnull=True).update(
        ended_at=clock.now(), updated_at=clock.now()
    )
    if not changed:
        raise Conflict()
    membership.refresh_from_db()
    record(actor=actor, verb="membership.ended", target=membership, before=membership.role)
    return membership


def _lock_place(membership: Membership) -> None:
    """Two people may see each other out at once: the row of the company or school decides the order."""
    place = membership.company or membership.school
    list(type(place).objects.select_for_update().filter(pk=place.pk).values_list("pk"))


def _others_in_charge(membership: Membership) -> models.QuerySet[Membership]:
    live = Membership.objects.filter(role=membership.role, ended_at__isnull=True, user__is_active=True)
    if membership.role == Role.RECRUITER:
        return live.filter(company_id=membership.company_id, is_owner=True).exclude(pk=membership.pk)
    return live.filter(school_id=membership.school_id, department__isnull=True).exclude(pk=membership.pk)
