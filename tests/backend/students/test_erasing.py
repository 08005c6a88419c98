"""Leaving: what is erased in every status, what ends with it, and what stays for the histories."""

import io
import zipfile

import pytest
from django.db import transaction
from django.test import Client

from backend.accounts.actor import actor_of
from backend.accounts.domain import erase_account
from backend.accounts.models import Membership, User
from backend.audit.models import AuditEntry
from backend.common import clock, files, forgetting, outbox, personal
from backend.common.errors import Conflict, NotFound
from backend.students import domain
from backend.students.enums import StudentStatus
from backend.students.models import DisclosureGrant, Experience, ProfileView, Resume, Student
from backend.students.queries import pending_visible_to, students_visible_to
from tests.backend.refusals import contents, refused
from tests.factories.accounts import PASSWORD
from tests.factories.companies import CompanyFactory
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory

CANARY = "金丝雀私话"


def person(world) -> User:
    return User.objects.get(pk=world.student_actor.user_id)


def erase(world) -> None:
    """What erasing the account does to a student: what goes on ends, then the tags of the columns."""
    with transaction.atomic():
        domain.end_student(person(world))
        forgetting.erase(person(world))


@pytest.mark.parametrize("status", StudentStatus.values)
def test_whoever_erases_has_left_whatever_the_status(world, status):
    Student.objects.filter(pk=world.student.pk).update(status=status)
    erase(world)
    world.student.refresh_from_db()
    assert (world.student.status, world.student.name, world.student.number) == (
        "left",
        "",
        f"erased-{world.student.pk}",
    )


@pytest.mark.parametrize("status", ["pending", "refused"])
def test_nobody_nameless_waits_in_the_queue(world, status):
    Student.objects.filter(pk=world.student.pk).update(status=status)
    erase(world)
    assert list(pending_visible_to(world.staff)) == []
    for decide in (
        lambda: domain.confirm_student(actor=world.staff, student_id=world.student.pk),
        lambda: domain.refuse_student(actor=world.staff, student_id=world.student.pk, reason="x"),
    ):
        with refused(Conflict, "not_pending", Student):
            decide()


def test_every_personal_column_is_blank_afterwards(world):
    Student.objects.filter(pk=world.student.pk).update(
        about=CANARY,
        phone="13912345678",
        email="canary@students.invalid",
        skills=[CANARY],
        certificates=[CANARY],
        wanted_cities=["320500"],
        wanted_kinds=["full_time"],
        salary_floor=5000,
        salary_hope=6000,
        based_in="420111",
        skill_levels={CANARY: 2},
        status_reason=CANARY,
    )
    erase(world)
    row = Student.objects.values().get(pk=world.student.pk)
    assert CANARY not in str(row)
    assert {name: row[name] for name in personal.tags(Student)} == {
        "number": f"erased-{world.student.pk}",
        "name": "",
        "email": "",
        "phone": "",
        "status_reason": "",
        "about": "",
        "skills": [],
        "certificates": [],
        "wanted_occupations": [],
        "wanted_cities": [],
        "wanted_kinds": [],
        "salary_floor": None,
        "salary_hope": None,
        "based_in": "",
        "skill_levels": {},
        "available_from": None,
    }
    assert (row["visibility"], row["seeking"]) == ("hidden", False)


def test_experiences_looks_resumes_and_consents_end(world, django_capture_on_commit_callbacks, frozen_now):
    resume = ResumeFactory(student=world.student, title=CANARY)
    ExperienceFactory(student=world.student, title=CANARY)
    grant = DisclosureGrantFactory(student=world.student, company=world.company, resume=resume)
    domain.record_profile_view(actor=world.recruiter, student=world.student)
    erase(world)
    outbox.run_once([files.TOPIC])
    resume.refresh_from_db()
    grant.refresh_from_db()
    assert (Experience.objects.count(), ProfileView.objects.count()) == (0, 0)
    assert (resume.title, resume.deleted_at, grant.revoked_at) == ("", frozen_now, frozen_now)
    assert not resume.file.storage.exists(resume.file.name)
    assert list(students_visible_to(world.recruiter)) == []


def test_a_rollback_keeps_the_files(world):
    resume = ResumeFactory(student=world.student)
    with transaction.atomic():
        erase(world)
        transaction.set_rollback(True)
    outbox.run_once([files.TOPIC])
    assert resume.file.storage.exists(resume.file.name)


def test_other_students_keep_everything(world):
    other = ResumeFactory().student
    ExperienceFactory(student=other)
    DisclosureGrantFactory(student=other, company=world.company)
    before = contents(Resume, Experience, DisclosureGrant)
    erase(world)
    after = contents(Resume, Experience, DisclosureGrant)
    assert [after[name] for name in ("Resume", "Experience", "DisclosureGrant")] == [
        before[name] for name in ("Resume", "Experience", "DisclosureGrant")
    ]


def test_erasing_twice_is_harmless(world):
    erase(world)
    first = Student.objects.values().get(pk=world.student.pk)
    erase(world)
    second = Student.objects.values().get(pk=world.student.pk)
    changing = {"updated_at", "version"}
    assert {k: v for k, v in first.items() if k not in changing} == {
        k: v for k, v in second.items() if k not in changing
    }


def test_the_account_takes_the_student_along(world):
    erase_account(actor=world.student_actor, password=PASSWORD)
    world.student.refresh_from_db()
    user = person(world)
    assert (world.student.status, world.student.name, user.is_active, user.name) == ("left", "", False, "")
    assert Membership.objects.get(student=world.student).ended_at is not None
    assert actor_of(user).role == "anonymous"
    verbs = set(AuditEntry.objects.values_list("verb", flat=True))
    assert verbs == {"student.erased", "account.erased"}
    with pytest.raises(NotFound):
        domain.set_visibility(actor=actor_of(user), visibility="visible", seeking=True, personalised=True)


def test_the_copy_names_exactly_what_is_kept(world, frozen_now):
    resume = ResumeFactory(student=world.student, title="简历")
    ExperienceFactory(student=world.student)
    DisclosureGrantFactory(student=world.student, company=world.company, resume=resume)
    domain.record_profile_view(actor=world.recruiter, student=world.student)
    copy = personal.copy_of(person(world))
    assert set(copy) == {
        "accounts.user",
        "accounts.membership",
        "students.student",
        "students.experience",
        "students.resume",
        "students.disclosuregrant",
        "students.profileview",
    }
    path = f"files/students.resume/{resume.pk}.pdf"
    assert [(row["title"], row["file"]) for row in copy["students.resume"]] == [("简历", path)]
    assert [name for name, _file in personal.files_of(person(world))] == [path]
    assert [(row["company"], row["fields"]) for row in copy["students.disclosuregrant"]] == [
        (world.company.name, ["name", "email", "phone"])
    ]
    assert copy["students.profileview"][0]["day"] == "2026-03-02"


def test_the_download_holds_the_files_themselves(world):
    resume = ResumeFactory(student=world.student)
    ResumeFactory(student=world.stranger)
    client = Client()
    client.force_login(person(world))
    with zipfile.ZipFile(io.BytesIO(client.get("/account/export/").content)) as archive:
        name = f"files/students.resume/{resume.pk}.pdf"
        assert sorted(archive.namelist()) == ["account.json", name]
        assert archive.read(name) == b"%PDF-1.4\n%%EOF\n"


def test_a_graduate_whose_place_has_ended_still_takes_and_erases_everything(world):
    Membership.objects.filter(student=world.student).update(ended_at=clock.now())
    Student.objects.filter(pk=world.student.pk).update(status="left")
    assert personal.copy_of(person(world))["students.student"][0]["name"] == "李晓明"
    erase_account(actor=actor_of(person(world)), password=PASSWORD)
    assert Student.objects.get(pk=world.student.pk).name == ""


def test_the_copy_holds_nothing_of_others(world):
    ExperienceFactory(title=CANARY)
    ResumeFactory(title=CANARY)
    DisclosureGrantFactory(student=world.stranger, company=CompanyFactory(name=CANARY))
    assert CANARY not in str(personal.copy_of(person(world)))
    assert "canary" not in str(personal.copy_of(person(world)))


@pytest.mark.parametrize("who", ["staff", "recruiter", "dean"])
def test_others_have_no_student_to_hand_out(world, who):
    user = User.objects.get(pk=getattr(world, who).user_id)
    assert not [name for name in personal.copy_of(user) if name.startswith("students.")]
    before = contents(Student)
    domain.end_student(user)
    assert contents(Student) == before
