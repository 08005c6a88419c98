"""A school's structure: who sees it, who shapes it, as functions, pages and JSON."""

import pytest
from django.urls import reverse

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor, actor_of
from backend.accounts.models import User
from backend.audit.models import AuditEntry
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.schools import domain
from backend.schools.models import Department, Major, SchoolClass
from backend.schools.queries import (
    classes_visible_to,
    departments_visible_to,
    majors_of,
    majors_visible_to,
    schools_visible_to,
    structure_of,
)
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import (
    AllianceFactory,
    DepartmentFactory,
    MajorFactory,
    SchoolClassFactory,
    SchoolFactory,
)
from tests.factories.students import StudentFactory

CANARY = "金丝雀"


class World:
    """A school with one of everything, and another full of canaries."""

    def __init__(self) -> None:
        self.school = SchoolFactory()
        self.department = DepartmentFactory(school=self.school, name="信息系")
        self.major = MajorFactory(school=self.school, department=self.department, name="软件技术")
        self.school_class = SchoolClassFactory(major=self.major, name="软件一班")
        other = SchoolFactory(name=f"{CANARY}学院")
        self.far = DepartmentFactory(school=other, name=f"{CANARY}系")
        self.far_major = MajorFactory(school=other, department=self.far, name=f"{CANARY}专业")
        self.far_class = SchoolClassFactory(major=self.far_major, name=f"{CANARY}班")
        self.staff = self.actor(school=self.school)
        self.dean = self.actor(school=self.school, department=self.department)
        self.recruiter = self.actor(recruiter=True, company=CompanyFactory(school=self.school, verified=True))
        self.student = self.actor(
            of_student=True, student=StudentFactory(school=self.school, major=self.major)
        )

    @staticmethod
    def actor(**membership) -> Actor:
        """Somebody with this membership."""
        return actor_of(MembershipFactory(**membership).user)


@pytest.fixture
def world(db) -> World:
    """A school with one of everything."""
    return World()


def test_everybody_sees_their_schools_parts(world):
    for actor in (world.staff, world.dean, world.recruiter, world.student):
        seen = [
            *schools_visible_to(actor),
            *departments_visible_to(actor),
            *majors_visible_to(actor),
            *classes_visible_to(actor),
        ]
        assert seen == [world.school, world.department, world.major, world.school_class]
    assert schools_visible_to(ANONYMOUS).count() == schools_visible_to(SYSTEM).count() == 2


def test_staff_of_a_department_see_that_one(world):
    other = MajorFactory(school=world.school, department=DepartmentFactory(school=world.school))
    assert list(majors_visible_to(world.dean)) == [world.major]
    assert set(majors_visible_to(world.staff)) == {world.major, other}


def test_an_alliance_shows_its_schools_but_staff_shape_their_own(world):
    alliance = AllianceFactory()
    for school in (world.school, world.far.school):
        school.alliance = alliance
        school.save()
    staff = world.actor(school=world.school)
    assert schools_visible_to(staff).count() == 2
    assert list(departments_visible_to(staff)) == [world.department]


@pytest.mark.parametrize("count", [1, 3])
def test_counts_are_right_and_cost_one_query(world, count, django_assert_num_queries):
    for _ in range(count - 1):
        StudentFactory(
            school=world.school, major=MajorFactory(school=world.school, department=world.department)
        )
    with django_assert_num_queries(1):
        rows = [(row.name, row.major_count, row.student_count) for row in structure_of(world.staff)]
    assert rows == [("信息系", count, count)]
    with django_assert_num_queries(2):
        rows = [
            (row.student_count, len(row.classes.all())) for row in majors_of(world.staff, world.department.pk)
        ]
    assert sorted(rows) == sorted([(1, 1)] + [(1, 0)] * (count - 1))


def test_departments_majors_and_classes_are_added_changed_and_removed(world):
    department = domain.save_department(actor=world.staff, name=" 机电  系 ")
    major = domain.save_major(
        actor=world.staff,
        name="机电一体化",
        department_id=department.pk,
        skills=["PLC", "", " PLC "],
        occupation_codes=["2-02-10-03"],
    )
    row = domain.save_class(actor=world.staff, major_id=major.pk, name="一班", graduation_year=2027)
    assert (department.name, department.school_id, major.skills, major.school_id) == (
        "机电 系",
        world.school.pk,
        ["PLC"],
        world.school.pk,
    )
    domain.save_class(
        actor=world.staff, class_id=row.pk, major_id=major.pk, name="二班", graduation_year=2028
    )
    row.refresh_from_db()
    assert (row.name, row.graduation_year) == ("二班", 2028)
    with pytest.raises(Conflict, match="department_in_use"):
        domain.remove_department(actor=world.staff, department_id=department.pk)
    domain.remove_class(actor=world.staff, class_id=row.pk)
    domain.remove_major(actor=world.staff, major_id=major.pk)
    domain.remove_department(actor=world.staff, department_id=department.pk)
    assert list(Department.objects.filter(school=world.school)) == [world.department]
    verbs = list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True))
    assert verbs[-7:] == [
        "department.added",
        "major.added",
        "class.added",
        "class.changed",
        "class.removed",
        "major.removed",
        "department.removed",
    ]


def test_a_major_with_students_stays(world):
    with pytest.raises(Conflict, match="major_in_use"):
        domain.remove_major(actor=world.staff, major_id=world.major.pk)
    assert Major.objects.filter(pk=world.major.pk).exists()


def test_wrong_entries_name_the_field(world):
    cases = [
        (lambda: domain.save_department(actor=world.staff, name="信息系"), "name"),
        (lambda: domain.save_department(actor=world.staff, name=" "), "name"),
        (lambda: domain.save_department(actor=world.staff, name="x" * 81), "name"),
        (lambda: domain.save_major(actor=world.staff, name="x", department_id=world.far.pk), "department"),
        (
            lambda: domain.save_major(
                actor=world.staff, name="x", department_id=world.department.pk, occupation_codes=["x"]
            ),
            "occupation_codes",
        ),
        (
            lambda: domain.save_class(
                actor=world.staff, major_id=world.far_major.pk, name="x", graduation_year=2027
            ),
            "major",
        ),
        (
            lambda: domain.save_class(
                actor=world.staff, major_id=world.major.pk, name="x", graduation_year=27
            ),
            "graduation_year",
        ),
    ]
    for act, field in cases:
        with pytest.raises(Invalid) as refusal:
            act()
        assert list(refusal.value.fields) == [field]
    assert (Department.objects.count(), Major.objects.count(), SchoolClass.objects.count()) == (2, 2, 2)


def test_only_school_wide_staff_shape(world):
    for actor in (world.dean, world.recruiter, world.student, ANONYMOUS):
        with pytest.raises(NotAllowed):
            domain.save_department(actor=actor, name="新系")
        with pytest.raises(NotAllowed):
            domain.remove_department(actor=actor, department_id=world.department.pk)
    assert Department.objects.count() == 2


def test_another_schools_parts_do_not_exist(world):
    cases = [
        lambda: domain.save_department(actor=world.staff, department_id=world.far.pk, name="x"),
        lambda: domain.remove_department(actor=world.staff, department_id=world.far.pk),
        lambda: domain.remove_major(actor=world.staff, major_id=world.far_major.pk),
        lambda: domain.remove_class(actor=world.staff, class_id=world.far_class.pk),
    ]
    for act in cases:
        with pytest.raises(NotFound):
            act()
    world.far.refresh_from_db()
    assert world.far.name == f"{CANARY}系"


@pytest.fixture
def page(client):
    """Ask for a page as somebody: page(actor, name, *args) -> response; with `body` it is a POST."""

    def ask(actor, name, *args, body=None):
        client.force_login(User.objects.get(pk=actor.user_id))
        url = reverse(f"schools:{name}", args=args)
        return client.get(url) if body is None else client.post(url, body)

    return ask


def test_pages_show_the_structure_without_canaries(world, page):
    pages = [("structure",), ("department", world.department.pk)]
    pages += [("new_department",), ("new_major",), ("new_class",)]
    pages += [("edit_major", world.major.pk), ("edit_class", world.school_class.pk)]
    for name, *args in pages:
        answer = page(world.staff, name, *args)
        assert (name, answer.status_code) == (name, 200)
        assert CANARY not in answer.content.decode()
        assert [page(other, name, *args).status_code for other in (world.student, world.recruiter)] == [
            403,
            403,
        ]


def test_pages_write(world, page):
    assert page(world.staff, "new_department", body={"name": "机电系"}).status_code == 302
    assert page(world.staff, "new_department", body={"name": "机电系"}).status_code == 422
    department = Department.objects.get(name="机电系")
    body = {
        "name": "数控技术",
        "department": department.pk,
        "occupation_codes": "计算机软件工程技术人员",
        "skills": "CAD，PLC",
    }
    assert page(world.staff, "new_major", body=body).status_code == 302
    major = Major.objects.get(name="数控技术")
    assert (major.skills, major.occupation_codes) == (["CAD", "PLC"], ["2-02-10-03"])
    assert page(world.staff, "remove", "major", major.pk, body={}).status_code == 302
    assert page(world.staff, "remove", "major", world.major.pk, body={}).status_code == 409
    assert page(world.staff, "remove", "planet", 1, body={}).status_code == 404
    assert page(world.staff, "edit_major", world.far_major.pk).status_code == 404
    assert page(world.dean, "new_department", body={"name": "新系"}).status_code == 403


def test_json_reads_and_writes(world, client):
    client.force_login(User.objects.get(pk=world.staff.user_id))
    api = "/api/v1"
    for noun, name in (("departments", "信息系"), ("majors", "软件技术"), ("classes", "软件一班")):
        answer = client.get(f"{api}/{noun}/")
        assert [row["name"] for row in answer.json()["results"]] == [name]
        assert CANARY not in answer.content.decode()
    added = client.post(f"{api}/departments/", {"name": "机电系"}, content_type="application/json")
    assert added.status_code == 201
    path = f"{api}/departments/{added.json()['id']}/"
    assert client.put(path, {"name": "机械系"}, content_type="application/json").json()["name"] == "机械系"
    assert client.delete(path).status_code == 204
    assert client.get(f"{api}/departments/{world.far.pk}/").status_code == 404
    client.logout()
    assert client.post(f"{api}/departments/", {"name": "x"}, content_type="application/json").status_code in {
        401,
        403,
    }
    assert [row["name"] for row in client.get(f"{api}/schools/").json()["results"]]
    assert {"code": "320500", "name": "苏州市"} in client.get(f"{api}/cities/").json()
