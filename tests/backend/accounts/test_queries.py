"""Members and invitations of one's own place, and of nobody else's."""

import pytest

from backend.accounts import queries
from backend.accounts.actor import ANONYMOUS, actor_of
from backend.accounts.enums import Role
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def alliance():
    """Two schools that share companies and fairs."""
    circle = AllianceFactory()
    return SchoolFactory(alliance=circle), SchoolFactory(alliance=circle)


def test_staff_see_staff_of_their_own_school_not_of_the_alliance(alliance):
    here, there = alliance
    me, colleague = MembershipFactory(school=here), MembershipFactory(school=here)
    MembershipFactory(school=there)
    MembershipFactory(school=here, ended=True)
    MembershipFactory(owner=True, company__school=here)
    assert set(queries.memberships_visible_to(actor_of(me.user))) == {me, colleague}


def test_recruiters_see_their_own_company():
    owner = MembershipFactory(owner=True)
    colleague = MembershipFactory(recruiter=True, company=owner.company)
    MembershipFactory(owner=True)
    assert set(queries.memberships_visible_to(actor_of(colleague.user))) == {owner, colleague}


def test_operator_sees_all_staff_and_operators_but_no_recruiter_or_student():
    me, staff = MembershipFactory(operator=True), MembershipFactory()
    MembershipFactory(owner=True)
    MembershipFactory(of_student=True)
    assert set(queries.memberships_visible_to(actor_of(me.user))) == {me, staff}


def test_students_visitors_and_people_without_a_role_see_nobody():
    MembershipFactory()
    for actor in (ANONYMOUS, actor_of(UserFactory()), actor_of(MembershipFactory(of_student=True).user)):
        assert list(queries.memberships_visible_to(actor)) == []
        assert list(queries.invitations_visible_to(actor)) == []


def test_invitations_are_seen_by_who_is_in_charge_while_they_are_open(alliance, frozen_now):
    here, there = alliance
    staff = MembershipFactory(school=here)
    seen = InvitationFactory(school=here, token="1")
    InvitationFactory(school=there, token="2")
    InvitationFactory(school=here, token="3", expired=True)
    InvitationFactory(school=here, token="4", accepted_at=frozen_now)
    InvitationFactory(school=here, token="5", revoked_at=frozen_now)
    assert list(queries.invitations_visible_to(actor_of(staff.user))) == [seen]


def test_recruiters_without_ownership_see_no_invitations():
    owner = MembershipFactory(owner=True)
    member = MembershipFactory(recruiter=True, company=owner.company)
    invitation = InvitationFactory(recruiter=True, company=owner.company)
    assert list(queries.invitations_visible_to(actor_of(owner.user))) == [invitation]
    assert list(queries.invitations_visible_to(actor_of(member.user))) == []


def test_actor_carries_the_scope_of_the_live_membership(alliance):
    here, there = alliance
    department = DepartmentFactory(school=here)
    staff = MembershipFactory(school=here, department=department)
    actor = actor_of(staff.user)
    assert (actor.role, actor.school_id, actor.school_ids, actor.department_id) == (
        Role.STAFF,
        here.pk,
        (here.pk, there.pk),
        department.pk,
    )
    owner = MembershipFactory(owner=True, company__school=there)
    actor = actor_of(owner.user)
    assert (actor.role, actor.company_id, actor.school_id, actor.is_owner) == (
        Role.RECRUITER,
        owner.company_id,
        there.pk,
        True,
    )


def test_whom_to_tell():
    owner = MembershipFactory(owner=True)
    member = MembershipFactory(recruiter=True, company=owner.company)
    MembershipFactory(recruiter=True, company=owner.company, ended=True)
    MembershipFactory(recruiter=True, company=owner.company, user__is_active=False)
    assert queries.recruiter_ids(owner.company_id) == sorted([owner.user_id, member.user_id])
    assert queries.recruiter_ids(owner.company_id, owners_only=True) == [owner.user_id]

    school = SchoolFactory()
    whole = MembershipFactory(school=school)
    department, other = DepartmentFactory(school=school), DepartmentFactory(school=school)
    part = MembershipFactory(school=school, department=department)
    MembershipFactory(school=school, department=other)
    assert queries.staff_ids(school.pk) == [whole.user_id]
    assert queries.staff_ids(school.pk, department_id=department.pk) == sorted([whole.user_id, part.user_id])

    student = MembershipFactory(of_student=True)
    assert queries.student_user_id(student.student_id) == student.user_id
    assert queries.student_user_id(student.student_id + 1) is None
