"""Which companies may this person see?"""

from django.db.models import Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company


def reachable(prefix: str = "") -> Q:
    """The condition "verified and not expired", for a query that reaches companies through `prefix`."""
    return Q(**{f"{prefix}status": CompanyStatus.VERIFIED, f"{prefix}vetted_until__gt": clock.now()})


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
