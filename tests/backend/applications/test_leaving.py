"""Whoever erases the account takes open applications back and is forgotten by name in others' notifications."""

import pytest

from backend.accounts.actor import actor_of
from backend.accounts.domain import erase_account
from backend.applications.domain import end_applicant
from backend.applications.enums import OPEN, ApplicationStatus
from backend.applications.models import Application, InterviewSlot
from backend.common import clock
from backend.common.models import OutboxEntry
from backend.notifications.models import Notification
from backend.students.models import DisclosureGrant
from tests.backend.refusals import contents
from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.students import DisclosureGrantFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def member():
    """A student with an account, by the name others have read."""
    return MembershipFactory(of_student=True, student__name="金丝雀同学")


@pytest.mark.parametrize("status", ApplicationStatus.values)
def test_what_is_open_is_withdrawn_and_what_is_over_stays(member, status):
    application = ApplicationFactory(student=member.student, status=status)
    end_applicant(member.user)
    application.refresh_from_db()
    assert application.status == (ApplicationStatus.WITHDRAWN if status in OPEN else status)


def test_a_booked_time_is_free_again_and_the_consent_ends(member):
    application = ApplicationFactory(student=member.student, interview=True)
    slot = InterviewSlotFactory(position=application.position, application=application, booked_at=clock.now())
    grant = DisclosureGrantFactory(
        student=member.student,
        company=application.position.company,
        purpose=f"application:{application.pk}",
    )
    erase_account(actor=actor_of(member.user), password=PASSWORD)
    slot.refresh_from_db()
    grant.refresh_from_db()
    assert (slot.application_id, slot.booked_at, grant.revoked_at) == (None, None, clock.now())


def test_the_company_is_told_without_the_name(member):
    application = ApplicationFactory(student=member.student)
    recruiter = RecruiterFactory(company=application.position.company)
    Notification.objects.create(
        user=recruiter.user,
        kind="application_new",
        params={"student": "金丝雀同学", "position": "会计", "company": "x"},
        url=f"/applications/{application.pk}/",
        dedupe_key="before",
    )
    erase_account(actor=actor_of(member.user), password=PASSWORD)
    told = Notification.objects.filter(user=recruiter.user).order_by("pk")
    assert [(row.kind, row.params["student"]) for row in told] == [
        ("application_new", "—"),
        ("application_withdrawn", "—"),
    ]
    assert not OutboxEntry.objects.filter(payload__icontains="金丝雀").exists()


def test_other_applicants_keep_theirs(member):
    ApplicationFactory(student=member.student)
    other = ApplicationFactory()
    before = contents(Application, InterviewSlot)["Application"]
    end_applicant(member.user)
    after = contents(Application)["Application"]
    assert [row for row in after if row["id"] == other.pk] == [row for row in before if row["id"] == other.pk]


def test_a_graduate_withdraws_too(member):
    application = ApplicationFactory(student=member.student)
    type(member).objects.update(ended_at=clock.now())
    end_applicant(member.user)
    application.refresh_from_db()
    assert application.status == ApplicationStatus.WITHDRAWN


def test_whoever_changed_schools_withdraws_at_both(member):
    """Two students, one person: nothing of the earlier school stays open."""
    earlier = ApplicationFactory(student=member.student)
    type(member).objects.update(ended_at=clock.now())
    later = ApplicationFactory(student=MembershipFactory(of_student=True, user=member.user).student)
    erase_account(actor=actor_of(member.user), password=PASSWORD)
    for application in (earlier, later):
        application.refresh_from_db()
        student = application.student
        found = (application.status, student.status, student.name, student.visibility)
        assert found == (ApplicationStatus.WITHDRAWN, "left", "", "hidden")


@pytest.mark.parametrize("traits", [{}, {"recruiter": True}, {"operator": True}])
def test_whoever_is_no_student_changes_no_application(traits):
    ApplicationFactory()
    before = contents(Application, DisclosureGrant)
    end_applicant(MembershipFactory(**traits).user)
    assert contents(Application, DisclosureGrant) == before


def test_no_open_application_is_of_nobody(member):
    for status in OPEN:
        ApplicationFactory(student=member.student, status=status)
    ApplicationFactory(student=StudentFactory(name="另一人"))
    erase_account(actor=actor_of(member.user), password=PASSWORD)
    assert list(Application.objects.filter(status__in=OPEN).values_list("student__name", flat=True)) == [
        "另一人"
    ]
