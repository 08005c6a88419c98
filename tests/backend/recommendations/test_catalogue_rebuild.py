"""The copy in memory, kept up change by change, against one that is read whole: the same rows, schools and order."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.applications import domain as applications
from backend.common import clock
from backend.common.errors import DomainError
from backend.positions import domain as positions
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.domain import set_personalised
from backend.recommendations.queries import matches_for, students_for
from backend.students.domain.claim import confirm_student
from backend.students.domain.profile import remove_experience, save_experience, set_visibility, update_profile
from backend.students.models import Student
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, recruiter_actor, staff_actor
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import ExperienceFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


class World:
    """A school with a student, a newcomer, two open positions and one that waits for review."""

    def __init__(self, student, actor, fitting, strange) -> None:
        self.student, self.actor, self.fitting, self.strange = student, actor, fitting, strange
        self.recruiter = recruiter_actor(fitting.company)
        user = MembershipFactory(school=student.school).user
        self.staff = staff_actor(student.school, user_id=user.pk)
        self.waiting = PositionFactory(company=fitting.company, title="车工", in_review=True)
        self.newcomer = StudentFactory(school=student.school, major=student.major, pending=True)
        self.experience = ExperienceFactory(student=student, title="测试")
        self.sent = ApplicationFactory(position=strange, student__school=student.school)

    def profile(self, **changes: Any) -> None:
        values = {
            "phone": "13900000001",
            "email": "one@students.invalid",
            "about": "",
            "skills": ["Java", "SQL"],
            "certificates": [],
            "wanted_occupations": ["2-02-10-03"],
            "wanted_cities": ["320500"],
            "wanted_kinds": ["full_time"],
            "salary_floor": None,
            "available_from": None,
        }
        update_profile(actor=self.actor, **values | changes)

    def edit(self, **values: Any) -> None:
        positions.update_position(actor=self.recruiter, position_id=self.fitting.pk, values=values)

    def moves_school(self) -> None:
        other = SchoolFactory()
        Student.objects.filter(pk=self.student.pk).update(
            school=other, version=self.student.version + 1, updated_at=clock.now()
        )


CHANGES: dict[str, Callable[[World], Any]] = {
    "nothing": lambda w: None,
    "published": lambda w: positions.decide_position(actor=w.staff, position_id=w.waiting.pk, publish=True),
    "sent back": lambda w: positions.decide_position(
        actor=w.staff, position_id=w.waiting.pk, publish=False, reason="请补充"
    ),
    "paused": lambda w: positions.pause_position(actor=w.recruiter, position_id=w.fitting.pk),
    "closed": lambda w: positions.close_position(actor=w.recruiter, position_id=w.fitting.pk),
    "taken down": lambda w: positions.take_down_position(
        actor=w.staff, position_id=w.fitting.pk, reason="核实"
    ),
    "another deadline": lambda w: w.edit(deadline=clock.today() + timedelta(days=10)),
    "changed so that it is reviewed again": lambda w: w.edit(duties="编写和维护后端服务，参加代码评审。"),
    "a draft copied": lambda w: positions.copy_position(actor=w.recruiter, position_id=w.fitting.pk),
    "applied": lambda w: applications.apply(actor=w.actor, position_id=w.fitting.pk),
    "declined": lambda w: applications.move_application(
        actor=w.recruiter, application_id=w.sent.pk, to="declined", message="谢谢你的投递。"
    ),
    "shortlisted": lambda w: applications.move_application(
        actor=w.recruiter, application_id=w.sent.pk, to="shortlisted", message=""
    ),
    "new skills": lambda w: w.profile(skills=["Go", "识图"]),
    "another city and pay": lambda w: w.profile(wanted_cities=["310000"], salary_floor=8000),
    "an experience more": lambda w: save_experience(
        actor=w.actor,
        title="开发",
        organisation="公司",
        started_on=clock.today() - timedelta(days=200),
        ended_on=None,
        description="后端",
    ),
    "an experience less": lambda w: remove_experience(actor=w.actor, experience_id=w.experience.pk),
    "order by fit off": lambda w: set_personalised(actor=w.actor, on=False),
    "hidden and not seeking": lambda w: set_visibility(
        actor=w.actor, visibility="hidden", seeking=False, personalised=True
    ),
    "confirmed": lambda w: confirm_student(actor=w.staff, student_id=w.newcomer.pk),
    "moved to another school": lambda w: w.moves_school(),
}


@pytest.fixture
def world(student, actor, fitting, strange):
    return World(student, actor, fitting, strange)


def copies() -> dict[str, Any]:
    """Everything that both sides hold, and whose they say it is."""
    found: dict[str, Any] = {}
    for name, kept in (("positions", catalogue.positions()), ("students", catalogue.students())):
        found[name] = {pk: kept.held.get(pk) for pk in kept._stamps}
        found[f"{name} of schools"] = {school: set(ids) for school, ids in kept._by_school.items() if ids}
        found[f"stamps of {name}"] = dict(kept._stamps)
        assert len(kept.held) == len(kept._stamps)
    return found


def kept_up_and_whole() -> tuple[dict[str, Any], dict[str, Any]]:
    kept_up = copies()
    catalogue.clear()
    return kept_up, copies()


def orders(world: World) -> dict[str, list[tuple[int, float]]]:
    """Who and what comes first from the copy of this moment."""
    shown = matches_for(world.actor).shown if world.student.pk in catalogue.students().held else []
    fits = students_for(world.staff, world.strange.pk).shown
    return {
        "positions": [(item.position.pk, item.match.score) for item in shown],
        "students": [(item.profile.id, item.match.score) for item in fits],
    }


@pytest.mark.parametrize("later", [timedelta(), timedelta(hours=1)])
@pytest.mark.parametrize("change", CHANGES)
def test_a_change_leaves_the_same_as_reading_everything(world, change, later):
    """At the same moment as the last look, and long after."""
    copies()
    clock.advance(later)
    CHANGES[change](world)
    kept_up, whole = kept_up_and_whole()
    assert kept_up == whole


@pytest.mark.parametrize(
    ("change", "read"),
    [
        ("nothing", (0, 0)),
        ("published", (1, 0)),
        ("sent back", (0, 0)),
        ("paused", (0, 0)),
        ("another deadline", (1, 0)),
        ("applied", (1, 0)),
        ("declined", (1, 0)),
        ("new skills", (0, 1)),
        ("an experience less", (0, 1)),
        ("order by fit off", (0, 0)),
        ("hidden and not seeking", (0, 1)),
        ("confirmed", (0, 1)),
    ],
)
def test_a_change_reads_only_what_it_touched(world, change, read):
    PositionFactory.create_batch(3, published=True, company=world.fitting.company)
    copies()
    clock.advance(timedelta(hours=1))
    CHANGES[change](world)
    assert (catalogue._positions.refresh(), catalogue._students.refresh()) == read


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_any_number_of_changes_in_any_order_leaves_the_same(world, seed):
    """What can no longer happen is refused and leaves everything as it is; the order by fit is the same too."""
    rng, happened = random.Random(seed), 0
    for change in rng.sample(sorted(CHANGES), len(CHANGES)):
        if change == "moved to another school":
            continue
        clock.advance(timedelta(seconds=rng.choice([0, 1, 600])))
        try:
            CHANGES[change](world)
            happened += 1
        except DomainError:
            pass
        copies()
    before = orders(world)
    kept_up, whole = kept_up_and_whole()
    assert (kept_up, before, happened > 10) == (whole, orders(world), True)


def test_whoever_moves_is_found_at_the_new_school_alone(world):
    stays = world.sent.student_id
    old = world.student.school_id
    assert catalogue.students().of_schools([old]) is None
    world.moves_school()
    new = Student.objects.get(pk=world.student.pk).school_id
    assert [catalogue.students().of_schools([school]) for school in (old, new)] == [
        {stays},
        {world.student.pk},
    ]


def test_without_its_stamp_a_change_is_not_seen(world):
    """The control: the comparison notices a copy that was not kept up."""
    copies()
    Position.objects.filter(pk=world.fitting.pk).update(title="没有版本的改动")
    kept_up, whole = kept_up_and_whole()
    assert kept_up != whole
    assert kept_up["positions"][world.fitting.pk].title == "Java 开发工程师"
    assert whole["positions"][world.fitting.pk].title == "没有版本的改动"


def test_a_clock_that_went_back_reads_everything(world):
    copies()
    Position.objects.filter(pk=world.fitting.pk).update(title="没有版本的改动")
    with clock.frozen(clock.now() - timedelta(minutes=1)):
        assert copies()["positions"][world.fitting.pk].title == "没有版本的改动"
