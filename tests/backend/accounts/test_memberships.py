"""Joining, leaving, and that somebody always remains in charge."""

import threading

import pytest
from django.db import connections

from backend.accounts import domain
from backend.accounts.actor import ANONYMOUS, actor_of
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit.models import AuditEntry
from backend.common.errors import Conflict, DomainError, NotAllowed, NotFound
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = pytest.mark.django_db


def refused(error, code: str, call) -> None:
    """Refused with this code, and no membership or audit row changed."""
    before = list(Membership.objects.order_by("pk").values_list("pk", "ended_at")), AuditEntry.objects.count()
    with pytest.raises(error) as caught:
        call()
    assert caught.value.code == code
    assert before == (
        list(Membership.objects.order_by("pk").values_list("pk", "ended_at")),
        AuditEntry.objects.count(),
    )


@pytest.mark.parametrize("role", [Role.STUDENT, Role.RECRUITER, Role.STAFF, Role.OPERATOR])
def test_joining_writes_the_membership_and_the_trail(role):
    student = StudentFactory()
    scope = {
        Role.STUDENT: {"school": student.school, "student": student},
        Role.RECRUITER: {"company": CompanyFactory(), "is_owner": True},
        Role.STAFF: {"school": SchoolFactory()},
        Role.OPERATOR: {},
    }[role]
    user = UserFactory()
    membership = domain.join_membership(user=user, role=role, **scope)
    assert actor_of(user).role == role
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target_id, entry.after, entry.actor_role) == (
        "membership.joined",
        membership.pk,
        role,
        Role.SYSTEM,
    )


def test_a_person_belongs_to_one_place_at_a_time():
    member = MembershipFactory()
    refused(
        Conflict,
        "already_member",
        lambda: domain.join_membership(user=member.user, role=Role.OPERATOR),
    )


def test_whoever_has_left_may_join_elsewhere():
    old = MembershipFactory(ended=True)
    domain.join_membership(user=old.user, role=Role.OPERATOR)
    assert actor_of(old.user).role == Role.OPERATOR


def test_a_membership_that_does_not_fit_its_role_is_refused_by_the_database():
    refused(
        Conflict,
        "already_member",
        lambda: domain.join_membership(user=UserFactory(), role=Role.STAFF, company=CompanyFactory()),
    )


def test_owner_sees_a_recruiter_out(frozen_now):
    owner = MembershipFactory(owner=True)
    member = MembershipFactory(recruiter=True, company=owner.company)
    ended = domain.end_membership(actor=actor_of(owner.user), membership_id=member.pk)
    assert ended.ended_at == frozen_now
    assert actor_of(member.user).role == Role.ANONYMOUS
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.before, entry.actor_user_id) == (
        "membership.ended",
        Role.RECRUITER,
        owner.user_id,
    )


@pytest.mark.parametrize("traits", [{"recruiter": True}, {"owner": True}, {}, {"of_student": True}])
def test_members_of_other_places_do_not_exist(traits):
    stranger = MembershipFactory(**traits)
    owner = MembershipFactory(owner=True)
    refused(
        NotFound,
        "not_found",
        lambda: domain.end_membership(actor=actor_of(owner.user), membership_id=stranger.pk),
    )


def test_a_recruiter_who_is_no_owner_may_not():
    member = MembershipFactory(recruiter=True)
    other = MembershipFactory(recruiter=True, company=member.company)
    refused(
        NotAllowed,
        "not_allowed",
        lambda: domain.end_membership(actor=actor_of(member.user), membership_id=other.pk),
    )


def test_nobody_ends_their_own_and_visitors_see_nobody():
    owner = MembershipFactory(owner=True)
    refused(
        NotAllowed,
        "not_allowed",
        lambda: domain.end_membership(actor=actor_of(owner.user), membership_id=owner.pk),
    )
    refused(NotFound, "not_found", lambda: domain.end_membership(actor=ANONYMOUS, membership_id=owner.pk))


def test_the_last_staff_of_a_school_stays():
    operator = actor_of(MembershipFactory(operator=True).user)
    school = SchoolFactory()
    last = MembershipFactory(school=school)
    MembershipFactory(school=school, department=DepartmentFactory(school=school))
    refused(Conflict, "last_in_charge", lambda: domain.end_membership(actor=operator, membership_id=last.pk))
    MembershipFactory(school=school)
    assert domain.end_membership(actor=operator, membership_id=last.pk).ended_at is not None


@pytest.mark.django_db(transaction=True)
def test_two_owners_who_see_each_other_out_at_once_leave_one():
    first = MembershipFactory(owner=True)
    second = MembershipFactory(owner=True, company=first.company)
    gate, outcomes = threading.Barrier(2), []

    def end(me: Membership, other: Membership) -> None:
        actor = actor_of(me.user)
        gate.wait()
        try:
            domain.end_membership(actor=actor, membership_id=other.pk)
            outcomes.append("ended")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=end, args=pair) for pair in ((first, second), (second, first))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ended", "last_in_charge"]
    assert Membership.objects.filter(company=first.company, ended_at__isnull=True).count() == 1
