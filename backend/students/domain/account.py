"""A student's account is erased: what ends with it. The tags of the columns erase the rest (rule 16)."""

from django.db import transaction
from django.db.models import QuerySet

from backend.accounts.actor import SYSTEM, Actor
from backend.accounts.enums import Role
from backend.accounts.models import User
from backend.audit.domain import record
from backend.common import clock
from backend.common.transitions import move
from backend.notifications.domain import forget_name
from backend.students.enums import STUDENT_TRANSITIONS, StudentStatus, Visibility
from backend.students.models import DisclosureGrant, Resume, Student


def departing(user: User) -> list[Actor]:
    """The students an account is and was, to end what each has going on before it is erased; none for anybody else.

    Built by hand, because also a graduate, whose membership has ended, and the student of a suspended school have
    a right to be erased, while `actor_of` gives them no role.
    """
    return [
        Actor(
            role=Role.STUDENT,
            user_id=user.pk,
            school_id=student.school_id,
            school_ids=(student.school_id,),
            student_id=student.pk,
        )
        for student in _students_of(user)
    ]


@transaction.atomic
def end_student(user: User) -> None:
    """Leave the school, end consents, put resumes out of reach; harmless for whoever was never a student."""
    for student in _students_of(user):
        _end(student)


def _end(student: Student) -> None:
    moment = clock.now()
    if student.status != StudentStatus.LEFT:
        move(student, StudentStatus.LEFT, STUDENT_TRANSITIONS)
    DisclosureGrant.objects.filter(student=student, revoked_at__isnull=True).update(
        revoked_at=moment, updated_at=moment
    )
    Resume.objects.filter(student=student, deleted_at__isnull=True).update(
        deleted_at=moment, updated_at=moment
    )
    Student.objects.filter(pk=student.pk).update(
        visibility=Visibility.HIDDEN, seeking=False, updated_at=moment
    )
    forget_name(param="student", keys=[f"student_waiting:{student.pk}:"])
    record(actor=SYSTEM, verb="student.erased", target=student)


def _students_of(user: User) -> QuerySet[Student]:
    return Student.objects.filter(membership__user=user).order_by("pk")
