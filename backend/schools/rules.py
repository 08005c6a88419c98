"""May this person shape a school?"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role


def can_run_platform(actor: Actor) -> bool:
    """The operator opens and suspends schools and makes alliances."""
    return actor.role == Role.OPERATOR


def can_shape_school(actor: Actor) -> bool:
    """Only school-wide staff add, rename and remove departments, majors and classes."""
    return actor.role == Role.STAFF and actor.school_id is not None and actor.department_id is None
