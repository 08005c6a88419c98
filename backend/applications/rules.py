"""May this person do this to an application?"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications.models import Application
from backend.positions.models import Position


def can_apply(actor: Actor) -> bool:
    """Only a student applies, and only for themself."""
    return actor.role == Role.STUDENT and actor.student_id is not None


def can_answer(actor: Actor, application: Application) -> bool:
    """Recruiters of the position's company move an application on, note, rate and offer."""
    return actor.role == Role.RECRUITER and actor.company_id == application.position.company_id


def is_applicant(actor: Actor, application: Application) -> bool:
    """The student whose application it is withdraws, books and answers an offer."""
    return actor.role == Role.STUDENT and actor.student_id == application.student_id


def can_open_slots(actor: Actor, position: Position) -> bool:
    """Recruiters of the position's company offer interview times."""
    return actor.role == Role.RECRUITER and actor.company_id == position.company_id


def can_see_overdue(actor: Actor) -> bool:
    """Staff and operators look after what has fallen silent."""
    return actor.role in {Role.STAFF, Role.OPERATOR}
