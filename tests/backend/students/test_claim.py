"""Becoming a student: by the roster, or by the school's word."""

import itertools

import pytest
from django.db.models import F

from backend.accounts.actor import ANONYMOUS, actor_of
from backend.accounts.models import AttemptCount, Membership, User
from backend.accounts.models import User as Person
from backend.audit.models import AuditEntry
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from backend.students.domain import claim_place, confirm_student, refuse_student, register_student, resubmit
from backend.students.enums import STUDENT_TRANSITIONS, StudentStatus
from backend.students.models import Student
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.students import StudentFactory


@pytest.fixture
def place(world) -> Student:
    """A row of the roster that nobody holds."""
    return StudentFactory(
        school=world.school, major=world.student.major, on_roster=True, name="阿依古丽·买买提", number="A-77"
    )


def test_a_claim_makes_the_row_the_persons(world, place, newcomer):
    student = claim_place(actor=newcomer, school_id=world.school.pk, number=" a-77 ", name="阿依古丽•买买提")
    assert (student.pk, student.status, student.email) == (place.pk, "confirmed", "new@students.invalid")
    actor = actor_of(User.objects.get(pk=newcomer.user_id))
    assert (actor.role, actor.school_id, actor.student_id) == ("student", world.school.pk, place.pk)
    entry = AuditEntry.objects.get(verb="student.claimed")
    assert (entry.target_id, entry.before, entry.after) == (place.pk, "roster", "confirmed")


@pytest.mark.parametrize(
    ("number", "name"),
    [("A-77", "买买提"), ("A-78", "阿依古丽·买买提"), ("", ""), ("A-77", "")],
    ids=["name", "number", "both", "blank"],
)
def test_a_wrong_pair_gets_one_answer_and_changes_nothing(world, place, newcomer, number, name):
    with pytest.raises(Invalid) as refusal:
        claim_place(actor=newcomer, school_id=world.school.pk, number=number, name=name)
    assert refusal.value.code == "roster_mismatch"
    place.refresh_from_db()
    assert place.status == "roster"
    assert not Membership.objects.filter(user_id=newcomer.user_id).exists()


def test_another_school_has_its_own_numbers(world, place, newcomer):
    with pytest.raises(Invalid, match="roster_mismatch"):
        claim_place(actor=newcomer, school_id=world.stranger.school_id, number="A-77", name=place.name)


def test_a_noted_address_is_asked_for(world, place, newcomer):
    Student.objects.filter(pk=place.pk).update(email="Other@students.invalid")
    with pytest.raises(Invalid, match="other_address"):
        claim_place(actor=newcomer, school_id=world.school.pk, number="A-77", name=place.name)
    Student.objects.filter(pk=place.pk).update(email="NEW@students.invalid")
    assert (
        claim_place(actor=newcomer, school_id=world.school.pk, number="A-77", name=place.name).pk == place.pk
    )


@pytest.mark.parametrize("status", [s for s in StudentStatus.values if s != "roster"])
def test_only_free_rows_can_be_claimed(world, place, newcomer, status):
    Student.objects.filter(pk=place.pk).update(status=status)
    with pytest.raises(Invalid, match="roster_mismatch"):
        claim_place(actor=newcomer, school_id=world.school.pk, number="A-77", name=place.name)


def test_a_place_is_claimed_once(world, place, newcomer):
    claim_place(actor=newcomer, school_id=world.school.pk, number="A-77", name=place.name)
    rival = actor_of(UserFactory())
    with pytest.raises(Invalid, match="roster_mismatch"):
        claim_place(actor=rival, school_id=world.school.pk, number="A-77", name=place.name)


def test_who_belongs_somewhere_claims_nothing(world, place):
    for actor in (world.student_actor, world.staff, world.recruiter):
        with pytest.raises(Conflict, match="already_member"):
            claim_place(actor=actor, school_id=world.school.pk, number="A-77", name=place.name)
    with pytest.raises(NotAllowed):
        claim_place(actor=ANONYMOUS, school_id=world.school.pk, number="A-77", name=place.name)


def test_guessing_is_counted(world, place, newcomer, frozen_now):
    for attempt in range(8):
        with pytest.raises(Invalid, match="roster_mismatch"):
            claim_place(actor=newcomer, school_id=world.school.pk, number="A-77", name=f"猜{attempt}")
    with pytest.raises(NotAllowed, match="too_many_attempts"):
        claim_place(actor=newcomer, school_id=world.school.pk, number="A-77", name=place.name)
    # Control: without the counter the ninth, right guess goes through.
    AttemptCount.objects.all().delete()
    assert (
        claim_place(actor=newcomer, school_id=world.school.pk, number="A-77", name=place.name).pk == place.pk
    )


def registered(world, newcomer, **changed) -> Student:
    values = {
        "school_id": world.school.pk,
        "major_id": world.student.major_id,
        "number": "n-1",
        "name": " 王  小 ",
        "education": "bachelor",
        "graduation_year": 2027,
    }
    return register_student(actor=newcomer, **(values | changed))


def test_registering_asks_the_schools_staff(world, newcomer):
    student = registered(world, newcomer)
    assert (student.number, student.name, student.status, student.email) == (
        "N-1",
        "王 小",
        "pending",
        "new@students.invalid",
    )
    assert actor_of(User.objects.get(pk=newcomer.user_id)).student_id == student.pk
    told = set(Notification.objects.filter(kind="student_waiting").values_list("user_id", flat=True))
    assert told == {world.staff.user_id, world.dean.user_id}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"school_id": 0}, "school"),
        ({"major_id": 0}, "major"),
        ({"number": " "}, "number"),
        ({"name": ""}, "name"),
        ({"education": "any"}, "education"),
        ({"education": "wizard"}, "education"),
        ({"graduation_year": 26}, "graduation_year"),
        ({"number": "20230001"}, "number"),
    ],
)
def test_a_wrong_registration_names_the_field(world, newcomer, changed, field):
    before = Student.objects.count()
    with pytest.raises(Invalid) as refusal:
        registered(world, newcomer, **changed)
    assert field in refusal.value.fields
    assert Student.objects.count() == before
    assert not Membership.objects.filter(user_id=newcomer.user_id).exists()


def test_a_major_of_another_school_is_no_choice(world, newcomer):
    with pytest.raises(Invalid) as refusal:
        registered(world, newcomer, major_id=world.stranger.major_id)
    assert list(refusal.value.fields) == ["major"]


def test_the_school_confirms_and_tells(world, newcomer):
    student = registered(world, newcomer)
    confirm_student(actor=world.staff, student_id=student.pk)
    student.refresh_from_db()
    assert student.status == "confirmed"
    assert Notification.objects.get(kind="student_confirmed").user_id == newcomer.user_id


def test_the_school_refuses_with_a_reason_and_the_student_asks_again(world, newcomer):
    student = registered(world, newcomer)
    refuse_student(actor=world.staff, student_id=student.pk, reason=" 学号不存在 ")
    student.refresh_from_db()
    assert (student.status, student.status_reason) == ("refused", "学号不存在")
    actor = actor_of(Person.objects.get(pk=newcomer.user_id))
    resubmit(actor=actor, number="n-2", name="王小")
    student.refresh_from_db()
    assert (student.status, student.number, student.name) == ("pending", "N-2", "王小")
    assert Notification.objects.filter(kind="student_waiting").count() == 4


def test_a_refusal_needs_a_reason(world, newcomer):
    student = registered(world, newcomer)
    with pytest.raises(Invalid) as refusal:
        refuse_student(actor=world.staff, student_id=student.pk, reason="  ")
    assert list(refusal.value.fields) == ["reason"]
    student.refresh_from_db()
    assert student.status == "pending"


def test_resubmitting_somebody_elses_number_is_refused(world, newcomer):
    student = registered(world, newcomer)
    refuse_student(actor=world.staff, student_id=student.pk, reason="x")
    actor = actor_of(Person.objects.get(pk=newcomer.user_id))
    with pytest.raises(Invalid, match="roster_mismatch"):
        resubmit(actor=actor, number="20230001", name="王小")
    student.refresh_from_db()
    assert (student.status, student.number) == ("refused", "N-1")


@pytest.mark.parametrize(
    ("status", "verb"), list(itertools.product(StudentStatus.values, ["confirm", "refuse"]))
)
def test_only_those_who_wait_are_decided(world, status, verb):
    Student.objects.filter(pk=world.student.pk).update(status=status)

    def decide():
        if verb == "confirm":
            return confirm_student(actor=world.staff, student_id=world.student.pk)
        return refuse_student(actor=world.staff, student_id=world.student.pk, reason="x")

    if status == "pending":
        assert decide().status == {"confirm": "confirmed", "refuse": "refused"}[verb]
        return
    with pytest.raises(Conflict, match="not_pending"):
        decide()
    world.student.refresh_from_db()
    assert world.student.status == status


def test_the_table_says_what_may_follow_what():
    pairs = {(before, after) for before, afters in STUDENT_TRANSITIONS.items() for after in afters}
    assert pairs == {
        ("roster", "confirmed"),
        ("roster", "left"),
        ("pending", "confirmed"),
        ("pending", "refused"),
        ("pending", "left"),
        ("refused", "pending"),
        ("refused", "left"),
        ("confirmed", "left"),
    }


def test_others_decide_nothing(world):
    Student.objects.filter(pk=world.student.pk).update(status="pending", version=F("version") + 1)
    stranger_dean = actor_of(
        MembershipFactory(school=world.school, department=world.stranger.major.department).user
    )
    for actor in (world.other_staff, world.recruiter, stranger_dean):
        with pytest.raises(NotFound):
            confirm_student(actor=actor, student_id=world.student.pk)
    with pytest.raises(NotAllowed):
        confirm_student(actor=world.student_actor, student_id=world.student.pk)
    world.student.refresh_from_db()
    assert world.student.status == "pending"
