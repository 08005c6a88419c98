"""May this person do this with a student?"""

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.students.models import Student


def is_self(actor: Actor, student: Student) -> bool:
    """Whether the student is the one asking."""
    return actor.role == Role.STUDENT and actor.student_id == student.pk


def is_staff_of(actor: Actor, student: Student) -> bool:
    """Whether staff of the student's school, or of the student's department, ask. Reads `student.major`."""
    if actor.role != Role.STAFF or actor.school_id != student.school_id:
        return False
    return actor.department_id is None or actor.department_id == student.major.department_id


def can_edit_profile(actor: Actor, student: Student) -> bool:
    """Only students write their own profile."""
    return is_self(actor, student)


def can_decide(actor: Actor, student: Student) -> bool:
    """Staff of the school decide who is confirmed."""
    return is_staff_of(actor, student)


def can_import_roster(actor: Actor) -> bool:
    """Any staff; those of one department only rows of that department, which the plan checks row by row."""
    return actor.role == Role.STAFF


def sees_everything(actor: Actor, student: Student) -> bool:
    """Who sees a profile in full: the student, the school's staff, the platform itself."""
    return (
        actor.role in {Role.OPERATOR, Role.SYSTEM} or is_self(actor, student) or is_staff_of(actor, student)
    )
