"""Profile, experiences, visibility, consents, looks, export and erasure."""

from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from backend.accounts.actor import ANONYMOUS
from backend.accounts.domain import erase_account, export_account
from backend.accounts.models import User
from backend.audit.models import AuditEntry
from backend.common import clock, files, outbox
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.companies.enums import CompanyStatus
from backend.companies.models import Company
from backend.notifications.models import Notification
from backend.students.domain import (
    give_grant,
    record_profile_view,
    remove_experience,
    revoke_grant,
    save_experience,
    set_visibility,
    update_profile,
)
from backend.students.models import DisclosureGrant, Experience, ProfileView, Student
from backend.students.queries import profile_for, who_saw
from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import OccupationFactory
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory

PROFILE = {
    "phone": " 13912345678 ",
    "email": "li@students.invalid",
    "about": " 喜欢测试 ",
    "skills": ["Python", " python ", "C++", "", "数据  分析"],
    "certificates": ["大学英语四级"],
    "wanted_occupations": ["2-02-10-03"],
    "wanted_cities": ["320500", "310000"],
    "wanted_kinds": ["internship"],
    "salary_floor": 5000,
    "available_from": date(2026, 7, 1),
}


def until(days: int = 30):
    return clock.now() + timedelta(days=days)


def test_a_profile_is_replaced_and_tidied(world):
    update_profile(actor=world.student_actor, **PROFILE)
    student = Student.objects.get(pk=world.student.pk)
    assert (student.phone, student.about, student.skills) == (
        "13912345678",
        "喜欢测试",
        ["Python", "C++", "数据 分析"],
    )
    assert (student.wanted_occupations, student.wanted_cities) == (["2-02-10-03"], ["320500", "310000"])
    assert (student.salary_floor, student.available_from, student.version) == (5000, date(2026, 7, 1), 2)
    assert AuditEntry.objects.get(verb="student.profile_changed").target_id == student.pk


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"skills": [f"s{n}" for n in range(31)]}, "skills"),
        ({"skills": ["x" * 41]}, "skills"),
        ({"certificates": ["x" * 41]}, "certificates"),
        ({"wanted_occupations": ["0-00"]}, "wanted_occupations"),
        ({"wanted_occupations": ["2-02-00-00"]}, "wanted_occupations"),
        ({"wanted_cities": ["110105"]}, "wanted_cities"),
        ({"wanted_kinds": ["slavery"]}, "wanted_kinds"),
        ({"email": "nobody"}, "email"),
        ({"phone": "1"}, "phone"),
        ({"phone": "+1" + "-" * 20 + "2025550123"}, "phone"),
        ({"about": "x" * 2001}, "about"),
        ({"salary_floor": -1}, "salary_floor"),
        ({"salary_hope": 4999}, "salary_hope"),
        ({"salary_hope": -1, "salary_floor": None}, "salary_hope"),
        ({"based_in": "420000"}, "based_in"),
        ({"based_in": "洪山区"}, "based_in"),
        ({"skill_levels": {"Python": 4}}, "skill_levels"),
        ({"skill_levels": {"Python": True}}, "skill_levels"),
        ({"skill_levels": ["Python"]}, "skill_levels"),
    ],
)
def test_a_wrong_profile_names_the_field_and_changes_nothing(world, changed, field):
    before = Student.objects.filter(pk=world.student.pk).values().get()
    with pytest.raises(Invalid) as refusal:
        update_profile(actor=world.student_actor, **(PROFILE | changed))
    assert list(refusal.value.fields) == [field]
    assert Student.objects.filter(pk=world.student.pk).values().get() == before


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ({"skill_levels": {"PYTHON": 3, "C++": 1, "Rust": 2}}, {"skill_levels": {"Python": 3}}),
        ({"salary_hope": 5000}, {"salary_hope": 5000}),
        ({"salary_hope": 0, "salary_floor": None}, {"salary_hope": 0}),
        ({"based_in": "420111"}, {"based_in": "420111"}),
        ({"based_in": " 310000"}, {"based_in": "310000"}),
        ({}, {"skill_levels": {}, "salary_hope": None, "based_in": ""}),
    ],
)
def test_levels_of_own_skills_a_hope_and_a_place_to_start_from_are_kept(world, stated, kept):
    """What names a skill the profile does not, and the first level, which goes without saying, are left out."""
    update_profile(actor=world.student_actor, **PROFILE, skill_levels={"Python": 2}, based_in="320500")
    update_profile(actor=world.student_actor, **(PROFILE | stated))
    row = Student.objects.values().get(pk=world.student.pk)
    assert {name: row[name] for name in kept} == kept


@pytest.mark.parametrize(
    "wrong", [{"salary_floor": 5000, "salary_hope": 4999}, {"based_in": "4201"}, {"based_in": "4"}]
)
def test_the_database_refuses_a_hope_below_the_least_and_half_a_place(world, wrong):
    before = Student.objects.values().get(pk=world.student.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Student.objects.filter(pk=world.student.pk).update(**wrong)
    assert Student.objects.values().get(pk=world.student.pk) == before


def test_an_experience_names_an_occupation_proper_or_none(world):
    OccupationFactory(code="4-04-05-02", name="计算机软件测试员")
    values = {"title": "测试员", "organisation": "示例公司", "started_on": date(2025, 3, 1), "ended_on": None}
    row = save_experience(actor=world.student_actor, **values, occupation_id="4-04-05-02")
    assert profile_for(world.recruiter, world.student).experiences[0].occupation == "计算机软件测试员"
    for wrong in ("4-04-05-00", "x"):
        with pytest.raises(Invalid) as refusal:
            save_experience(actor=world.student_actor, **values, occupation_id=wrong, experience_id=row.pk)
        assert list(refusal.value.fields) == ["occupation"]
    row.refresh_from_db()
    assert row.occupation_id == "4-04-05-02"
    save_experience(actor=world.student_actor, **values, occupation_id="", experience_id=row.pk)
    row.refresh_from_db()
    assert row.occupation_id is None


def test_the_slower_of_two_tabs_is_told(world):
    update_profile(actor=world.student_actor, version=1, **PROFILE)
    with pytest.raises(Conflict):
        update_profile(actor=world.student_actor, version=1, **(PROFILE | {"about": "x"}))
    # Control: without a version the later write wins.
    update_profile(actor=world.student_actor, **(PROFILE | {"about": "y"}))
    assert Student.objects.get(pk=world.student.pk).about == "y"


def test_nobody_else_writes_a_profile(world):
    for actor in (world.staff, world.recruiter, world.other_staff, ANONYMOUS):
        with pytest.raises(NotFound):
            update_profile(actor=actor, **PROFILE)
    assert Student.objects.get(pk=world.student.pk).version == 1


def test_visibility_is_chosen(world):
    set_visibility(actor=world.student_actor, visibility="hidden", seeking=False, personalised=False)
    student = Student.objects.get(pk=world.student.pk)
    assert (student.visibility, student.seeking, student.personalised) == ("hidden", False, False)
    entry = AuditEntry.objects.get(verb="student.visibility_changed")
    assert (entry.before, entry.after) == ("visible", "hidden")
    with pytest.raises(Invalid):
        set_visibility(actor=world.student_actor, visibility="naked", seeking=True, personalised=True)


EXPERIENCE = {"title": " 实习生 ", "organisation": "公司", "started_on": date(2025, 1, 1), "ended_on": None}


def test_experiences_come_and_go(world):
    row = save_experience(actor=world.student_actor, **EXPERIENCE)
    changed = save_experience(
        actor=world.student_actor, experience_id=row.pk, **(EXPERIENCE | {"ended_on": date(2025, 2, 1)})
    )
    assert (changed.pk, changed.title, changed.ended_on) == (row.pk, "实习生", date(2025, 2, 1))
    remove_experience(actor=world.student_actor, experience_id=row.pk)
    assert Experience.objects.count() == 0
    assert Student.objects.get(pk=world.student.pk).version == 4


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ended_on": date(2024, 12, 31)}, "ended_on"),
        ({"title": " "}, "title"),
        ({"organisation": "x" * 121}, "organisation"),
    ],
)
def test_a_wrong_experience_names_the_field(world, changed, field):
    with pytest.raises(Invalid) as refusal:
        save_experience(actor=world.student_actor, **(EXPERIENCE | changed))
    assert list(refusal.value.fields) == [field]
    assert Experience.objects.count() == 0


def test_experiences_are_bounded(world):
    for _ in range(20):
        ExperienceFactory(student=world.student)
    with pytest.raises(Conflict, match="too_many_experiences"):
        save_experience(actor=world.student_actor, **EXPERIENCE)


def test_somebody_elses_experience_does_not_exist(world):
    row = ExperienceFactory(student=world.stranger)
    with pytest.raises(NotFound):
        save_experience(actor=world.student_actor, experience_id=row.pk, **EXPERIENCE)
    with pytest.raises(NotFound):
        remove_experience(actor=world.student_actor, experience_id=row.pk)
    assert Experience.objects.get().title == row.title


def test_consent_is_given_replaced_and_taken_back(world):
    set_visibility(actor=world.student_actor, visibility="hidden", seeking=True, personalised=True)
    first = give_grant(
        actor=world.student_actor,
        company_id=world.company.pk,
        fields=["email"],
        purpose="contact",
        until=until(),
    )
    assert profile_for(world.recruiter, world.student).email == "li@students.invalid"
    second = give_grant(
        actor=world.student_actor,
        company_id=world.company.pk,
        fields=["phone", "name"],
        purpose="contact",
        until=until(60),
    )
    assert (second.pk, second.fields) == (first.pk, ["name", "phone"])
    seen = profile_for(world.recruiter, world.student)
    assert (seen.name, seen.email, seen.phone) == ("李晓明", "", world.student.phone)
    revoke_grant(actor=world.student_actor, grant_id=first.pk)
    seen = profile_for(world.recruiter, world.student)
    assert (seen.anonymous, seen.email, seen.phone) == (True, "", "")
    assert Notification.objects.get(kind="grant_revoked").user_id == world.recruiter.user_id
    with pytest.raises(Conflict, match="grant_ended"):
        revoke_grant(actor=world.student_actor, grant_id=first.pk)


def test_after_taking_back_a_new_consent_can_be_given(world):
    terms = {"company_id": world.company.pk, "fields": ["email"], "purpose": "contact"}
    first = give_grant(actor=world.student_actor, until=until(), **terms)
    revoke_grant(actor=world.student_actor, grant_id=first.pk)
    second = give_grant(actor=world.student_actor, until=until(), **terms)
    assert second.pk != first.pk
    assert DisclosureGrant.objects.filter(revoked_at__isnull=True).get() == second


def test_each_application_keeps_its_consent(world):
    for purpose in ("application:1", "application:2"):
        give_grant(
            actor=world.student_actor,
            company_id=world.company.pk,
            fields=["name"],
            purpose=purpose,
            until=until(),
        )
    assert DisclosureGrant.objects.filter(revoked_at__isnull=True).count() == 2


def test_a_resume_is_part_of_the_consent(world):
    resume = ResumeFactory(student=world.student)
    grant = give_grant(
        actor=world.student_actor,
        company_id=world.company.pk,
        fields=["name"],
        purpose="contact",
        until=until(),
        resume_id=resume.pk,
    )
    assert (grant.fields, grant.resume) == (["name", "resume"], resume)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"fields": []}, "fields"),
        ({"fields": ["soul"]}, "fields"),
        ({"fields": ["resume"]}, "resume"),
        ({"resume_id": 0}, "resume"),
        ({"until": None}, "until"),
    ],
)
def test_wrong_terms_name_the_field(world, changed, field):
    terms = {
        "company_id": world.company.pk,
        "fields": ["name"],
        "purpose": "contact",
        "until": until(),
    } | changed
    terms["until"] = terms["until"] or clock.now()
    with pytest.raises(Invalid) as refusal:
        give_grant(actor=world.student_actor, **terms)
    assert list(refusal.value.fields) == [field]
    assert DisclosureGrant.objects.count() == 0


def test_consent_needs_a_known_purpose_and_an_end(world):
    terms = {"actor": world.student_actor, "company_id": world.company.pk, "fields": ["name"]}
    with pytest.raises(NotAllowed, match="unknown_purpose"):
        give_grant(purpose="marketing", until=until(), **terms)
    with pytest.raises(Invalid):
        give_grant(purpose="contact", until=until(500), **terms)


def test_consent_goes_only_to_companies_that_can_be_reached(world):
    far = CompanyFactory(school=world.stranger.school, verified=True)
    Company.objects.filter(pk=world.company.pk).update(status=CompanyStatus.SUSPENDED)
    for company in (far, world.company):
        with pytest.raises(NotFound):
            give_grant(
                actor=world.student_actor,
                company_id=company.pk,
                fields=["name"],
                purpose="contact",
                until=until(),
            )


def test_nobody_takes_back_anothers_consent(world):
    grant = DisclosureGrantFactory(student=world.stranger, company=world.company)
    for actor in (world.student_actor, world.staff, world.recruiter):
        with pytest.raises(NotFound):
            revoke_grant(actor=actor, grant_id=grant.pk)
    grant.refresh_from_db()
    assert grant.revoked_at is None


def test_looks_are_counted_per_company_and_day(world, frozen_now):
    Company.objects.filter(pk=world.company.pk).update(vetted_until=frozen_now + timedelta(days=90))
    for _ in range(3):
        record_profile_view(actor=world.recruiter, student=world.student)
    clock.advance(timedelta(days=1))
    record_profile_view(actor=world.recruiter, student=world.student)
    found = [(row.company, row.day, row.count) for row in who_saw(world.student)]
    assert found == [(world.company, date(2026, 3, 3), 1), (world.company, date(2026, 3, 2), 3)]


def test_looks_of_others_are_not_counted(world):
    for actor in (world.staff, world.student_actor, ANONYMOUS):
        record_profile_view(actor=actor, student=world.student)
    assert ProfileView.objects.count() == 0
    with pytest.raises(NotFound):
        record_profile_view(actor=world.recruiter, student=world.stranger)


def test_the_export_holds_everything_kept(world):
    ExperienceFactory(student=world.student, title="测试员")
    DisclosureGrantFactory(student=world.student, company=world.company)
    record_profile_view(actor=world.recruiter, student=world.student)
    kept = export_account(actor=world.student_actor)
    (student,) = kept["students.student"]
    assert (student["name"], student["phone"]) == ("李晓明", world.student.phone)
    assert (student["school"], student["major"]) == (world.school.name, "软件技术")
    assert [row["title"] for row in kept["students.experience"]] == ["测试员"]
    assert [row["company"] for row in kept["students.disclosuregrant"]] == [world.company.name]
    assert [(row["company"], row["count"]) for row in kept["students.profileview"]] == [
        (world.company.name, 1)
    ]
    assert not [name for name in export_account(actor=world.staff) if name.startswith("students.")]


def test_erasure_leaves_no_personal_value(world):
    update_profile(actor=world.student_actor, **PROFILE)
    ExperienceFactory(student=world.student)
    resume = ResumeFactory(student=world.student, file=ContentFile(b"%PDF-", name="x.pdf"))
    DisclosureGrantFactory(student=world.student, company=world.company)
    record_profile_view(actor=world.recruiter, student=world.student)
    path = resume.file.name
    erase_account(actor=world.student_actor, password=PASSWORD)
    outbox.run_once([files.TOPIC])
    row = Student.objects.get(pk=world.student.pk)
    assert (row.status, row.number, row.skills, row.visibility) == ("left", f"erased-{row.pk}", [], "hidden")
    assert (row.experiences.count(), row.views.count()) == (0, 0)
    assert row.grants.filter(revoked_at__isnull=True).count() == 0
    assert not resume.file.storage.exists(path)
    assert User.objects.get(pk=world.student_actor.user_id).is_active is False


def test_erasing_somebody_without_a_student_touches_no_student(world):
    before = list(Student.objects.order_by("pk").values())
    MembershipFactory(school=world.school)
    erase_account(actor=world.staff, password=PASSWORD)
    assert list(Student.objects.order_by("pk").values()) == before
