"""Which companies may this person see?"""

from datetime import datetime

from django.db.models import Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company, VettingEvidence


def reachable(prefix: str = "", *, now: datetime | None = None) -> Q:
    """The condition "verified, not expired (now, or then), of an open school", for a query that reaches companies through `prefix`."""
    return Q(
        **{
            f"{prefix}status": CompanyStatus.VERIFIED,
            f"{prefix}vetted_until__gt": now or clock.now(),
            f"{prefix}school__suspended_at__isnull": True,
        }
    )


def companies_visible_to(actor: Actor) -> QuerySet[Company]:
    """Staff see their circle's companies in any state, recruiters their own, everybody else the reachable ones."""
    rows = Company.objects.select_related("school")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STAFF:
            return rows.filter(school_id__in=actor.school_ids)
        case Role.RECRUITER:
            return rows.filter(pk=actor.company_id)
        case Role.STUDENT:
            return rows.filter(reachable(), school_id__in=actor.school_ids)
        case _:
            return rows.filter(reachable())


def evidence_visible_to(actor: Actor) -> QuerySet[VettingEvidence]:
    """Documents of the own company, and of those one vets; see rules.can_see_evidence."""
    rows = VettingEvidence.objects.select_related("company").order_by("-pk")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STAFF if actor.department_id is None:
            return rows.filter(company__school_id=actor.school_id)
        case Role.RECRUITER:
            return rows.filter(company_id=actor.company_id)
        case _:
            return rows.none()


def owner_ids(company_id: int) -> list[int]:
    """Users who own the company now."""
    rows = Membership.objects.filter(company_id=company_id, is_owner=True, ended_at__isnull=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def recruiter_ids(company_id: int) -> list[int]:
    """Everybody who recruits for the company now."""
    rows = Membership.objects.filter(company_id=company_id, ended_at__isnull=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def vetting_staff_ids(school_id: int) -> list[int]:
    """Staff of the whole school, who vet companies and moderate positions."""
    rows = Membership.objects.filter(
        role=Role.STAFF, school_id=school_id, department__isnull=True, ended_at__isnull=True
    )
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def vetting_queue(actor: Actor) -> QuerySet[Company]:
    """Companies that wait for this person's decision, longest first."""
    rows = companies_visible_to(actor).filter(status=CompanyStatus.SUBMITTED)
    if actor.role == Role.STAFF:
        rows = rows.filter(school_id=actor.school_id)
    return rows.order_by("submitted_at", "pk")


def staff_companies(actor: Actor, *, status: str = "", text: str = "") -> QuerySet[Company]:
    """All companies of the circle, narrowed by status and part of the name or code."""
    rows = companies_visible_to(actor)
    if status in CompanyStatus.values:
        rows = rows.filter(status=status)
    if text.strip():
        rows = rows.filter(Q(name__icontains=text.strip()) | Q(credit_code__istartswith=text.strip()))
    return rows.order_by("-updated_at", "-pk")
