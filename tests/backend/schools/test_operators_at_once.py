"""Two people at once: names are given once, and what is being removed takes nobody in."""

import pytest

from backend.accounts.actor import actor_of
from backend.common.errors import Invalid
from backend.schools import domain
from backend.schools.domain import school
from backend.schools.models import Alliance, Department, Major, School, SchoolClass
from tests.backend.refusals import refused
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import staff_actor
from tests.factories.schools import AllianceFactory, DepartmentFactory, MajorFactory, SchoolFactory
from tests.racing import codes, race

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def operators():
    return [actor_of(MembershipFactory(operator=True).user) for _ in range(2)]


def test_joining_and_dissolving_at_once_leave_no_school_in_nothing(operators):
    row, alliance = SchoolFactory(), AllianceFactory()
    refusals = codes(
        race(
            lambda: domain.set_alliance(actor=operators[0], school_id=row.pk, alliance_id=alliance.pk),
            lambda: domain.dissolve_alliance(actor=operators[1], alliance_id=alliance.pk),
        )
    )
    row.refresh_from_db()
    left = (refusals, row.alliance_id, Alliance.objects.count())
    assert left in [(["alliance_in_use"], alliance.pk, 1), (["not_found"], None, 0)]


@pytest.mark.parametrize(
    ("theirs", "fields"),
    [
        ({"name": "云湖学院"}, ["name"]),
        ({"code": "yunhu"}, ["code"]),
        ({"name": "云湖学院", "code": "yunhu"}, ["name", "code"]),
    ],
)
def test_what_somebody_took_a_moment_ago_is_named(operators, monkeypatch, theirs, fields):
    """The first look comes too early to see the other school; the database still refuses."""
    SchoolFactory(**theirs)
    looks, later = [], school._taken

    def look(row):
        looks.append(row)
        return {} if len(looks) == 1 else later(row)

    monkeypatch.setattr(school, "_taken", look)
    mine = {"name": "云湖学院", "code": "yunhu", "city_code": "320500"}
    with refused(Invalid, "name_taken", School, fields=fields):
        domain.open_school(actor=operators[0], staff_email="first@example.org", **mine)


def test_of_two_who_take_a_school_in_one_does(operators):
    row, sides = SchoolFactory(), [AllianceFactory(), AllianceFactory()]
    results = race(
        *[
            lambda actor=actor, side=side: domain.set_alliance(
                actor=actor, school_id=row.pk, alliance_id=side.pk
            )
            for actor, side in zip(operators, sides, strict=True)
        ]
    )
    assert len(codes(results)) == 1
    won = next(side for side, result in zip(sides, results, strict=True) if isinstance(result, School))
    row.refresh_from_db()
    assert row.alliance_id == won.pk


# Staff of one school


@pytest.fixture
def staff():
    """Two colleagues and a department with nothing in it."""
    department = DepartmentFactory(name="信息系")
    return [staff_actor(department.school) for _ in range(2)], department


def test_a_department_that_is_being_removed_gets_no_major(staff):
    (one, other), department = staff
    refusals = codes(
        race(
            lambda: domain.save_major(actor=one, name="软件技术", department_id=department.pk),
            lambda: domain.remove_department(actor=other, department_id=department.pk),
        )
    )
    left = (refusals, Department.objects.count(), Major.objects.count())
    assert left in [(["department_in_use"], 1, 1), (["invalid"], 0, 0)]


def test_a_major_that_is_being_removed_gets_no_class_or_takes_it_along(staff):
    (one, other), department = staff
    major = MajorFactory(school=department.school, department=department)
    refusals = codes(
        race(
            lambda: domain.save_class(actor=one, major_id=major.pk, name="一班", graduation_year=2027),
            lambda: domain.remove_major(actor=other, major_id=major.pk),
        )
    )
    assert (Major.objects.count(), SchoolClass.objects.count()) == (0, 0)
    assert refusals in [[], ["invalid"]]


@pytest.mark.parametrize("what", ["department", "major"])
def test_one_name_given_twice_at_once_is_kept_once(staff, what):
    actors, department = staff
    calls = {
        "department": lambda actor: domain.save_department(actor=actor, name="机电系"),
        "major": lambda actor: domain.save_major(actor=actor, name="数控技术", department_id=department.pk),
    }
    results = race(*[lambda actor=actor: calls[what](actor) for actor in actors])
    assert codes(results) == ["name_taken"]
    assert {"department": Department, "major": Major}[what].objects.count() == {"department": 2, "major": 1}[
        what
    ]
