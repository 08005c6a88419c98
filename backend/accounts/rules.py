"""Who may bring people in, and who may see them out."""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership


def can_invite_recruiter(actor: Actor, company_id: int | None) -> bool:
    """An owner, into the own company."""
    return actor.role == Role.RECRUITER and actor.is_owner and actor.company_id == company_id


def can_invite_staff(actor: Actor, school_id: int | None) -> bool:
    """Staff of the whole school into it; the operator into any school."""
    if actor.role == Role.OPERATOR:
        return school_id is not None
    return actor.role == Role.STAFF and actor.department_id is None and actor.school_id == school_id


def can_end(actor: Actor, membership: Membership) -> bool:
    """Whoever may invite somebody into a place may also end a membership there, but not their own."""
    if membership.user_id == actor.user_id:
        return False
    if membership.role == Role.RECRUITER:
        return can_invite_recruiter(actor, membership.company_id)
    if membership.role == Role.STAFF:
        return can_invite_staff(actor, membership.school_id)
    return False


def can_set_owner(actor: Actor, membership: Membership) -> bool:
    """Owners decide who of their company is an owner too."""
    return membership.role == Role.RECRUITER and can_invite_recruiter(actor, membership.company_id)


def in_charge(membership: Membership) -> bool:
    """Whether a place needs somebody like this: an owner, school-wide staff, an operator."""
    if membership.role == Role.STAFF:
        return membership.department_id is None
    return membership.is_owner or membership.role == Role.OPERATOR


def can_manage_team(actor: Actor) -> bool:
    """Whether the team page offers inviting and ending at all."""
    return can_invite_recruiter(actor, actor.company_id) or can_invite_staff(actor, actor.school_id)


def second_factor_wanted(actor: Actor) -> bool:
    """Staff, operators and owners of companies shall sign in with a second factor (rule 19)."""
    return actor.role in {Role.STAFF, Role.OPERATOR} or (actor.role == Role.RECRUITER and actor.is_owner)
