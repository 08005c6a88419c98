"""A school leaves the alliance: who applied stays named where they applied, and nobody new is opened to the companies."""

import pytest

from backend.accounts.actor import SYSTEM, actor_of
from backend.accounts.enums import Role
from backend.applications import domain
from backend.applications.models import Application
from backend.applications.queries import applications_visible_to
from backend.common.errors import NotFound
from backend.schools.domain import set_alliance
from backend.students.domain import revoke_grant
from backend.students.models import Student
from backend.students.profiles import profiles_of
from backend.students.queries import complete, students_visible_to
from tests.backend.applications.conftest import browser
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def partners():
    """A student of one school and a recruiter at another, met by an application, and then parted."""
    alliance = AllianceFactory()
    home = SchoolFactory(alliance=alliance)
    company = CompanyFactory(verified=True, school=SchoolFactory(alliance=alliance))
    member = MembershipFactory(
        of_student=True, student__school=home, student__name="金丝雀同学", student__visibility="visible"
    )
    member.student.about = "金丝雀自述"
    member.student.save()
    recruiter = RecruiterFactory(company=company).user
    position = PositionFactory(published=True, company=company, majors=[])
    application = domain.apply(actor=actor_of(member.user), position_id=position.pk)
    operator = actor_of(MembershipFactory(operator=True).user)
    set_alliance(actor=operator, school_id=home.pk, alliance_id=None)
    return member, recruiter, application


def seen(recruiter, student):
    """(name, free text, e-mail) as the recruiter reads them beside the application."""
    (profile,) = profiles_of(actor_of(recruiter), list(complete(Student.objects.filter(pk=student.pk))))
    return profile.name == student.name, profile.about == student.about, profile.email == student.email


def test_the_company_still_reads_who_applied(partners):
    member, recruiter, application = partners
    assert list(applications_visible_to(actor_of(recruiter))) == [application]
    assert "金丝雀同学" in browser(recruiter).get("/applications/").content.decode()
    assert seen(recruiter, member.student) == (True, True, True)


def test_without_the_consent_a_company_outside_reads_no_more_of_the_profile(partners):
    member, recruiter, application = partners
    revoke_grant(actor=actor_of(member.user), grant_id=member.student.grants.get().pk)
    assert seen(recruiter, member.student) == (False, False, False)
    page = browser(recruiter).get(f"/applications/{application.pk}/").content.decode()
    assert ("金丝雀自述" in page, member.student.email in page) == (False, False)


def test_control_inside_the_alliance_the_own_choice_goes_on_naming(partners):
    member, recruiter, _application = partners
    revoke_grant(actor=actor_of(member.user), grant_id=member.student.grants.get().pk)
    set_alliance(
        actor=actor_of(MembershipFactory(operator=True).user),
        school_id=member.school_id,
        alliance_id=recruiter.memberships.get().company.school.alliance_id,
    )
    assert seen(recruiter, member.student) == (True, True, False)


def test_the_list_of_students_closes_and_no_new_application_can_be_made(partners):
    member, recruiter, application = partners
    assert list(students_visible_to(actor_of(recruiter))) == []
    other = PositionFactory(published=True, company=application.position.company, majors=[])
    with pytest.raises(NotFound):
        domain.apply(actor=actor_of(member.user), position_id=other.pk)
    assert list(Application.objects.all()) == [application]


@pytest.mark.parametrize("who", ["student", "recruiter"])
def test_what_was_begun_can_be_ended_by_either(partners, who):
    member, recruiter, application = partners
    if who == "student":
        domain.withdraw(actor=actor_of(member.user), application_id=application.pk)
    else:
        domain.move_application(
            actor=actor_of(recruiter), application_id=application.pk, to="declined", message="x"
        )
    application.refresh_from_db()
    assert application.status == {"student": "withdrawn", "recruiter": "declined"}[who]
    last = application.steps.latest("pk")
    assert last.by_role == {"student": Role.STUDENT, "recruiter": Role.RECRUITER}[who]
    assert applications_visible_to(SYSTEM).get() == application
