"""Who may bring people in and see them out: the full product of roles and places."""

from itertools import product

import pytest

from backend.accounts import rules
from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership

ACTORS = {
    "visitor": ANONYMOUS,
    "student": Actor(role=Role.STUDENT, user_id=1, school_id=1, school_ids=(1,), student_id=1),
    "recruiter": Actor(role=Role.RECRUITER, user_id=1, company_id=1, school_id=1, school_ids=(1,)),
    "owner": Actor(role=Role.RECRUITER, user_id=1, company_id=1, school_id=1, school_ids=(1,), is_owner=True),
    "department": Actor(role=Role.STAFF, user_id=1, school_id=1, school_ids=(1, 2), department_id=1),
    "staff": Actor(role=Role.STAFF, user_id=1, school_id=1, school_ids=(1, 2)),
    "operator": Actor(role=Role.OPERATOR, user_id=1),
    "system": SYSTEM,
}


@pytest.mark.parametrize(("who", "company"), list(product(ACTORS, [1, 2, None])))
def test_only_an_owner_invites_recruiters_and_only_into_the_own_company(who, company):
    assert rules.can_invite_recruiter(ACTORS[who], company) is ((who, company) == ("owner", 1))


@pytest.mark.parametrize(("who", "school"), list(product(ACTORS, [1, 2, None])))
def test_staff_invites_into_the_own_school_and_the_operator_into_any(who, school):
    allowed = {("staff", 1), ("operator", 1), ("operator", 2)}
    assert rules.can_invite_staff(ACTORS[who], school) is ((who, school) in allowed)


MEMBERS = {
    "recruiter": Membership(user_id=9, role=Role.RECRUITER, company_id=1),
    "recruiter elsewhere": Membership(user_id=9, role=Role.RECRUITER, company_id=2),
    "staff": Membership(user_id=9, role=Role.STAFF, school_id=1),
    "staff of the alliance": Membership(user_id=9, role=Role.STAFF, school_id=2),
    "student": Membership(user_id=9, role=Role.STUDENT, school_id=1, student_id=9),
    "operator": Membership(user_id=9, role=Role.OPERATOR),
    "oneself": Membership(user_id=1, role=Role.STAFF, school_id=1),
}


@pytest.mark.parametrize(("who", "member"), list(product(ACTORS, MEMBERS)))
def test_whoever_may_invite_may_end_but_nobody_ends_their_own(who, member):
    allowed = {
        ("owner", "recruiter"),
        ("staff", "staff"),
        ("operator", "staff"),
        ("operator", "staff of the alliance"),
    }
    assert rules.can_end(ACTORS[who], MEMBERS[member]) is ((who, member) in allowed)


def test_who_shall_have_a_second_factor():
    wanted = {who for who, actor in ACTORS.items() if rules.second_factor_wanted(actor)}
    assert wanted == {"owner", "department", "staff", "operator"}


def test_who_manages_a_team():
    assert {who for who, actor in ACTORS.items() if rules.can_manage_team(actor)} == {"owner", "staff"}
