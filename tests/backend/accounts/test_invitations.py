"""Inviting, withdrawing, accepting: who may, what is written, what is sent, and that a link works once."""

import re
import threading

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connections

from backend.accounts import domain
from backend.accounts.actor import actor_of
from backend.accounts.domain.invitation import LIFETIME, digest_of, open_invitation
from backend.accounts.enums import Role
from backend.accounts.limits import LIMITS, Limit
from backend.accounts.models import Invitation, Membership, User
from backend.audit.models import AuditEntry
from backend.common import clock, outbox
from backend.common.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from backend.common.models import OutboxEntry
from tests.factories.accounts import PASSWORD, TOKEN, InvitationFactory, MembershipFactory, UserFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def state() -> tuple[int, int, int, int]:
    """How much there is of everything an invitation could change."""
    return tuple(model.objects.count() for model in (Invitation, Membership, AuditEntry, OutboxEntry))


def refused(error: type[DomainError], code: str, call) -> None:
    """The call is refused with this code, and nothing changed and nothing was sent."""
    before = state()
    with pytest.raises(error) as caught:
        call()
    assert caught.value.code == code
    assert state() == before


def test_owner_invites_a_recruiter_into_the_own_company(frozen_now):
    owner = MembershipFactory(owner=True)
    invitation = domain.invite_person(
        actor=actor_of(owner.user), email=" New@Example.ORG ", role=Role.RECRUITER
    )
    assert (
        invitation.email,
        invitation.role,
        invitation.company_id,
        invitation.school_id,
        invitation.is_owner,
    ) == (
        "new@example.org",
        Role.RECRUITER,
        owner.company_id,
        None,
        False,
    )
    assert invitation.expires_at == frozen_now + LIFETIME
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.target, entry.target_id, entry.actor_user_id) == (
        "invitation.sent",
        "accounts.invitation",
        invitation.pk,
        owner.user_id,
    )


def test_the_link_is_mailed_and_only_its_digest_stored(settings):
    owner = MembershipFactory(owner=True)
    invitation = domain.invite_person(
        actor=actor_of(owner.user), email="new@example.org", role=Role.RECRUITER
    )
    assert mail.outbox == []
    assert outbox.drain() == 1
    message = mail.outbox[0]
    token = re.search(r"/invitations/([\w-]+)/", message.body).group(1)
    assert message.to == ["new@example.org"]
    assert digest_of(token) == invitation.token_digest
    assert owner.company.name in message.subject
    assert token not in str(Invitation.objects.values().get())


@pytest.mark.parametrize(("language", "greeting"), [("zh-hans", "您好"), ("en", "Hello,")])
def test_the_mail_is_in_the_readers_language(language, greeting):
    UserFactory(email="new@example.org", language=language)
    owner = MembershipFactory(owner=True)
    domain.invite_person(actor=actor_of(owner.user), email="new@example.org", role=Role.RECRUITER)
    outbox.drain()
    assert mail.outbox[0].body.startswith(greeting)


def test_staff_invite_into_a_department_of_their_school():
    staff = MembershipFactory()
    department = DepartmentFactory(school=staff.school)
    invitation = domain.invite_person(
        actor=actor_of(staff.user),
        email="new@example.org",
        role=Role.STAFF,
        department_id=department.pk,
        is_owner=True,
    )
    assert (invitation.school_id, invitation.department_id, invitation.company_id, invitation.is_owner) == (
        staff.school_id,
        department.pk,
        None,
        False,
    )


def test_the_school_comes_from_the_session_not_from_the_request():
    staff, other = MembershipFactory(), SchoolFactory()
    invitation = domain.invite_person(
        actor=actor_of(staff.user), email="new@example.org", role=Role.STAFF, school_id=other.pk
    )
    assert invitation.school_id == staff.school_id


def test_a_department_of_another_school_is_refused():
    staff, foreign = MembershipFactory(), DepartmentFactory()
    refused(
        Invalid,
        "invalid",
        lambda: domain.invite_person(
            actor=actor_of(staff.user), email="new@example.org", role=Role.STAFF, department_id=foreign.pk
        ),
    )


def test_operator_invites_into_any_school_that_exists():
    operator, school = MembershipFactory(operator=True), SchoolFactory()
    actor = actor_of(operator.user)
    invitation = domain.invite_person(
        actor=actor, email="new@example.org", role=Role.STAFF, school_id=school.pk
    )
    assert invitation.school_id == school.pk
    refused(
        Invalid,
        "invalid",
        lambda: domain.invite_person(
            actor=actor, email="b@example.org", role=Role.STAFF, school_id=school.pk + 99
        ),
    )
    refused(
        NotAllowed,
        "not_allowed",
        lambda: domain.invite_person(actor=actor, email="b@example.org", role=Role.STAFF),
    )


@pytest.mark.parametrize(
    ("traits", "role"),
    [
        ({"owner": True}, Role.STAFF),
        ({"owner": True}, Role.OPERATOR),
        ({"owner": True}, Role.STUDENT),
        ({"recruiter": True}, Role.RECRUITER),
        ({"of_student": True}, Role.STAFF),
        ({"operator": True}, Role.RECRUITER),
        ({"operator": True}, Role.OPERATOR),
        ({}, Role.RECRUITER),
        ({}, Role.OPERATOR),
    ],
)
def test_nobody_invites_beyond_their_place(traits, role):
    actor = actor_of(MembershipFactory(**traits).user)
    refused(
        NotAllowed, "not_allowed", lambda: domain.invite_person(actor=actor, email="n@example.org", role=role)
    )


def test_staff_of_one_department_do_not_invite():
    department = DepartmentFactory()
    actor = actor_of(MembershipFactory(school=department.school, department=department).user)
    refused(
        NotAllowed,
        "not_allowed",
        lambda: domain.invite_person(actor=actor, email="n@example.org", role=Role.STAFF),
    )


def test_an_address_with_an_open_invitation_into_the_same_place_is_refused():
    owner = MembershipFactory(owner=True)
    actor = actor_of(owner.user)
    domain.invite_person(actor=actor, email="n@example.org", role=Role.RECRUITER)
    refused(
        Invalid,
        "already_invited",
        lambda: domain.invite_person(actor=actor, email="N@example.org", role=Role.RECRUITER),
    )
    other = MembershipFactory(owner=True)
    assert domain.invite_person(actor=actor_of(other.user), email="n@example.org", role=Role.RECRUITER).pk


def test_invitations_of_one_person_are_limited(monkeypatch):
    monkeypatch.setitem(LIMITS, "invitation_inviter", Limit(1, LIMITS["invitation_inviter"].window))
    actor = actor_of(MembershipFactory(owner=True).user)
    domain.invite_person(actor=actor, email="a@example.org", role=Role.RECRUITER)
    refused(
        Conflict,
        "too_many_invitations",
        lambda: domain.invite_person(actor=actor, email="b@example.org", role=Role.RECRUITER),
    )


def test_a_withdrawn_invitation_is_useless():
    owner = MembershipFactory(owner=True)
    invitation = InvitationFactory(recruiter=True, company=owner.company)
    domain.revoke_invitation(actor=actor_of(owner.user), invitation_id=invitation.pk)
    assert AuditEntry.objects.get().verb == "invitation.revoked"
    refused(NotFound, "invitation_gone", lambda: open_invitation(TOKEN))
    refused(
        NotFound,
        "not_found",
        lambda: domain.revoke_invitation(actor=actor_of(owner.user), invitation_id=invitation.pk),
    )


def test_invitations_of_another_company_do_not_exist():
    invitation = InvitationFactory(recruiter=True)
    stranger = actor_of(MembershipFactory(owner=True).user)
    refused(
        NotFound, "not_found", lambda: domain.revoke_invitation(actor=stranger, invitation_id=invitation.pk)
    )


def test_staff_of_a_department_see_but_do_not_withdraw():
    department = DepartmentFactory()
    member = MembershipFactory(school=department.school, department=department)
    invitation = InvitationFactory(school=department.school)
    refused(
        NotAllowed,
        "not_allowed",
        lambda: domain.revoke_invitation(actor=actor_of(member.user), invitation_id=invitation.pk),
    )


def test_accepting_makes_a_member_and_uses_the_link_up(frozen_now):
    invitation = InvitationFactory(recruiter=True, is_owner=True)
    user = UserFactory(email=invitation.email)
    membership = domain.accept_invitation(user=user, token=TOKEN)
    assert (
        membership.user,
        membership.role,
        membership.company_id,
        membership.is_owner,
        membership.ended_at,
    ) == (
        user,
        Role.RECRUITER,
        invitation.company_id,
        True,
        None,
    )
    invitation.refresh_from_db()
    assert invitation.accepted_at == frozen_now
    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "membership.joined",
        "invitation.accepted",
    ]
    refused(NotFound, "invitation_gone", lambda: domain.accept_invitation(user=user, token=TOKEN))


def test_another_address_cannot_accept():
    InvitationFactory()
    user = UserFactory()
    refused(NotAllowed, "other_address", lambda: domain.accept_invitation(user=user, token=TOKEN))


def test_a_person_with_a_membership_cannot_accept():
    invitation = InvitationFactory()
    member = MembershipFactory(user__email=invitation.email)
    refused(Conflict, "already_member", lambda: domain.accept_invitation(user=member.user, token=TOKEN))
    invitation.refresh_from_db()
    assert invitation.accepted_at is None


def test_the_link_ends(frozen_now):
    InvitationFactory()
    clock.advance(LIFETIME)
    refused(NotFound, "invitation_gone", lambda: open_invitation(TOKEN))


def test_an_invited_person_without_an_account_makes_one_that_is_confirmed():
    invitation = InvitationFactory()
    user = domain.register_invited(token=TOKEN, name="王敏", password=PASSWORD, language="en")
    assert (user.email, user.name, user.language) == (invitation.email, "王敏", "en")
    assert user.check_password(PASSWORD)
    assert EmailAddress.objects.filter(user=user, verified=True, primary=True, email=user.email).count() == 1
    assert actor_of(user).role == Role.STAFF


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123"])
def test_a_weak_password_makes_no_account(password):
    InvitationFactory()
    users = User.objects.count()
    refused(
        Invalid,
        "weak_password",
        lambda: domain.register_invited(token=TOKEN, name="王敏", password=password, language="en"),
    )
    assert User.objects.count() == users


def test_an_address_with_an_account_makes_no_second_one():
    invitation = InvitationFactory()
    UserFactory(email=invitation.email)
    refused(
        Conflict,
        "address_taken",
        lambda: domain.register_invited(token=TOKEN, name="王敏", password=PASSWORD, language="en"),
    )


@pytest.mark.django_db(transaction=True)
def test_of_racing_acceptances_exactly_one_joins():
    invitation = InvitationFactory()
    user = UserFactory(email=invitation.email)
    gate, outcomes = threading.Barrier(6), []

    def accept() -> None:
        gate.wait()
        try:
            domain.accept_invitation(user=user, token=TOKEN)
            outcomes.append("joined")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("joined") == 1
    assert set(outcomes) <= {"joined", "conflict", "invitation_gone", "already_member"}
    assert Membership.objects.filter(user=user, ended_at__isnull=True).count() == 1
