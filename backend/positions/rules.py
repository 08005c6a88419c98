"""May this person do this to this position?"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.positions.enums import PositionStatus
from backend.positions.models import Position

MATERIAL = frozenset(
    {
        "title",
        "kind",
        "occupation_id",
        "duties",
        "conditions",
        "education",
        "majors",
        "skills",
        "skill_levels",
        "wanted_skills",
        "certificates",
        "experience_months",
        "graduation_years",
        "city_code",
        "district_code",
        "place",
        "salary_min",
        "salary_max",
        "salary_months",
    }
)
"""Entries staff looked at: a published position that changes one of them is looked at again."""

EDITABLE = frozenset(
    {PositionStatus.DRAFT, PositionStatus.PUBLISHED, PositionStatus.PAUSED, PositionStatus.EXPIRED}
)


def can_write(actor: Actor) -> bool:
    """Recruiters of a company."""
    return actor.role == Role.RECRUITER and actor.company_id is not None


def can_edit(actor: Actor, position: Position) -> bool:
    """Recruiters of the position's company."""
    return can_write(actor) and position.company_id == actor.company_id


def can_moderate(actor: Actor, position: Position) -> bool:
    """Staff of the whole school that vets the company, and the operator."""
    if actor.role == Role.OPERATOR:
        return True
    return (
        actor.role == Role.STAFF
        and actor.department_id is None
        and position.company.school_id == actor.school_id
    )
