"""Which schools, departments, majors and classes each role sees, as one table; and what each may shape."""

import pytest

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.schools.queries import (
    classes_visible_to,
    departments_visible_to,
    majors_of,
    majors_visible_to,
    schools_visible_to,
    structure_of,
)
from backend.schools.rules import can_shape_school
from tests.backend.schools.conftest import ACTORS
from tests.factories.schools import AllianceFactory, MajorFactory, SchoolClassFactory
from tests.factories.students import StudentFactory

BOTH, OWN, FAR = ["云湖学院", "远山学院"], ["云湖学院"], ["远山学院"]
OWN_PARTS = {
    "schools": OWN,
    "departments": ["信息系", "机电系"],
    "majors": ["数控技术", "软件技术"],
    "classes": ["软件一班"],
}
ALL_PARTS = {
    "schools": BOTH,
    "departments": ["信息系", "外语系", "机电系"],
    "majors": ["商务英语", "数控技术", "软件技术"],
    "classes": ["英语一班", "软件一班"],
}
SEEN = {
    "anonymous": ALL_PARTS,
    "student": OWN_PARTS,
    "recruiter": OWN_PARTS,
    "owner": OWN_PARTS,
    "staff": OWN_PARTS,
    "dean": {"schools": OWN, "departments": ["信息系"], "majors": ["软件技术"], "classes": ["软件一班"]},
    "operator": ALL_PARTS,
    "system": ALL_PARTS,
    "far_staff": {
        "schools": FAR,
        "departments": ["外语系"],
        "majors": ["商务英语"],
        "classes": ["英语一班"],
    },
}


def names(rows) -> list[str]:
    return sorted(row.name for row in rows)


@pytest.mark.parametrize("who", ACTORS)
def test_each_role_sees_its_part_and_no_other(campus, who):
    actor = campus.actors[who]
    assert {
        "schools": names(schools_visible_to(actor)),
        "departments": names(departments_visible_to(actor)),
        "majors": names(majors_visible_to(actor)),
        "classes": names(classes_visible_to(actor)),
    } == SEEN[who]


@pytest.mark.parametrize("who", ["student", "recruiter"])
def test_an_alliance_shows_every_school_of_it(campus, who):
    alliance = AllianceFactory()
    type(campus.school).objects.update(alliance=alliance)
    actor = campus.actors[who]
    allied = Actor(
        role=actor.role,
        school_id=actor.school_id,
        school_ids=(campus.school.pk, campus.far.pk),
        company_id=actor.company_id,
        student_id=actor.student_id,
    )
    assert names(schools_visible_to(allied)) == BOTH
    assert names(departments_visible_to(allied)) == ALL_PARTS["departments"]
    assert names(majors_visible_to(allied)) == ALL_PARTS["majors"]


def test_staff_of_an_alliance_see_the_schools_but_only_their_own_parts(campus):
    allied = Actor(role=Role.STAFF, school_id=campus.school.pk, school_ids=(campus.school.pk, campus.far.pk))
    assert names(schools_visible_to(allied)) == BOTH
    assert names(departments_visible_to(allied)) == OWN_PARTS["departments"]
    assert names(majors_visible_to(allied)) == OWN_PARTS["majors"]
    assert names(classes_visible_to(allied)) == OWN_PARTS["classes"]


@pytest.mark.parametrize(
    ("who", "may"),
    [
        ("anonymous", False),
        ("student", False),
        ("recruiter", False),
        ("owner", False),
        ("staff", True),
        ("dean", False),
        ("operator", False),
        ("system", False),
        ("far_staff", True),
    ],
)
def test_only_school_wide_staff_may_shape(campus, who, may):
    assert can_shape_school(campus.actors[who]) is may


def test_staff_without_a_school_shape_nothing():
    assert can_shape_school(Actor(role=Role.STAFF)) is False


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("query", "most"),
    [
        (schools_visible_to, 1),
        (departments_visible_to, 1),
        (majors_visible_to, 1),
        (classes_visible_to, 1),
        (structure_of, 1),
    ],
)
def test_a_list_is_one_query_whatever_its_length(campus, rows, query, most, django_assert_num_queries):
    for _ in range(rows - 1):
        major = MajorFactory(school=campus.school)
        SchoolClassFactory(major=major)
    with django_assert_num_queries(most):
        for row in query(campus.actors["staff"]):
            _ = (row.name, getattr(row, "school", None), getattr(row, "department", None))


def test_the_structure_counts_majors_and_students_each_once(campus):
    StudentFactory.create_batch(2, school=campus.school, major=campus.second_major)
    MajorFactory(school=campus.school, department=campus.second, name="机器人")
    rows = {row.name: (row.major_count, row.student_count) for row in structure_of(campus.actors["staff"])}
    assert rows == {"信息系": (1, 1), "机电系": (2, 2)}


def test_the_structure_of_a_dean_is_the_own_department(campus):
    rows = [(row.name, row.major_count) for row in structure_of(campus.actors["dean"])]
    assert rows == [("信息系", 1)]


def test_majors_of_another_school_are_none(campus):
    assert list(majors_of(campus.actors["staff"], campus.far_department.pk)) == []
    assert list(majors_of(campus.actors["dean"], campus.second.pk)) == []


def test_majors_of_a_department_come_with_classes_and_students(campus):
    SchoolClassFactory(major=campus.major, name="软件二班")
    found = [
        (row.name, row.student_count, sorted(group.name for group in row.classes.all()))
        for row in majors_of(campus.actors["staff"], campus.department.pk)
    ]
    assert found == [("软件技术", 1, ["软件一班", "软件二班"])]
