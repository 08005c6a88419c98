"""The demo school has the promised size and hangs together."""

import json
import random
from collections import Counter

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db.models import F, Sum

from backend.accounts.models import Membership, User
from backend.applications.models import Application, ApplicationStep
from backend.common import clock
from backend.companies.models import Company
from backend.companies.rules import credit_code_error
from backend.demo import build, people, world
from backend.demo.families import FAMILIES
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.models import Alliance, Major, School
from backend.students.models import Student
from fairs.enums import FairStatus
from fairs.models import Fair, Meeting, Ticket

pytestmark = pytest.mark.django_db
ROWS_ONLY = 8
"""The steps that make rows; the index and the ranker have tests of their own."""


@pytest.fixture
def demo(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    for title, call in list(build.steps())[:ROWS_ONLY]:
        assert title
        call()


def test_the_demo_has_the_size_of_a_real_fair(demo):
    live = Position.objects.filter(status=PositionStatus.PUBLISHED)
    assert School.objects.count() == 3
    assert Alliance.objects.count() == 1
    assert Company.objects.count() == 170
    assert Student.objects.count() == 1934
    assert live.aggregate(total=Sum("openings"))["total"] == 5900
    assert live.values("occupation").distinct().count() == 143


def test_every_credit_code_is_well_formed(demo):
    assert [
        code for code in Company.objects.values_list("credit_code", flat=True) if credit_code_error(code)
    ] == []


def test_what_happened_lies_in_the_past(demo):
    now = clock.now()
    assert not Application.objects.filter(created_at__gt=now).exists()
    assert not ApplicationStep.objects.filter(at__gt=now).exists()
    assert not Position.objects.filter(published_at__gt=now).exists()
    assert not Ticket.objects.filter(joined_at__gt=now).exists()
    assert not Meeting.objects.filter(started_at__gt=F("ended_at")).exists()


def test_the_last_step_is_the_status_of_the_application(demo):
    last = dict(ApplicationStep.objects.order_by("id").values_list("application_id", "status"))
    assert {row.pk: row.status for row in Application.objects.all()} == last


def test_students_want_what_their_major_leads_to(demo):
    leads = dict(Major.objects.values_list("id", "occupation_codes"))
    wrong = [
        row.pk for row in Student.objects.all() if not set(row.wanted_occupations) <= set(leads[row.major_id])
    ]
    assert wrong == []


def test_one_fair_is_live_one_open_one_over(demo):
    now = clock.now()
    assert Counter(Fair.objects.values_list("status", flat=True)) == {
        FairStatus.LIVE: 1,
        FairStatus.SIGN_UP: 1,
        FairStatus.CLOSED: 1,
    }
    live = Fair.objects.get(status=FairStatus.LIVE)
    assert live.starts_at < now < live.ends_at
    assert Ticket.objects.filter(booth__fair=live).count() >= 340


def test_one_account_per_role_can_sign_in(demo, client):
    call_command("demo_accounts", "--json")
    accounts = {account.role: account for account in people.accounts()}
    assert set(accounts) == {"student", "recruiter", "staff", "operator"}
    for role, account in accounts.items():
        user = User.objects.get(email=account.email)
        assert user.check_password(account.password)
        assert Membership.objects.get(user=user).role == role


def test_nobody_else_has_a_password(demo):
    mine = [account.email for account in people.accounts()]
    others = User.objects.exclude(email__in=mine)
    assert others.count() > 2000
    assert set(others.values_list("password", flat=True)) == {"!"}


def test_the_accounts_are_kept_from_other_users_of_the_machine(demo, settings):
    path = settings.DATA_DIR / people.FILE
    assert path.stat().st_mode & 0o077 == 0
    assert set(json.loads(path.read_text())) == {"student", "recruiter", "staff", "operator"}


def test_without_a_demo_the_command_says_how_to_get_one(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    with pytest.raises(CommandError, match="make demo"):
        call_command("demo_accounts")


def test_the_same_seed_makes_the_same_school():
    first, second = random.Random(5), random.Random(5)
    assert [world.names.person(first) for _ in range(20)] == [world.names.person(second) for _ in range(20)]


def test_a_school_of_somebody_else_is_left_alone(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    assert not build.is_foreign()
    School.objects.create(name="别的学校", code="other", city_code="420100")
    assert build.is_foreign()


def test_trades_share_no_occupation_and_name_enough_of_everything():
    codes = [code for family in FAMILIES for code, _, _ in family.jobs]
    assert len(codes) == len(set(codes)) == 143
    assert all(len(family.skills) >= 6 and len(family.duties) == 4 and family.majors for family in FAMILIES)
