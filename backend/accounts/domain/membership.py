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
    return _ended(actor, membership)


@transaction.atomic
def leave_team(*, actor: Actor) -> Membership:
    """Leave one's own company or school; whoever is the last in charge hands over first."""
    membership = live_membership(actor.user_id)
    if membership is None or membership.role not in {Role.RECRUITER, Role.STAFF}:
        raise NotFound()
    return _ended(actor, membership)


@transaction.atomic
def set_owner(*, actor: Actor, membership_id: int, is_owner: bool) -> Membership:
    """Make a colleague an owner of the company, or take that back; one's own ownership ends so too."""
    membership = memberships_visible_to(actor).filter(pk=membership_id).first()
    if membership is None:
        raise NotFound()
    if not rules.can_set_owner(actor, membership):
        raise NotAllowed("owners_only", _("Only owners of the company may do this."))
    if not is_owner:
        check_replaceable(membership)
    rows = Membership.objects.filter(pk=membership.pk, ended_at__isnull=True, is_owner=not is_owner)
    if not rows.update(is_owner=is_owner, updated_at=clock.now()):
        raise Conflict()
    membership.refresh_from_db()
    verb = "membership.owner_made" if is_owner else "membership.owner_ended"
    record(actor=actor, verb=verb, target=membership)
    return membership


def live_membership(user_id: int | None) -> Membership | None:
    """What a person is now."""
    rows = Membership.objects.filter(user_id=user_id, ended_at__isnull=True)
    return rows.select_related("company", "school").first()


def check_replaceable(membership: Membership) -> None:
    """Refuse to let go the last owner of a company, school-wide staff of a school, or operator of the platform.

    The row of the company or school is locked, so that of two people who leave at once one stays.
    """
    if not rules.in_charge(membership):
        return
    _lock_place(membership)
    reason = _irreplaceable(membership)
    if reason is not None:
        raise reason


def what_holds(*, actor: Actor) -> str:
    """Why a person cannot leave at present, as a sentence; empty when nothing holds them. Read only: locks nothing."""
    membership = live_membership(actor.user_id)
    reason = None if membership is None else _irreplaceable(membership)
    return "" if reason is None else reason.text


def _irreplaceable(membership: Membership) -> Conflict | None:
    """Why whoever is in charge cannot go; None where another person is in charge too, or this one is not."""
    if not rules.in_charge(membership) or _others_in_charge(membership).exists():
        return None
    text = {
        Role.RECRUITER: _("%(place)s would have no owner. Make a colleague an owner first, or invite one."),
        Role.STAFF: _("%(place)s would have no staff in charge. Invite another person first."),
        Role.OPERATOR: _("%(place)s would have no operator."),
    }[Role(membership.role)]
    place = membership.company or membership.school or "Fairway"
    return Conflict("last_in_charge", text, place=str(place))


def _ended(actor: Actor, membership: Membership) -> Membership:
    check_replaceable(membership)
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
    rows = Membership.objects.filter(role=membership.role) if place is None else type(place).objects.all()
    if place is not None:
        rows = rows.filter(pk=place.pk)
    list(rows.order_by("pk").select_for_update().values_list("pk"))


def _others_in_charge(membership: Membership) -> models.QuerySet[Membership]:
    live = Membership.objects.filter(role=membership.role, ended_at__isnull=True, user__is_active=True)
    if membership.role == Role.RECRUITER:
        return live.filter(company_id=membership.company_id, is_owner=True).exclude(pk=membership.pk)
    return live.filter(school_id=membership.school_id, department__isnull=True).exclude(pk=membership.pk)
