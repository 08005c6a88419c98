"""May this person do this with matches?"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role


def has_matches(actor: Actor) -> bool:
    """Only students are shown positions that fit them, and answer to them."""
    return actor.role == Role.STUDENT and actor.student_id is not None


def can_see_fitting(actor: Actor) -> bool:
    """Companies and staff see students who fit a position, as far as they see them at all."""
    return actor.role in {Role.RECRUITER, Role.STAFF}


def can_see_ranking(actor: Actor) -> bool:
    """Staff and operators see pairs nobody noticed, audits, models and trainings."""
    return actor.role in {Role.STAFF, Role.OPERATOR}


def can_hint(actor: Actor) -> bool:
    """Staff point a student to a position."""
    return actor.role == Role.STAFF


def can_grade(actor: Actor) -> bool:
    """Staff who see the whole school draw and grade pairs: a round holds students of every department."""
    return actor.role == Role.STAFF and actor.department_id is None
