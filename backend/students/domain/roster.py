"""Staff import a roster: looked at first, written only when confirmed, harmless when repeated."""

from collections.abc import Iterable
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.schools.models import Department, Major, School, SchoolClass
from backend.students.enums import IMPORT_TRANSITIONS, ImportStatus, StudentStatus
from backend.students.models import RosterImport, Student
from backend.students.queries import imports_visible_to
from backend.students.roster import Structure, changes, decide_actions, plan_roster
from backend.students.rules import can_import_roster

FACTS = (
    "name",
    "major",
    "school_class",
    "education",
    "graduation_year",
    "email",
    "phone",
    "version",
    "updated_at",
)


@transaction.atomic
def upload_roster(
    *, actor: Actor, file: File, file_name: str, create_structure: bool = False
) -> RosterImport:
    """Read and check a file and keep what it would do; no student is touched."""
    if not can_import_roster(actor):
        raise NotAllowed()
    school = School.objects.get(pk=actor.school_id)
    # Only school-wide staff shape the school.
    create = create_structure and actor.department_id is None
    plan = plan_roster(file, school=school, department_id=actor.department_id, create_structure=create)
    kept = RosterImport.objects.create(
        school=school,
        uploaded_by_id=actor.user_id,
        file_name=file_name[:120],
        create_structure=create,
        rows=plan.rows,
        problems=plan.problems_as_data(),
        counts=plan.counts,
    )
    record(actor=actor, verb="roster.uploaded", target=kept, after=kept.status, data=plan.counts)
    return kept


@transaction.atomic
def confirm_roster(*, actor: Actor, import_id: int) -> RosterImport:
    """Write the good rows: unknown numbers become students, known ones are corrected, equal ones stay."""
    kept = _kept(actor, import_id)
    if not kept.rows:
        raise Invalid("nothing_to_import", _("No row of this file can be imported."))
    # The move comes first: of two clicks one wins here, before anything is written.
    before = move(kept, ImportStatus.APPLIED, IMPORT_TRANSITIONS)
    School.objects.select_for_update().get(pk=kept.school_id)
    decide_actions(kept.rows, kept.school)
    structure = Structure(kept.school, None, create=kept.create_structure)
    _make_structure(kept.school, kept.rows, structure)
    added = _add([row for row in kept.rows if row["action"] == "new"], kept.school, structure)
    changed = _change([row for row in kept.rows if row["action"] == "changed"], kept.school, structure)
    kept.counts = kept.counts | {"new": added, "changed": changed, "same": len(kept.rows) - added - changed}
    # The rows are personal data and have done their work.
    kept.rows, kept.problems = [], []
    kept.save(update_fields=["counts", "rows", "problems"])
    record(
        actor=actor, verb="roster.applied", target=kept, before=before, after=kept.status, data=kept.counts
    )
    return kept


@transaction.atomic
def drop_roster(*, actor: Actor, import_id: int) -> RosterImport:
    """Discard an uploaded file with everything read from it."""
    kept = _kept(actor, import_id)
    before = move(kept, ImportStatus.DROPPED, IMPORT_TRANSITIONS, rows=[], problems=[])
    record(actor=actor, verb="roster.dropped", target=kept, before=before, after=kept.status)
    return kept


def _kept(actor: Actor, import_id: int) -> RosterImport:
    kept = imports_visible_to(actor).select_related("school").filter(pk=import_id).first()
    if kept is None:
        raise NotFound()
    if not can_import_roster(actor):
        raise NotAllowed()
    return kept


def _make_structure(school: School, rows: Iterable[dict[str, Any]], structure: Structure) -> None:
    """Create what the rows name and the school lacks, when the upload allowed it."""
    for row in rows:
        major = structure.majors.get(row["major"])
        if major is None:
            major = structure.majors[row["major"]] = _new_major(school, row, structure)
        key = (major.name, row["class_name"])
        if row["class_name"] and key not in structure.classes:
            structure.classes[key] = SchoolClass.objects.create(
                major=major, name=row["class_name"], graduation_year=row["graduation_year"]
            )


def _new_major(school: School, row: dict[str, Any], structure: Structure) -> Major:
    name = row["department"] or structure.planned.get(row["major"], "")
    if not structure.create or not name:
        raise Invalid("structure_changed", _("Majors have changed since the upload. Upload the file again."))
    department = structure.departments.get(name)
    if department is None:
        department = structure.departments[name] = Department.objects.create(school=school, name=name)
    return Major.objects.create(school=school, department=department, name=row["major"])


def _add(rows: list[dict[str, Any]], school: School, structure: Structure) -> int:
    Student.objects.bulk_create(
        [
            Student(
                school=school,
                major=structure.majors[row["major"]],
                school_class=structure.classes.get((row["major"], row["class_name"])),
                number=row["number"],
                name=row["name"],
                email=row["email"],
                phone=row["phone"],
                education=row["education"],
                graduation_year=row["graduation_year"],
                status=StudentStatus.ROSTER,
            )
            for row in rows
        ],
        batch_size=500,
    )
    return len(rows)


def _change(rows: list[dict[str, Any]], school: School, structure: Structure) -> int:
    by_number = {row["number"]: row for row in rows}
    students = [
        student
        for student in Student.objects.filter(school=school).select_related("major", "school_class")
        if student.number in by_number
    ]
    for student in students:
        row = by_number[student.number]
        for name, value in changes(student, row).items():
            if name == "major":
                student.major = structure.majors[value]
            elif name == "class_name":
                student.school_class = structure.classes.get((row["major"], value))
            else:
                setattr(student, name, value)
        student.version, student.updated_at = F("version") + 1, clock.now()
    Student.objects.bulk_update(students, FACTS, batch_size=200)
    return len(students)
