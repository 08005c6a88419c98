"""Which positions may this person see?"""

from django.db.models import Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies.queries import reachable
from backend.positions.enums import PositionStatus
from backend.positions.models import Position


def open_now() -> Q:
    """The condition "published, valid, and of a company that is verified at this moment"."""
    return Q(status=PositionStatus.PUBLISHED, expires_at__gt=clock.now()) & reachable("company__")


def positions_visible_to(actor: Actor) -> QuerySet[Position]:
    """Staff see their circle's positions past draft, recruiters their company's, everybody else the open ones."""
    rows = Position.objects.select_related("company", "occupation")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STAFF:
            return rows.filter(company__school_id__in=actor.school_ids).exclude(status=PositionStatus.DRAFT)
        case Role.RECRUITER:
            return rows.filter(company_id=actor.company_id)
        case Role.STUDENT:
            return rows.filter(open_now(), company__school_id__in=actor.school_ids)
        case _:
            return rows.filter(open_now())
