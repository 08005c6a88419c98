"""Rules as tables: for each role, its own and everybody else's."""

from datetime import timedelta

import pytest

from backend.accounts.actor import SYSTEM, Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.companies.models import Company
from fairs import rules
from fairs.models import Booth, Fair, Meeting, Ticket

HOME, PARTNER, AWAY = 1, 2, 3
OURS, THEIRS = 11, 12
ME, OTHER = 21, 22

ACTORS = {
    "anonymous": Actor(),
    "without membership": Actor(user_id=9),
    "student": Actor(role=Role.STUDENT, user_id=1, school_id=HOME, school_ids=(HOME, PARTNER), student_id=ME),
    "student without roster row": Actor(role=Role.STUDENT, user_id=1, school_id=HOME, school_ids=(HOME,)),
    "recruiter": Actor(
        role=Role.RECRUITER, user_id=2, school_id=HOME, school_ids=(HOME, PARTNER), company_id=OURS
    ),
    "owner": Actor(
        role=Role.RECRUITER,
        user_id=3,
        school_id=HOME,
        school_ids=(HOME,),
        company_id=OURS,
        is_owner=True,
    ),
    "staff": Actor(role=Role.STAFF, user_id=4, school_id=HOME, school_ids=(HOME, PARTNER)),
    "department staff": Actor(
        role=Role.STAFF, user_id=5, school_id=HOME, school_ids=(HOME, PARTNER), department_id=7
    ),
    "operator": Actor(role=Role.OPERATOR, user_id=6),
    "system": SYSTEM,
}


def _who(rule) -> set[str]:
    """The actors for whom a rule holds."""
    return {name for name, actor in ACTORS.items() if rule(actor)}


def _meeting(company: int, student: int) -> Meeting:
    vetted = Company(pk=company, status="verified", vetted_until=clock.now() + timedelta(days=1))
    booth = Booth(company=vetted, fair=Fair(school_id=HOME))
    return Meeting(ticket=Ticket(booth=booth, student_id=student))


def test_only_staff_of_the_whole_school_run_fairs():
    assert _who(rules.can_run_fairs) == {"staff"}


@pytest.mark.parametrize(
    ("school", "expected"),
    [(HOME, {"staff", "system"}), (PARTNER, {"system"}), (AWAY, {"system"})],
)
def test_a_fair_is_managed_by_staff_of_its_own_school(school, expected):
    assert _who(lambda actor: rules.can_manage_fair(actor, Fair(school_id=school))) == expected


@pytest.mark.parametrize(
    ("school", "expected"),
    [
        (HOME, {"staff", "department staff", "operator", "system"}),
        (PARTNER, {"staff", "department staff", "operator", "system"}),
        (AWAY, {"operator", "system"}),
    ],
)
def test_a_fair_is_watched_by_staff_of_the_alliance_and_operators(school, expected):
    assert _who(lambda actor: rules.can_watch_fair(actor, Fair(school_id=school))) == expected


@pytest.mark.parametrize(("company", "expected"), [(OURS, {"recruiter", "owner"}), (THEIRS, set())])
def test_a_booth_is_worked_by_its_companys_recruiters(company, expected):
    assert _who(lambda actor: rules.can_work_booth(actor, Booth(company_id=company))) == expected


def test_only_students_on_a_roster_stand_in_line():
    assert _who(rules.can_stand_in_line) == {"student"}


@pytest.mark.parametrize(("student", "expected"), [(ME, {"student"}), (OTHER, set())])
def test_a_ticket_belongs_to_the_student_who_drew_it(student, expected):
    assert _who(lambda actor: rules.owns_ticket(actor, Ticket(student_id=student))) == expected


@pytest.mark.parametrize(
    ("company", "student", "expected"),
    [
        (OURS, ME, {"student", "recruiter", "owner"}),
        (OURS, OTHER, {"recruiter", "owner"}),
        (THEIRS, ME, {"student"}),
        (THEIRS, OTHER, set()),
    ],
)
def test_a_meeting_has_two_sides(company, student, expected):
    assert _who(lambda actor: rules.takes_part(actor, _meeting(company, student))) == expected


@pytest.mark.parametrize(
    ("status", "days", "expected"),
    [
        ("verified", 1, {"recruiter", "owner"}),
        ("verified", 0, set()),
        ("verified", None, set()),
        ("submitted", 1, set()),
        ("rejected", 1, set()),
        ("suspended", 1, set()),
    ],
)
def test_people_are_met_while_the_company_is_vetted(frozen_now, status, days, expected):
    until = None if days is None else clock.now() + timedelta(days=days)
    booth = Booth(company=Company(pk=OURS, status=status, vetted_until=until))
    assert _who(lambda actor: rules.can_meet_people(actor, booth)) == expected
    assert _who(lambda actor: rules.can_work_booth(actor, booth)) == {"recruiter", "owner"}


def test_a_student_row_in_another_role_stands_in_no_line():
    graduate = Actor(role=Role.RECRUITER, user_id=8, company_id=OURS, student_id=ME)
    assert not rules.can_stand_in_line(graduate)
    assert not rules.owns_ticket(graduate, Ticket(student_id=ME))


def test_a_company_id_in_another_role_works_no_booth():
    former = Actor(role=Role.STUDENT, user_id=8, company_id=OURS, student_id=ME)
    assert not rules.can_work_booth(former, Booth(company_id=OURS))
