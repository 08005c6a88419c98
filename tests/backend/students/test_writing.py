"""Profile, experiences, consents, looks and decisions: bounds, refusals without a trace, what is sent."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor
from backend.accounts.enums import Role
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.notifications.models import Notification
from backend.students import domain
from backend.students.domain.profile import MOST_EXPERIENCES, tidy
from backend.students.enums import GrantPurpose, StudentStatus, Visibility
from backend.students.models import DisclosureGrant, Experience, ProfileView, RosterImport, Student
from tests.backend.refusals import last_trail, refused
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.students import (
    DisclosureGrantFactory,
    ExperienceFactory,
    ResumeFactory,
    StudentFactory,
)

pytestmark = pytest.mark.usefixtures("frozen_now")
PROFILE = {
    "phone": "13900000000",
    "email": "li@students.invalid",
    "about": "我会写程序。",
    "skills": ["Java"],
    "certificates": [],
    "wanted_occupations": ["2-02-10-03"],
    "wanted_cities": ["320500"],
    "wanted_kinds": ["full_time"],
    "salary_floor": 5000,
    "available_from": date(2026, 7, 1),
}
PERIOD = {
    "title": "测试员",
    "organisation": "示例公司",
    "started_on": date(2025, 3, 1),
    "ended_on": date(2025, 8, 31),
}
OTHERS = {
    "anonymous": ANONYMOUS,
    "newcomer": Actor(user_id=1),
    "operator": Actor(role=Role.OPERATOR),
    "system": SYSTEM,
    "student without a row": Actor(role=Role.STUDENT, student_id=999_999),
}


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        (["Java", "java", "JAVA"], ["Java"]),
        (["  数控   编程 ", "数控 编程"], ["数控 编程"]),
        (["", " ", "\n"], []),
        (["b", "a", "B"], ["b", "a"]),
        ([1, "1"], ["1"]),
    ],
)
def test_entries_are_tidied_in_their_order(entries, kept):
    assert tidy(entries) == kept


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", ""),
        ("phone", "+86 (0)512 - 1234 5678 转 12345"),
        ("email", ""),
        ("about", "字" * 2000),
        ("about", "<script>alert(1)</script>"),
        ("skills", [f"技能{n}" for n in range(30)]),
        ("skills", ["技" * 40]),
        ("certificates", ["证" * 40]),
        ("wanted_occupations", []),
        ("wanted_cities", ["310000", "320500"]),
        ("wanted_kinds", ["internship", "order_class"]),
        ("salary_floor", None),
        ("salary_floor", 0),
        ("available_from", None),
    ],
)
def test_a_profile_is_kept_at_its_bounds(world, field, value):
    version = world.student.version
    domain.update_profile(actor=world.student_actor, **PROFILE | {field: value})
    world.student.refresh_from_db()
    assert {name: getattr(world.student, name) for name in PROFILE} == PROFILE | {field: value}
    assert world.student.version == version + 1
    assert last_trail() == ("student.profile_changed", "", "", "students.student", world.student.pk)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", "1" * 31),
        ("email", "nobody"),
        ("email", f"{'a' * 250}@example.org"),
        ("about", "字" * 2001),
        ("skills", [f"技能{n}" for n in range(31)]),
        ("skills", ["技" * 41]),
        ("certificates", ["证" * 41]),
        ("wanted_occupations", ["2-02-10-00"]),
        ("wanted_occupations", ["x"]),
        ("wanted_cities", ["320000"]),
        ("wanted_cities", ["苏州"]),
        ("wanted_kinds", ["holiday"]),
        ("salary_floor", -1),
    ],
)
def test_a_wrong_profile_changes_nothing(world, field, value):
    with refused(Invalid, "invalid", Student, fields=[field]):
        domain.update_profile(actor=world.student_actor, **PROFILE | {field: value})


@pytest.mark.parametrize(("behind", "taken"), [(0, True), (1, False), (-1, False)])
def test_a_version_that_was_overtaken_is_refused(world, behind, taken):
    version = world.student.version - behind
    if taken:
        changed = domain.update_profile(actor=world.student_actor, version=version, **PROFILE)
        assert changed.version == version + 1
        return
    with refused(Conflict, "conflict", Student):
        domain.update_profile(actor=world.student_actor, version=version, **PROFILE)


@pytest.mark.parametrize("who", OTHERS)
def test_who_is_no_student_writes_nothing(world, who):
    actor = OTHERS[who]
    experience = ExperienceFactory(student=world.student)
    until = clock.now() + timedelta(days=9)
    for write in (
        lambda: domain.update_profile(actor=actor, **PROFILE),
        lambda: domain.set_visibility(actor=actor, visibility="visible", seeking=True, personalised=True),
        lambda: domain.save_experience(actor=actor, **PERIOD),
        lambda: domain.remove_experience(actor=actor, experience_id=experience.pk),
        lambda: domain.give_grant(
            actor=actor, company_id=world.company.pk, fields=["name"], purpose="contact", until=until
        ),
    ):
        with refused(NotFound, "not_found", Student, Experience, DisclosureGrant):
            write()


@pytest.mark.parametrize("after", Visibility.values)
@pytest.mark.parametrize("before", Visibility.values)
def test_visibility_may_change_from_any_to_any(world, before, after):
    Student.objects.filter(pk=world.student.pk).update(visibility=before)
    domain.set_visibility(actor=world.student_actor, visibility=after, seeking=False, personalised=False)
    world.student.refresh_from_db()
    assert (world.student.visibility, world.student.seeking, world.student.personalised) == (
        after,
        False,
        False,
    )
    assert last_trail()[:3] == ("student.visibility_changed", before, after)


@pytest.mark.parametrize("visibility", ["", "naked", "VISIBLE"])
def test_an_unknown_visibility_is_refused(world, visibility):
    with refused(Invalid, "invalid", Student, fields=["visibility"]):
        domain.set_visibility(
            actor=world.student_actor, visibility=visibility, seeking=True, personalised=True
        )


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "职" * 80},
        {"organisation": "司" * 120},
        {"ended_on": None},
        {"ended_on": PERIOD["started_on"]},
        {"description": "字" * 1500},
    ],
)
def test_a_period_is_kept_at_its_bounds(world, changed):
    row = domain.save_experience(actor=world.student_actor, **PERIOD | changed)
    row.refresh_from_db()
    wanted = PERIOD | {"description": ""} | changed
    assert {name: getattr(row, name) for name in wanted} == wanted
    assert last_trail() == ("student.experience_saved", "", "", "students.experience", row.pk)
    version = world.student.version
    world.student.refresh_from_db()
    assert world.student.version == version + 1


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "  "}, "title"),
        ({"title": "职" * 81}, "title"),
        ({"organisation": ""}, "organisation"),
        ({"organisation": "司" * 121}, "organisation"),
        ({"description": "字" * 1501}, "description"),
        ({"ended_on": date(2025, 2, 28)}, "ended_on"),
    ],
)
def test_a_wrong_period_changes_nothing(world, changed, field):
    row = ExperienceFactory(student=world.student)
    for existing in (None, row.pk):
        with refused(Invalid, "invalid", Experience, Student, fields=[field]):
            domain.save_experience(actor=world.student_actor, experience_id=existing, **PERIOD | changed)


def test_twenty_periods_are_the_most_but_each_can_be_corrected(world):
    rows = ExperienceFactory.create_batch(MOST_EXPERIENCES, student=world.student)
    with refused(Conflict, "too_many_experiences", Experience):
        domain.save_experience(actor=world.student_actor, **PERIOD)
    domain.save_experience(actor=world.student_actor, experience_id=rows[0].pk, **PERIOD)
    domain.remove_experience(actor=world.student_actor, experience_id=rows[1].pk)
    assert last_trail() == ("student.experience_removed", "", "", "students.experience", rows[1].pk)
    assert domain.save_experience(actor=world.student_actor, **PERIOD).pk


@pytest.mark.parametrize("purpose", [*GrantPurpose.values, "application:17", "contact:" + "x" * 52])
def test_a_consent_is_written_with_its_terms(world, purpose):
    until = clock.now() + timedelta(days=400)
    resume = ResumeFactory(student=world.student)
    grant = domain.give_grant(
        actor=world.student_actor,
        company_id=world.company.pk,
        fields=["phone", "name", "phone"],
        purpose=purpose,
        until=until,
        resume_id=resume.pk,
    )
    grant.refresh_from_db()
    assert (grant.fields, grant.purpose, grant.expires_at, grant.resume, grant.revoked_at) == (
        ["name", "phone", "resume"],
        purpose,
        until,
        resume,
        None,
    )
    entry = AuditEntry.objects.latest("pk")
    assert (entry.verb, entry.data) == (
        "grant.given",
        {"company": world.company.pk, "fields": ["name", "phone", "resume"], "created": True},
    )


@pytest.mark.parametrize(
    ("changed", "family", "code", "fields"),
    [
        ({"fields": []}, Invalid, "invalid", ["fields"]),
        ({"fields": ["salary_floor"]}, Invalid, "invalid", ["fields"]),
        ({"fields": ["name", "number"]}, Invalid, "invalid", ["fields"]),
        ({"fields": ["resume"]}, Invalid, "invalid", ["resume"]),
        ({"resume_id": 999_999}, Invalid, "invalid", ["resume"]),
        ({"purpose": ""}, NotAllowed, "unknown_purpose", None),
        ({"purpose": "advertising"}, NotAllowed, "unknown_purpose", None),
        ({"purpose": "contacts"}, NotAllowed, "unknown_purpose", None),
        ({"purpose": "contact:" + "x" * 53}, NotAllowed, "unknown_purpose", None),
        ({"days": 0}, Invalid, "invalid", ["until"]),
        ({"days": -1}, Invalid, "invalid", ["until"]),
        ({"days": 401}, Invalid, "invalid", ["until"]),
        ({"company_id": 999_999}, NotFound, "not_found", None),
    ],
)
def test_a_consent_with_wrong_terms_is_none(world, changed, family, code, fields):
    terms = {"company_id": world.company.pk, "fields": ["name"], "purpose": "contact", "days": 30} | changed
    until = clock.now() + timedelta(days=terms.pop("days"))
    with refused(family, code, DisclosureGrant, fields=fields):
        domain.give_grant(actor=world.student_actor, until=until, **terms)


def test_a_resume_of_somebody_else_or_a_removed_one_is_no_choice(world):
    removed = ResumeFactory(student=world.student, deleted_at=clock.now())
    for resume in (ResumeFactory(), removed):
        with refused(Invalid, "invalid", DisclosureGrant, fields=["resume"]):
            domain.give_grant(
                actor=world.student_actor,
                company_id=world.company.pk,
                fields=["name"],
                purpose="contact",
                until=clock.now() + timedelta(days=1),
                resume_id=resume.pk,
            )


@pytest.mark.parametrize("state", ["submitted", "rejected", "expired", "suspended"])
def test_no_consent_to_a_company_that_cannot_be_reached(world, state):
    company = CompanyFactory(school=world.school, **{state: True})
    with refused(NotFound, "not_found", DisclosureGrant):
        domain.give_grant(
            actor=world.student_actor,
            company_id=company.pk,
            fields=["name"],
            purpose="contact",
            until=clock.now() + timedelta(days=1),
        )


def test_taking_back_tells_the_company_once_and_without_a_name(world):
    colleague = RecruiterFactory(company=world.company)
    grant = DisclosureGrantFactory(student=world.student, company=world.company)
    domain.revoke_grant(actor=world.student_actor, grant_id=grant.pk)
    grant.refresh_from_db()
    assert grant.revoked_at == clock.now()
    told = Notification.objects.filter(kind="grant_revoked")
    assert set(told.values_list("user_id", flat=True)) == {world.recruiter.user_id, colleague.user_id}
    with translation.override("en"):
        assert {row.text for row in told} == {"A student took a consent back; what it disclosed is closed."}
    assert world.student.name not in str(list(told.values()))
    with refused(Conflict, "grant_ended", DisclosureGrant):
        domain.revoke_grant(actor=world.student_actor, grant_id=grant.pk)


@pytest.mark.parametrize("who", ["staff", "recruiter", "other_staff"])
def test_a_consent_is_the_students_alone(world, who):
    grant = DisclosureGrantFactory(student=world.student, company=world.company)
    with refused(NotFound, "not_found", DisclosureGrant):
        domain.revoke_grant(actor=getattr(world, who), grant_id=grant.pk)


@pytest.mark.parametrize(
    "row",
    [
        lambda world: DisclosureGrantFactory.create_batch(2, student=world.student, company=world.company),
        lambda world: [
            ProfileView.objects.create(student=world.student, company=world.company) for _ in range(2)
        ],
        lambda world: ExperienceFactory(student=world.student, ended_on=date(2020, 1, 1)),
        lambda world: StudentFactory(
            school=world.school, major=world.student.major, number=world.student.number
        ),
        lambda world: StudentFactory(status="unknown"),
        lambda world: RosterImport.objects.create(school=world.school, file_name="a", status="unknown"),
    ],
    ids=["two live consents", "two counts a day", "backwards", "number twice", "status", "import status"],
)
def test_the_database_refuses(world, row):
    with pytest.raises(IntegrityError), transaction.atomic():
        row(world)


@pytest.mark.parametrize(
    ("who", "counted"),
    [("recruiter", 1), ("staff", 0), ("dean", 0), ("student_actor", 0), ("other_staff", 0)],
)
def test_only_a_companys_look_is_counted(world, who, counted):
    domain.record_profile_view(actor=getattr(world, who), student=world.student)
    assert ProfileView.objects.count() == counted


def test_looks_add_up_per_company_and_day(world):
    colleague = RecruiterFactory(company=world.company)
    looks = [
        world.recruiter,
        Actor(
            role=Role.RECRUITER,
            company_id=world.company.pk,
            user_id=colleague.user_id,
            school_id=world.school.pk,
            school_ids=(world.school.pk,),
        ),
    ]
    for actor in looks:
        domain.record_profile_view(actor=actor, student=world.student, where="x" * 40)
    clock.advance(timedelta(days=1))
    domain.record_profile_view(actor=world.recruiter, student=world.student)
    assert list(ProfileView.objects.order_by("day").values_list("day", "count", "where")) == [
        (date(2026, 3, 2), 2, "x" * 30),
        (date(2026, 3, 3), 1, "profile"),
    ]


def test_a_look_at_a_closed_profile_is_refused(world):
    Student.objects.filter(pk=world.student.pk).update(visibility="hidden")
    with refused(NotFound, "not_found", ProfileView):
        domain.record_profile_view(actor=world.recruiter, student=world.student)


@pytest.mark.parametrize("status", StudentStatus.values)
@pytest.mark.parametrize("to", ["confirmed", "refused"])
def test_the_school_decides_about_those_who_wait_only(world, status, to):
    Student.objects.filter(pk=world.student.pk).update(status=status)

    def decide():
        if to == "confirmed":
            return domain.confirm_student(actor=world.staff, student_id=world.student.pk)
        return domain.refuse_student(actor=world.staff, student_id=world.student.pk, reason="查无此人")

    if status != "pending":
        with refused(Conflict, "not_pending", Student):
            decide()
        return
    assert decide().status == to
    assert last_trail() == (f"student.{to}", "pending", to, "students.student", world.student.pk)
    told = Notification.objects.get(user_id=world.student_actor.user_id)
    assert (told.kind, told.url) == (f"student_{to}", "/me/")


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Your school could not confirm you: 查无此人"),
        ("zh-hans", "学校未能确认您的身份：查无此人"),
    ],
)
def test_the_refusal_reads_in_the_students_language(world, language, sentence):
    Student.objects.filter(pk=world.student.pk).update(status="pending")
    domain.refuse_student(actor=world.staff, student_id=world.student.pk, reason="查无此人")
    with translation.override(language):
        text = Notification.objects.get(user_id=world.student_actor.user_id).text
    assert text == sentence


@pytest.mark.parametrize("reason", ["", "  ", "字" * 501])
def test_a_refusal_without_a_fitting_reason_is_none(world, reason):
    Student.objects.filter(pk=world.student.pk).update(status="pending")
    with refused(Invalid, "invalid", Student, fields=["reason"]):
        domain.refuse_student(actor=world.staff, student_id=world.student.pk, reason=reason)
