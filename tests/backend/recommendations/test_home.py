"""A student's home costs the same whatever stands on it."""

import pytest

from backend.recommendations.models import Interaction
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import AllianceFactory, SchoolFactory
from tests.factories.students import ExperienceFactory, ResumeFactory, StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.mark.parametrize(("path", "most"), [("/", 10), ("/matches/", 9)])
@pytest.mark.parametrize("copies", [1, 3])
def test_a_page_costs_the_same_whatever_the_rows(client, copies, path, most, django_assert_num_queries):
    """Session, person, membership with its circle, student, experience, interest, stamps, rows, the showing, unread, running."""
    school = SchoolFactory(alliance=AllianceFactory())
    student = StudentFactory(school=school)
    ExperienceFactory.create_batch(copies, student=student)
    ResumeFactory.create_batch(copies, student=student)
    ApplicationFactory.create_batch(copies, student=student)
    for position in PositionFactory.create_batch(copies, published=True, company__school=school):
        Interaction.objects.create(student=student, position=position, kind="save")
        ApplicationFactory(student__school=school, position=position)
    client.force_login(MembershipFactory(of_student=True, student=student).user, BACKEND)
    client.get(path)
    with django_assert_num_queries(most):
        page = client.get(path)
    assert [item.saved for item in page.context["shown"]] == [True] * copies
    if path == "/":
        assert "resumes" not in [item.key for item in page.context["completeness"].missing]
