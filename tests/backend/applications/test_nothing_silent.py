"""Nothing is silent after its due date: reminders by the hour, then the staff's list; homes and panels say the same."""

from datetime import timedelta

import pytest
from django.utils import translation

from backend.applications import domain
from backend.applications.domain import reminders
from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application
from backend.common import clock, periodic
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification
from backend.students.models import DisclosureGrant
from tests.backend.applications.conftest import browser, text_of
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import (
    ApplicationFactory,
    InterviewSlotFactory,
    OfferFactory,
    recruiter_actor,
    student_actor,
)
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory
from tests.factories.students import ResumeFactory

S = ApplicationStatus
OWES = {
    S.NEW: "company",
    S.VIEWED: "company",
    S.SHORTLISTED: "company",
    S.INTERVIEW: "company",
    S.OFFER: "student",
}


def told():
    return list(Notification.objects.order_by("pk").values_list("user_id", "kind"))


@pytest.mark.parametrize("status", S)
def test_who_owes_an_answer_is_reminded_and_who_owes_none_is_not(
    application, student_user, recruiter_user, status
):
    Application.objects.update(status=status)
    if status == S.OFFER:
        OfferFactory(application=application)
    clock.advance(timedelta(days=6))
    expected = {
        "company": [(recruiter_user.pk, "answer_due")],
        "student": [(student_user.pk, "offer_due")],
        None: [],
    }[OWES.get(status)]
    assert domain.remind_due() == len(expected)
    assert told() == expected


@pytest.mark.parametrize(("seconds", "sent"), [(-1, 0), (0, 1), (1, 1)])
def test_a_reminder_goes_two_days_before_the_answer_is_due(application, recruiter_user, seconds, sent):
    clock.advance(timedelta(days=5, seconds=seconds))
    assert domain.remind_due() == sent


def test_every_recruiter_is_reminded_once_per_due_date(application, people):
    users = [RecruiterFactory(company=application.position.company).user_id for _ in range(2)]
    clock.advance(timedelta(days=6))
    assert [domain.remind_due() for _ in range(3)] == [1, 0, 0]
    assert told() == [(user, "answer_due") for user in users]
    domain.move_application(actor=people["recruiter"], application_id=application.pk, to="shortlisted")
    clock.advance(timedelta(days=6))
    assert domain.remind_due() == 1
    assert told() == [(user, "answer_due") for user in users * 2]


def test_looking_does_not_put_the_reminder_off(application, recruiter_user, people):
    clock.advance(timedelta(days=6))
    domain.open_application(actor=people["recruiter"], application_id=application.pk)
    assert domain.remind_due() == 1
    application.refresh_from_db()
    assert (application.status, application.reminded_at) == ("viewed", clock.now())


def test_a_reminder_is_mailed_and_says_whom_it_is_about(application, recruiter_user):
    clock.advance(timedelta(days=6))
    domain.remind_due()
    row = Notification.objects.get()
    with translation.override("en"):
        assert row.text == (
            f"{application.student.name} waits for your answer about “{application.position.title}”; it is due soon."
        )
    assert OutboxEntry.objects.filter(topic="notifications.mail").count() == 1


def test_the_longest_silence_is_reminded_first_and_what_has_no_date_never(application, recruiter_user):
    late = ApplicationFactory(
        position__company=application.position.company, due_at=clock.now() - timedelta(days=3)
    )
    ApplicationFactory(position__company=application.position.company, due_at=None)
    clock.advance(timedelta(days=6))
    assert domain.remind_due() == 2
    urls = list(Notification.objects.order_by("pk").values_list("url", flat=True))
    assert urls == [f"/applications/{late.pk}/", f"/applications/{application.pk}/"]


def test_one_that_was_answered_meanwhile_is_not_reminded(application, recruiter_user, people):
    clock.advance(timedelta(days=6))
    stale = Application.objects.select_related("position__company", "student").get(pk=application.pk)
    domain.move_application(actor=people["recruiter"], application_id=application.pk, to="shortlisted")
    assert reminders._remind(stale) is False
    assert "answer_due" not in [kind for _user, kind in told()]


def test_the_worker_reminds_every_hour():
    assert periodic._jobs["applications.remind"].every == timedelta(hours=1)


# The staff's list


@pytest.fixture
def late(application):
    """Three overdue applications of the school, two of them of one department."""
    student = application.student
    Application.objects.update(due_at=clock.now() - timedelta(days=1))
    same = ApplicationFactory(
        student__school=student.school, student__major=student.major, due_at=clock.now() - timedelta(days=3)
    )
    other = ApplicationFactory(student__school=student.school, due_at=clock.now() - timedelta(days=2))
    return application, same, other


def test_staff_see_the_longest_silence_first_and_a_department_its_own(late, staff_user):
    application, same, other = late
    answer = browser(staff_user).get("/applications/overdue/")
    assert list(answer.context["page"]) == [same, other, application]
    bound = MembershipFactory(
        school=application.student.school, department=application.student.major.department
    ).user
    assert list(browser(bound).get("/applications/overdue/").context["page"]) == [same, application]
    empty = MembershipFactory(
        school=application.student.school, department=DepartmentFactory(school=application.student.school)
    ).user
    assert "Nothing is overdue" in text_of(browser(empty).get("/applications/overdue/"))


def test_what_is_answered_leaves_the_list(late, staff_user):
    application, same, other = late
    company = recruiter_actor(same.position.company)
    domain.move_application(actor=company, application_id=same.pk, to="declined")
    assert list(browser(staff_user).get("/applications/overdue/").context["page"]) == [other, application]


def test_an_offer_left_unanswered_stays_on_the_list_until_the_company_ends_it(
    application, staff_user, people
):
    Application.objects.update(status=S.OFFER, due_at=clock.now() + timedelta(days=3))
    OfferFactory(application=application)
    clock.advance(timedelta(days=3, seconds=1))
    client = browser(staff_user)
    assert "The student" in text_of(client.get("/applications/overdue/"))
    domain.move_application(actor=people["recruiter"], application_id=application.pk, to="declined")
    assert list(client.get("/applications/overdue/").context["page"]) == []


@pytest.mark.parametrize("who", ["student", "recruiter"])
def test_others_have_no_such_list(browsers, who):
    assert browsers[who].get("/applications/overdue/").status_code == 403


# A recruiter's home


def test_a_recruiters_home_counts_what_waits_and_names_what_is_due_first(browsers, application):
    company = application.position.company
    soon = ApplicationFactory(
        position=application.position, status="viewed", due_at=clock.now() - timedelta(hours=1),
        student__school=company.school,
    )  # fmt: skip
    meets = ApplicationFactory(position=application.position, interview=True, student__school=company.school)
    slot = InterviewSlotFactory(position=application.position, application=meets)
    ApplicationFactory(position=application.position, status="hired", student__school=company.school)
    context = browsers["recruiter"].get("/").context
    assert [(str(label), value) for label, value, _url, _tone in context["figures"]] == [
        ("New applicants", 1),
        ("Overdue answers", 1),
        ("At the interview stage", 1),
        ("Offers out", 0),
        ("Hired", 1),
        ("Published positions", 1),
    ]
    assert next(iter(context["due"])) == soon
    assert list(context["interviews"]) == [slot]


def test_an_interview_that_is_over_is_not_to_come(browsers, application):
    slot = InterviewSlotFactory(position=application.position, application=application)
    clock.advance(slot.ends_at - clock.now())
    assert list(browsers["recruiter"].get("/").context["interviews"]) == []


# What applying opens to the company


def test_applying_gives_consent_for_contact_data_and_the_chosen_resume(application, people):
    position = PositionFactory(published=True, company=application.position.company, majors=[])
    resume = ResumeFactory(student=application.student)
    made = domain.apply(actor=people["student"], position_id=position.pk, resume_id=resume.pk)
    grant = DisclosureGrant.objects.get()
    assert (grant.company_id, sorted(grant.fields), grant.purpose, grant.resume) == (
        position.company_id,
        ["email", "name", "phone", "resume"],
        f"application:{made.pk}",
        resume,
    )
    assert grant.expires_at == clock.now() + timedelta(days=180)


def test_withdrawing_takes_back_the_consent_of_this_application_alone(application, people):
    positions = [
        PositionFactory(published=True, company=application.position.company, majors=[]) for _ in range(2)
    ]
    first, second = (domain.apply(actor=people["student"], position_id=row.pk) for row in positions)
    domain.withdraw(actor=people["student"], application_id=first.pk)
    kept = DisclosureGrant.objects.filter(revoked_at__isnull=True)
    assert list(kept.values_list("purpose", flat=True)) == [f"application:{second.pk}"]


def test_the_company_is_told_of_a_withdrawal_and_of_the_end_of_consent(application, people, recruiter_user):
    position = PositionFactory(published=True, company=application.position.company, majors=[])
    made = domain.apply(actor=people["student"], position_id=position.pk)
    domain.withdraw(actor=people["student"], application_id=made.pk, reason="另有安排")
    assert told() == [
        (recruiter_user.pk, "application_new"),
        (recruiter_user.pk, "application_withdrawn"),
        (recruiter_user.pk, "grant_revoked"),
    ]


def test_a_second_application_to_the_same_company_keeps_a_consent_of_its_own(application, people):
    for _ in range(2):
        position = PositionFactory(published=True, company=application.position.company, majors=[])
        domain.apply(actor=student_actor(application.student), position_id=position.pk)
    assert DisclosureGrant.objects.filter(revoked_at__isnull=True).count() == 2
