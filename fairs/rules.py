"""May this person do this at a fair?"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.companies.rules import is_vetted
from fairs.models import Booth, Fair, Invitation, Meeting, PlannedTalk, Ticket


def can_run_fairs(actor: Actor) -> bool:
    """Staff of the whole school set fairs up; a department's staff only watch."""
    return actor.role == Role.STAFF and actor.department_id is None


def can_manage_fair(actor: Actor, fair: Fair) -> bool:
    """Staff of the school that holds the fair; the system itself."""
    return actor.role == Role.SYSTEM or (can_run_fairs(actor) and fair.school_id == actor.school_id)


def can_watch_fair(actor: Actor, fair: Fair) -> bool:
    """Staff of the alliance see control room and report; operators too."""
    return actor.role in (Role.OPERATOR, Role.SYSTEM) or (
        actor.role == Role.STAFF and fair.school_id in actor.school_ids
    )


def can_work_booth(actor: Actor, booth: Booth) -> bool:
    """Recruiters of the company that keeps the booth."""
    return actor.role == Role.RECRUITER and booth.company_id == actor.company_id


def can_meet_people(actor: Actor, booth: Booth) -> bool:
    """They read who waits and talk while their company is vetted; a suspension in the middle of a fair ends that."""
    return can_work_booth(actor, booth) and is_vetted(booth.company)


def can_stand_in_line(actor: Actor) -> bool:
    """Students only."""
    return actor.role == Role.STUDENT and actor.student_id is not None


def owns_ticket(actor: Actor, ticket: Ticket) -> bool:
    """The student who drew the number."""
    return can_stand_in_line(actor) and ticket.student_id == actor.student_id


def takes_part(actor: Actor, meeting: Meeting) -> bool:
    """Both sides of a meeting: its student, and the booth's recruiters."""
    return owns_ticket(actor, meeting.ticket) or can_meet_people(actor, meeting.ticket.booth)


def owns_talk(actor: Actor, talk: PlannedTalk) -> bool:
    """The student of a planned talk."""
    return can_stand_in_line(actor) and talk.student_id == actor.student_id


def owns_invitation(actor: Actor, invitation: Invitation) -> bool:
    """The student who was invited."""
    return can_stand_in_line(actor) and invitation.student_id == actor.student_id
