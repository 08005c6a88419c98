"""Pages: everybody sees their part, nobody another school's, lists cost the same for one row and three."""

import pytest
from django.urls import reverse

from backend.accounts.models import Membership
from tests.backend.students.conftest import CANARY
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory, StudentFactory

OWN_PAGES = ("home", "profile", "new_experience", "resumes", "visibility", "grants", "seen")
STAFF_PAGES = ("list", "queue", "rosters")


def sign_in(client, actor):
    client.force_login(Membership.objects.get(user_id=actor.user_id).user)
    return client


@pytest.mark.parametrize("name", OWN_PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_students_open_their_pages(world, client, name, language):
    ExperienceFactory(student=world.student)
    ResumeFactory(student=world.student)
    DisclosureGrantFactory(student=world.student, company=world.company)
    response = sign_in(client, world.student_actor).get(
        reverse(f"students:{name}"), headers={"accept-language": language}
    )
    assert response.status_code == 200
    assert CANARY not in response.content.decode()
    assert [
        sign_in(client, other).get(reverse(f"students:{name}")).status_code
        for other in (world.staff, world.recruiter)
    ] == [403, 403]


@pytest.mark.parametrize("name", STAFF_PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_staff_open_their_pages(world, client, name, language):
    StudentFactory(school=world.school, major=world.student.major, pending=True)
    response = sign_in(client, world.staff).get(
        reverse(f"students:{name}"), headers={"accept-language": language}
    )
    assert response.status_code == 200
    assert CANARY not in response.content.decode()
    assert [
        sign_in(client, other).get(reverse(f"students:{name}")).status_code
        for other in (world.student_actor, world.recruiter)
    ] == [403, 403]
