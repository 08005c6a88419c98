"""The first school of an installation."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backend.accounts.models import Membership, User
from backend.schools.models import School

pytestmark = pytest.mark.django_db
FIRST = ["云湖职业学院", "--code", "yunhu", "--city", "420100", "--password", "lantern-Bridge-42"]


def test_a_school_is_opened_with_its_first_member_of_staff(client):
    call_command("add_school", *FIRST, "--staff", "first@school.invalid")
    school = School.objects.get(code="yunhu")
    membership = Membership.objects.get(user__email="first@school.invalid")
    assert (school.name, membership.role, membership.school) == ("云湖职业学院", "staff", school)
    answer = client.post("/accounts/login/", {"login": "first@school.invalid", "password": FIRST[-1]})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")


def test_a_code_is_given_once():
    call_command("add_school", *FIRST, "--staff", "first@school.invalid")
    with pytest.raises(CommandError, match="yunhu"):
        call_command("add_school", *FIRST, "--staff", "second@school.invalid")
    assert School.objects.count() == 1
    assert not User.objects.filter(email="second@school.invalid").exists()


def test_a_taken_address_opens_no_school():
    User.objects.create_user("first@school.invalid", "x")
    with pytest.raises(CommandError):
        call_command("add_school", *FIRST, "--staff", "first@school.invalid")
    assert School.objects.count() == 0
