"""Which positions may this person see?"""

from datetime import datetime
from typing import Any

from django.db.models import Func, Q, QuerySet
from django.db.models.lookups import Exact

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies.queries import reachable
from backend.positions.enums import PositionStatus
from backend.positions.models import Position, PositionTemplate


class Unindexed(Func):
    """A column, for a condition that is not to be looked up in an index.

    SQLite has no figures here and supposes that ten rows have a given value of an indexed column. So to find twenty
    positions by their ids it would read all that are published. PostgreSQL has figures and gets the bare column.
    """

    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Any]:
        """With a plus before it, which changes no value and hides the column from the planner."""
        return self.as_sql(compiler, connection, template="+%(expressions)s", **context)


def open_now(*, by_id: bool = False, now: datetime | None = None) -> Q:
    """The condition "published, valid, and of a company that is verified at this moment", or at the one given.

    `by_id` for a query that names the few rows it wants or walks through them by id (see `Unindexed`).
    """
    published = (
        Q(Exact(Unindexed("status"), PositionStatus.PUBLISHED))
        if by_id
        else Q(status=PositionStatus.PUBLISHED)
    )
    now = now or clock.now()
    return published & Q(expires_at__gt=now) & reachable("company__", now=now)


def positions_visible_to(
    actor: Actor, *, by_id: bool = False, now: datetime | None = None
) -> QuerySet[Position]:
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
            return rows.filter(open_now(by_id=by_id, now=now), company__school_id__in=actor.school_ids)
        case _:
            return rows.filter(open_now(by_id=by_id, now=now))


def open_positions_visible_to(
    actor: Actor, *, by_id: bool = False, now: datetime | None = None
) -> QuerySet[Position]:
    """The open ones of what this person may see, as search shows them to everybody."""
    rows = positions_visible_to(actor, by_id=by_id, now=now)
    # Who works with positions sees closed ones too; the condition is not put to the database twice for all others.
    works = actor.role in {Role.OPERATOR, Role.SYSTEM, Role.STAFF, Role.RECRUITER}
    return rows.filter(open_now(by_id=by_id, now=now)) if works else rows


def templates_visible_to(actor: Actor) -> QuerySet[PositionTemplate]:
    """Recruiters see their company's templates, nobody else any."""
    rows = PositionTemplate.objects.order_by("name")
    return rows.filter(company_id=actor.company_id) if actor.role == Role.RECRUITER else rows.none()


def review_queue(actor: Actor) -> QuerySet[Position]:
    """Positions that wait for this person's decision, longest first."""
    rows = positions_visible_to(actor).filter(status=PositionStatus.IN_REVIEW)
    if actor.role == Role.STAFF:
        rows = rows.filter(company__school_id=actor.school_id)
    return rows.order_by("updated_at", "pk")


def staff_positions(actor: Actor, *, status: str = "") -> QuerySet[Position]:
    """All positions past draft of the circle, narrowed by status, latest change first."""
    rows = positions_visible_to(actor)
    if status in PositionStatus.values:
        rows = rows.filter(status=status)
    return rows.order_by("-updated_at", "-pk")
