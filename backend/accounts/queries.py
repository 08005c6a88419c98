"""Which members, invitations and sign-ins may this person see, and who belongs to whom."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Invitation, Membership, User
from backend.common import clock


def memberships_visible_to(actor: Actor) -> QuerySet[Membership]:
    """Live members of the own company, or staff of the own school; the operator sees all staff."""
    rows = Membership.objects.filter(ended_at__isnull=True).select_related(
        "user", "department", "school", "company"
    )
    match actor.role:
        case Role.SYSTEM:
            return rows
        case Role.OPERATOR:
            return rows.filter(role__in=[Role.STAFF, Role.OPERATOR])
        case Role.STAFF:
            return rows.filter(role=Role.STAFF, school_id=actor.school_id)
        case Role.RECRUITER:
            return rows.filter(role=Role.RECRUITER, company_id=actor.company_id)
        case _:
            return rows.none()


def invitations_visible_to(actor: Actor) -> QuerySet[Invitation]:
    """Open invitations into the own company or school; the operator sees those of all staff."""
    rows = open_invitations().select_related("school", "department", "company", "invited_by")
    match actor.role:
        case Role.SYSTEM:
            return rows
        case Role.OPERATOR:
            return rows.filter(role=Role.STAFF)
        case Role.STAFF:
            return rows.filter(role=Role.STAFF, school_id=actor.school_id)
        case Role.RECRUITER if actor.is_owner:
            return rows.filter(role=Role.RECRUITER, company_id=actor.company_id)
        case _:
            return rows.none()


def open_invitations() -> QuerySet[Invitation]:
    """Neither accepted nor revoked nor expired."""
    return Invitation.objects.filter(
        accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=clock.now()
    )


def recruiter_ids(company_id: int, *, owners_only: bool = False) -> list[int]:
    """Users to tell about something of a company."""
    rows = Membership.objects.filter(
        role=Role.RECRUITER, company_id=company_id, ended_at__isnull=True, user__is_active=True
    )
    if owners_only:
        rows = rows.filter(is_owner=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def staff_ids(school_id: int, *, department_id: int | None = None) -> list[int]:
    """Users to tell about something of a school: school-wide staff, and those of the department named."""
    scope = Q(department_id__isnull=True)
    if department_id is not None:
        scope |= Q(department_id=department_id)
    rows = Membership.objects.filter(
        scope, role=Role.STAFF, school_id=school_id, ended_at__isnull=True, user__is_active=True
    )
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def student_user_id(student_id: int) -> int | None:
    """The user behind a student, if the student has claimed an account."""
    rows = Membership.objects.filter(student_id=student_id, ended_at__isnull=True, user__is_active=True)
    return rows.values_list("user_id", flat=True).first()


def language_of_address(email: str) -> str | None:
    """The language the owner of an address has chosen; None when nobody has it."""
    return User.objects.filter(email=email.strip().lower()).values_list("language", flat=True).first()


def user_by_address(email: str) -> User | None:
    """The active user with this address, in any case."""
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()


def sessions_of(actor: Actor) -> QuerySet[UserSession]:
    """Browsers in which the person is signed in; who signed out, or stayed away too long, is not any more."""
    alive = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    return UserSession.objects.filter(user_id=actor.user_id, session_key__in=alive)
