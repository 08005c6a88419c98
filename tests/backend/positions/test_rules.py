"""Who may write, edit and moderate a position: every role, near and far."""

import pytest

from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor
from backend.accounts.enums import Role
from backend.companies.models import Company
from backend.positions import content, rules
from backend.positions.enums import TRANSITIONS, PositionStatus
from backend.positions.models import Position

SCHOOL, ALLY, COMPANY = 1, 2, 10
S = PositionStatus

ACTORS = {
    "visitor": ANONYMOUS,
    "system": SYSTEM,
    "nobody yet": Actor(user_id=5),
    "student": Actor(Role.STUDENT, 5, SCHOOL, (SCHOOL,), student_id=7),
    "recruiter": Actor(Role.RECRUITER, 5, SCHOOL, (SCHOOL,), company_id=COMPANY),
    "owner": Actor(Role.RECRUITER, 5, SCHOOL, (SCHOOL,), company_id=COMPANY, is_owner=True),
    "recruiter without a company": Actor(Role.RECRUITER, 5),
    "rival": Actor(Role.RECRUITER, 5, SCHOOL, (SCHOOL,), company_id=COMPANY + 1),
    "staff": Actor(Role.STAFF, 5, SCHOOL, (SCHOOL, ALLY)),
    "department staff": Actor(Role.STAFF, 5, SCHOOL, (SCHOOL, ALLY), department_id=3),
    "ally staff": Actor(Role.STAFF, 5, ALLY, (SCHOOL, ALLY)),
    "operator": Actor(Role.OPERATOR, 5),
}
WRITE = {"recruiter", "owner", "rival"}
EDIT = {"recruiter", "owner"}
MODERATE = {"staff", "operator"}


def position():
    return Position(company=Company(pk=COMPANY, school_id=SCHOOL))


@pytest.mark.parametrize("who", ACTORS)
def test_each_actor_may_what_the_table_says_and_nothing_else(who):
    actor, row = ACTORS[who], position()
    assert (
        rules.can_write(actor),
        rules.can_edit(actor, row),
        rules.can_moderate(actor, row),
    ) == (who in WRITE, who in EDIT, who in MODERATE)


def test_a_recruiter_without_a_company_edits_no_position_without_one_either():
    assert not rules.can_edit(
        ACTORS["recruiter without a company"], Position(company=Company(school_id=SCHOOL))
    )


def test_staff_looked_at_everything_but_number_division_and_days():
    assert set(content.FIELDS) - rules.MATERIAL == {"openings", "division_id", "deadline", "starts_on"}
    assert set(content.FIELDS) >= rules.MATERIAL


def test_what_may_be_edited_is_neither_in_front_of_staff_nor_over():
    assert {S.DRAFT, S.PUBLISHED, S.PAUSED, S.EXPIRED} == rules.EDITABLE


@pytest.mark.parametrize("status", S)
def test_every_status_can_be_left_towards_the_end_and_only_the_end_is_final(status):
    reached, waiting = set(), [status]
    while waiting:
        for after in TRANSITIONS[waiting.pop()] - reached:
            reached.add(after)
            waiting.append(after)
    assert (S.CLOSED in reached) == (status != S.CLOSED)
    assert status not in TRANSITIONS[status]


def test_nothing_becomes_public_without_review():
    assert {before for before in S if S.PUBLISHED in TRANSITIONS[before]} == {S.IN_REVIEW, S.PAUSED}
    assert {before for before in S if S.PAUSED in TRANSITIONS[before]} == {S.PUBLISHED}


def test_nothing_becomes_a_draft_again_but_from_review():
    assert {before for before in S if S.DRAFT in TRANSITIONS[before]} == {S.IN_REVIEW}
