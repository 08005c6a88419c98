"""What is kept about a student: handed out, and erased. Accounts asks for both (rule 16)."""

from typing import Any

from django.db import models, transaction

from backend.accounts.actor import SYSTEM
from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.audit.domain import record
from backend.common import clock
from backend.common.transitions import move
from backend.students.enums import STUDENT_TRANSITIONS, StudentStatus
from backend.students.models import DisclosureGrant, Resume, Student


def export_student(user: User) -> dict[str, Any] | None:
    """Everything stored about the student behind an account, as plain values; None for others."""
    student = _student_of(user)
    if student is None:
        return None
    return {
        "student": _columns(student) | {"school": student.school.name, "major": student.major.name},
        "experiences": [_columns(row) for row in student.experiences.order_by("pk")],
        "resumes": [_columns(row) for row in student.resumes.order_by("pk")],
        "consents": [
            _columns(row) | {"company": row.company.name}
            for row in student.grants.select_related("company").order_by("pk")
        ],
        "seen_by": [
            {"company": row.company.name, "day": row.day.isoformat(), "times": row.count}
            for row in student.views.select_related("company").order_by("pk")
        ],
    }


@transaction.atomic
def erase_student(user: User) -> None:
    """Blank personal columns, end consents, erase files; the row stays, nameless, for what refers to it."""
    student = _student_of(user)
    if student is None:
        return
    moment = clock.now()
    if student.status != StudentStatus.LEFT:
        move(student, StudentStatus.LEFT, STUDENT_TRANSITIONS)
    DisclosureGrant.objects.filter(student=student, revoked_at__isnull=True).update(revoked_at=moment)
    resumes = list(Resume.objects.filter(student=student))
    Resume.objects.filter(student=student).update(title="", deleted_at=moment)
    student.experiences.all().delete()
    student.views.all().delete()
    Student.objects.filter(pk=student.pk).update(
        **_blanks() | {"number": f"erased-{student.pk}", "updated_at": moment}
    )
    record(actor=SYSTEM, verb="student.erased", target=student)
    for resume in resumes:
        transaction.on_commit(lambda file=resume.file: file.storage.delete(file.name))


def _blanks() -> dict[str, Any]:
    """Empty values of the columns tagged as personal, and of what describes the person."""
    tagged = {
        column.name: ""
        for column in Student._meta.concrete_fields
        if getattr(column, "personal", None) is not None
    }
    return tagged | {
        "skills": [],
        "certificates": [],
        "wanted_occupations": [],
        "wanted_cities": [],
        "wanted_kinds": [],
        "salary_floor": None,
        "available_from": None,
        "status_reason": "",
        "visibility": "hidden",
        "seeking": False,
    }


def _student_of(user: User) -> Student | None:
    membership = (
        Membership.objects.filter(user=user, role=Role.STUDENT, ended_at__isnull=True)
        .select_related("student__school", "student__major")
        .first()
    )
    return membership.student if membership else None


def _columns(row: models.Model) -> dict[str, Any]:
    """A row's own columns as plain values; of a file only that it exists."""
    found = {}
    for column in row._meta.concrete_fields:
        if isinstance(column, models.FileField):
            continue
        value = getattr(row, column.attname)
        found[column.attname] = value.isoformat() if hasattr(value, "isoformat") else value
    return found
