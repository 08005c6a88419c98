"""Departments, majors and classes are added, corrected and removed; what is refused leaves no trace."""

import pytest
from django.db import IntegrityError, transaction

from backend.audit.models import AuditEntry
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.schools import domain
from backend.schools.models import Department, Major, SchoolClass
from tests.backend.refusals import last_trail, refused
from tests.factories.schools import DepartmentFactory, MajorFactory, SchoolClassFactory
from tests.factories.students import StudentFactory

PARTS = (Department, Major, SchoolClass)
OUTSIDERS = ("anonymous", "student", "recruiter", "owner", "dean", "operator", "system")


def writes(campus, actor) -> dict:
    """One call of every function that shapes the own school."""
    return {
        "add department": lambda: domain.save_department(actor=actor, name="新系"),
        "rename department": lambda: domain.save_department(
            actor=actor, department_id=campus.department.pk, name="新名"
        ),
        "remove department": lambda: domain.remove_department(actor=actor, department_id=campus.second.pk),
        "add major": lambda: domain.save_major(
            actor=actor, name="新专业", department_id=campus.department.pk
        ),
        "change major": lambda: domain.save_major(
            actor=actor, name="新名", department_id=campus.department.pk, major_id=campus.major.pk
        ),
        "remove major": lambda: domain.remove_major(actor=actor, major_id=campus.second_major.pk),
        "add class": lambda: domain.save_class(
            actor=actor, major_id=campus.major.pk, name="二班", graduation_year=2027
        ),
        "change class": lambda: domain.save_class(
            actor=actor, major_id=campus.major.pk, name="二班", graduation_year=2027, class_id=campus.group.pk
        ),
        "remove class": lambda: domain.remove_class(actor=actor, class_id=campus.group.pk),
    }


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_but_school_wide_staff_writes_anything(campus, who):
    for write in writes(campus, campus.actors[who]).values():
        with refused(NotAllowed, "not_allowed", *PARTS):
            write()


@pytest.mark.parametrize(
    ("name", "family", "fields"),
    [
        ("rename department", NotFound, None),
        ("remove department", NotFound, None),
        ("add major", Invalid, ["department"]),
        ("change major", Invalid, ["department"]),
        ("remove major", NotFound, None),
        ("add class", Invalid, ["major"]),
        ("change class", Invalid, ["major"]),
        ("remove class", NotFound, None),
    ],
)
def test_staff_of_another_school_reach_nothing_of_this_one(campus, name, family, fields):
    with refused(family, family.code, *PARTS, fields=fields):
        writes(campus, campus.actors["far_staff"])[name]()


def test_a_major_of_another_school_cannot_be_pulled_over(campus):
    with refused(NotFound, "not_found", *PARTS):
        domain.save_major(
            actor=campus.actors["staff"],
            name="商务英语",
            department_id=campus.department.pk,
            major_id=campus.far_major.pk,
        )


def test_a_class_of_another_school_cannot_be_pulled_over(campus):
    with refused(NotFound, "not_found", *PARTS):
        domain.save_class(
            actor=campus.actors["staff"],
            major_id=campus.major.pk,
            name="英语一班",
            graduation_year=2026,
            class_id=campus.far_group.pk,
        )


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("机械系", "机械系"),
        ("  机械系  ", "机械系"),
        ("机械 \t 工程\n系", "机械 工程 系"),
        ("机" * 80, "机" * 80),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_a_department_is_added_with_a_tidy_name(campus, given, kept):
    row = domain.save_department(actor=campus.actors["staff"], name=given)
    row.refresh_from_db()
    assert (row.name, row.school_id) == (kept, campus.school.pk)
    assert last_trail() == ("department.added", "", "", "schools.department", row.pk)


def test_a_department_is_renamed_in_place(campus):
    row = domain.save_department(
        actor=campus.actors["staff"], name="信息工程系", department_id=campus.department.pk
    )
    assert row.pk == campus.department.pk
    campus.department.refresh_from_db()
    assert campus.department.name == "信息工程系"
    assert last_trail() == ("department.changed", "", "", "schools.department", row.pk)


@pytest.mark.parametrize(("name", "code"), [("", "invalid"), ("   ", "invalid"), ("机" * 81, "invalid")])
def test_a_department_needs_a_name_that_fits(campus, name, code):
    with refused(Invalid, code, *PARTS, fields=["name"]):
        domain.save_department(actor=campus.actors["staff"], name=name)


def test_a_name_is_taken_within_a_school_only(campus):
    with refused(Invalid, "name_taken", *PARTS, fields=["name"]):
        domain.save_department(actor=campus.actors["staff"], name="机电系")
    with refused(Invalid, "name_taken", *PARTS, fields=["name"]):
        domain.save_department(
            actor=campus.actors["staff"], name="机电系", department_id=campus.department.pk
        )
    assert domain.save_department(actor=campus.actors["staff"], name="外语系").school_id == campus.school.pk


def test_a_department_with_majors_stays(campus):
    with refused(Conflict, "department_in_use", *PARTS):
        domain.remove_department(actor=campus.actors["staff"], department_id=campus.second.pk)


def test_an_empty_department_goes(campus):
    empty = DepartmentFactory(school=campus.school)
    domain.remove_department(actor=campus.actors["staff"], department_id=empty.pk)
    assert not Department.objects.filter(pk=empty.pk).exists()
    assert last_trail() == ("department.removed", "", "", "schools.department", empty.pk)
    with refused(NotFound, "not_found", *PARTS):
        domain.remove_department(actor=campus.actors["staff"], department_id=empty.pk)


def test_a_major_is_added_with_all_it_teaches(campus):
    row = domain.save_major(
        actor=campus.actors["staff"],
        name=" 移动应用开发 ",
        department_id=campus.department.pk,
        code=" 510213 ",
        skills=["Java", " Kotlin ", "Java", "", "SQL  Server"],
        occupation_codes=["2-02-10-03", "2-02-10-03"],
    )
    row.refresh_from_db()
    assert {
        "name": row.name,
        "code": row.code,
        "school": row.school_id,
        "department": row.department_id,
        "skills": row.skills,
        "occupation_codes": row.occupation_codes,
    } == {
        "name": "移动应用开发",
        "code": "510213",
        "school": campus.school.pk,
        "department": campus.department.pk,
        "skills": ["Java", "Kotlin", "SQL Server"],
        "occupation_codes": ["2-02-10-03"],
    }
    assert last_trail() == ("major.added", "", "", "schools.major", row.pk)


def test_a_major_moves_to_another_department(campus):
    domain.save_major(
        actor=campus.actors["staff"],
        name="软件技术",
        department_id=campus.second.pk,
        major_id=campus.major.pk,
    )
    campus.major.refresh_from_db()
    assert (campus.major.department, campus.major.skills) == (campus.second, [])
    assert last_trail()[0] == "major.changed"


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"name": ""}, ["name"]),
        ({"name": "专" * 81}, ["name"]),
        ({"name": "数控技术"}, ["name"]),
        ({"code": "1" * 11}, ["code"]),
        ({"skills": ["技" * 41]}, ["skills"]),
        ({"occupation_codes": ["2-02-10-00"]}, ["occupation_codes"]),
        ({"occupation_codes": ["9-99-99-99"]}, ["occupation_codes"]),
        ({"occupation_codes": ["2-02-10-03", ""]}, ["occupation_codes"]),
    ],
)
def test_a_wrong_major_names_its_field(campus, changed, fields):
    values = {"name": "新专业", "department_id": campus.department.pk, **changed}
    code = "name_taken" if changed == {"name": "数控技术"} else "invalid"
    with refused(Invalid, code, *PARTS, fields=fields):
        domain.save_major(actor=campus.actors["staff"], **values)


@pytest.mark.parametrize("length", [1, 40])
def test_skills_may_have_forty_characters(campus, length):
    row = domain.save_major(
        actor=campus.actors["staff"],
        name="新专业",
        department_id=campus.department.pk,
        skills=["技" * length],
    )
    assert row.skills == ["技" * length]


def test_a_major_with_students_stays_until_they_have_moved(campus):
    with refused(Conflict, "major_in_use", *PARTS):
        domain.remove_major(actor=campus.actors["staff"], major_id=campus.major.pk)
    campus.major.students.update(major=campus.second_major)
    domain.remove_major(actor=campus.actors["staff"], major_id=campus.major.pk)
    assert last_trail() == ("major.removed", "", "", "schools.major", campus.major.pk)
    assert not SchoolClass.objects.filter(pk=campus.group.pk).exists()


@pytest.mark.parametrize("year", [2000, 2026, 2100])
def test_a_class_is_added_for_a_year_of_this_century(campus, year):
    row = domain.save_class(
        actor=campus.actors["staff"], major_id=campus.major.pk, name=" 二  班 ", graduation_year=year
    )
    row.refresh_from_db()
    assert (row.name, row.graduation_year, row.major_id) == ("二 班", year, campus.major.pk)
    assert last_trail() == ("class.added", "", "", "schools.schoolclass", row.pk)


@pytest.mark.parametrize(
    ("changed", "code", "fields"),
    [
        ({"graduation_year": 1999}, "invalid", ["graduation_year"]),
        ({"graduation_year": 2101}, "invalid", ["graduation_year"]),
        ({"graduation_year": -1}, "invalid", ["graduation_year"]),
        ({"name": " "}, "invalid", ["name"]),
        ({"name": "班" * 81}, "invalid", ["name"]),
        ({"name": "软件一班"}, "name_taken", ["name"]),
    ],
)
def test_a_wrong_class_names_its_field(campus, changed, code, fields):
    values = {"major_id": campus.major.pk, "name": "二班", "graduation_year": 2027, **changed}
    with refused(Invalid, code, *PARTS, fields=fields):
        domain.save_class(actor=campus.actors["staff"], **values)


def test_two_majors_may_each_have_a_first_class(campus):
    row = domain.save_class(
        actor=campus.actors["staff"],
        major_id=campus.second_major.pk,
        name="软件一班",
        graduation_year=2026,
    )
    assert row.major == campus.second_major


def test_a_class_is_corrected_and_moved(campus):
    domain.save_class(
        actor=campus.actors["staff"],
        major_id=campus.second_major.pk,
        name="数控一班",
        graduation_year=2028,
        class_id=campus.group.pk,
    )
    campus.group.refresh_from_db()
    assert (campus.group.name, campus.group.graduation_year, campus.group.major) == (
        "数控一班",
        2028,
        campus.second_major,
    )
    assert last_trail()[0] == "class.changed"


def test_students_of_a_removed_class_stay_in_their_major(campus):
    student = StudentFactory(school=campus.school, major=campus.major, school_class=campus.group)
    domain.remove_class(actor=campus.actors["staff"], class_id=campus.group.pk)
    student.refresh_from_db()
    assert (student.school_class, student.major) == (None, campus.major)
    assert last_trail() == ("class.removed", "", "", "schools.schoolclass", campus.group.pk)


def test_the_trail_says_which_school_wrote(campus):
    domain.save_department(actor=campus.actors["staff"], name="新系")
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor_role, entry.school_id, entry.company_id) == ("staff", campus.school.pk, None)


@pytest.mark.parametrize(
    "twice",
    [
        lambda campus: DepartmentFactory(school=campus.school, name="信息系"),
        lambda campus: MajorFactory(school=campus.school, department=campus.second, name="软件技术"),
        lambda campus: SchoolClassFactory(major=campus.major, name="软件一班"),
    ],
    ids=["department", "major", "class"],
)
def test_the_database_keeps_names_single(campus, twice):
    with pytest.raises(IntegrityError), transaction.atomic():
        twice(campus)
