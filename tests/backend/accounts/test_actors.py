"""Many people at once are who each of them is alone."""

import pytest

from backend.accounts.actor import ANONYMOUS, Actor, actor_of, actors_of
from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.common import clock
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = pytest.mark.django_db


def student(school):
    return MembershipFactory(of_student=True, student=StudentFactory(school=school), school=school)


def test_everybody_is_read_as_alone_in_one_query(django_assert_num_queries):
    alliance = AllianceFactory()
    first, second = SchoolFactory(alliance=alliance), SchoolFactory(alliance=alliance)
    people = [
        student(first), student(SchoolFactory()), RecruiterFactory(owner=True), RecruiterFactory(company__school=second),
        MembershipFactory(school=first), MembershipFactory(school=second, department=DepartmentFactory(school=second)),
        MembershipFactory(role=Role.OPERATOR, school=None),
    ]  # fmt: skip
    alone = {one.user_id: actor_of(one.user) for one in people}
    with django_assert_num_queries(1):
        together = actors_of(alone.keys())
    assert together == alone
    assert together[people[0].user_id].school_ids == (first.pk, second.pk)


@pytest.mark.parametrize("gone", ["account closed", "membership ended", "never a member", "no such account"])
def test_who_has_no_live_membership_is_left_out(gone):
    here, there = student(SchoolFactory()), student(SchoolFactory())
    match gone:
        case "account closed":
            User.objects.filter(pk=there.user_id).update(is_active=False)
        case "membership ended":
            Membership.objects.filter(pk=there.pk).update(ended_at=clock.now())
    asked = {"never a member": UserFactory().pk, "no such account": 10**9}.get(gone, there.user_id)
    assert [*actors_of([here.user_id, asked])] == [here.user_id]


def test_a_closed_school_leaves_the_account_alone():
    row = student(SchoolFactory(suspended_at=clock.now(), suspended_reason="整改"))
    expected = Actor(user_id=row.user_id, suspended="整改")
    assert actors_of([row.user_id]) == {row.user_id: expected}
    assert actor_of(row.user) == expected


def test_nobody_is_nobody():
    assert (actors_of([]), actor_of(None), actor_of(UserFactory(is_active=False))) == (
        {},
        ANONYMOUS,
        ANONYMOUS,
    )


def test_of_a_person_s_memberships_the_live_one_counts():
    old = student(SchoolFactory())
    Membership.objects.filter(pk=old.pk).update(ended_at=clock.now())
    new = MembershipFactory(user=old.user)
    assert actors_of([old.user_id])[old.user_id] == actor_of(old.user)
    assert actor_of(old.user).school_id == new.school_id
