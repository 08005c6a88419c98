"""A student's account is erased: what ends with it. The tags of the columns erase the rest (rule 16)."""

from django.db import transaction

from backend.accounts.actor import SYSTEM
from backend.accounts.models import User
from backend.audit.domain import record
from backend.common import clock
from backend.common.transitions import move
from backend.notifications.domain import forget_name
from backend.students.enums import STUDENT_TRANSITIONS, StudentStatus, Visibility
from backend.students.models import DisclosureGrant, Resume, Student


@transaction.atomic
def end_student(user: User) -> None:
    """Leave the school, end consents, put resumes out of reach; harmless for whoever was never a student."""
    student = Student.objects.filter(membership__user=user).first()
    if student is None:
        return
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
