"""One open invitation per address and place, kept by the database."""

import threading
from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, connections, transaction

from backend.accounts import domain
from backend.accounts.actor import actor_of
from backend.accounts.enums import Role
from backend.accounts.models import Invitation
from backend.accounts.queries import open_invitations
from backend.common import clock
from backend.common.errors import DomainError, Invalid
from tests.backend.refusals import refused
from tests.factories.accounts import InvitationFactory, MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory

pytestmark = pytest.mark.django_db
MAIL = "new@example.org"


def make(**fields) -> Invitation:
    return InvitationFactory(email=MAIL, token=f"token-{Invitation.objects.count()}", **fields)


def constraint():
    return next(one for one in Invitation._meta.constraints if one.name == "invitation_one_open")


@pytest.mark.parametrize("place", ["company", "school", "department"])
@pytest.mark.parametrize("state", ["open", "expired", "accepted", "revoked", "elsewhere", "somebody else"])
def test_the_database_lets_one_stand_open(place, state, frozen_now):
    """What has been used or withdrawn does not count; what merely ran out does, until a new one replaces it."""
    fields = {
        "company": {"recruiter": True, "company": CompanyFactory()},
        "school": {"school": SchoolFactory()},
        "department": {},
    }[place]
    if place == "department":
        department = DepartmentFactory()
        fields = {"school": department.school, "department": department}
    first = make(**fields)
    changes = {
        "expired": {"expires_at": frozen_now},
        "accepted": {"accepted_at": frozen_now},
        "revoked": {"revoked_at": frozen_now},
        "somebody else": {"email": "other@example.org"},
    }.get(state, {})
    Invitation.objects.filter(pk=first.pk).update(**changes)
    if state == "elsewhere":
        fields = {"recruiter": True} if place == "company" else {"school": SchoolFactory()}
    if state in {"open", "expired"}:
        with pytest.raises(IntegrityError), transaction.atomic():
            make(**fields)
        assert Invitation.objects.count() == 1
    else:
        make(**fields)
        assert Invitation.objects.count() == 2


def test_a_school_and_its_department_are_two_places():
    department = DepartmentFactory()
    make(school=department.school)
    make(school=department.school, department=department)
    assert open_invitations().filter(email=MAIL).count() == 2


def test_a_second_one_is_refused_beside_the_field_and_nothing_is_sent():
    owner = actor_of(MembershipFactory(owner=True).user)
    domain.invite_person(actor=owner, email=MAIL, role=Role.RECRUITER)
    with refused(Invalid, "already_invited", Invitation, fields=["email"]):
        domain.invite_person(actor=owner, email=" NEW@example.org", role=Role.RECRUITER, is_owner=True)


def test_one_that_ran_out_makes_way(frozen_now):
    owner = actor_of(MembershipFactory(owner=True).user)
    first = domain.invite_person(actor=owner, email=MAIL, role=Role.RECRUITER)
    clock.advance(timedelta(days=14))
    second = domain.invite_person(actor=owner, email=MAIL, role=Role.RECRUITER)
    first.refresh_from_db()
    assert (first.revoked_at, second.revoked_at) == (clock.now(), None)
    assert list(open_invitations()) == [second]


def invite_at_once(count: int) -> list[str]:
    """The same person invited by several owners of one company in the same moment."""
    owner = MembershipFactory(owner=True)
    actors = [actor_of(owner.user)] + [
        actor_of(MembershipFactory(owner=True, company=owner.company).user) for _ in range(count - 1)
    ]
    gate, answers = threading.Barrier(count), []

    def invite(actor) -> None:
        gate.wait()
        try:
            domain.invite_person(actor=actor, email=MAIL, role=Role.RECRUITER)
            answers.append("sent")
        except DomainError as error:
            answers.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=invite, args=(actor,)) for actor in actors]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(answers)


@pytest.mark.django_db(transaction=True)
def test_of_four_at_once_one_is_sent():
    assert invite_at_once(4) == ["already_invited"] * 3 + ["sent"]
    assert Invitation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_constraint_all_four_are_sent():
    """The control: nothing but the database keeps them apart."""
    with connection.schema_editor() as editor:
        editor.remove_constraint(Invitation, constraint())
    try:
        assert invite_at_once(4) == ["sent"] * 4
    finally:
        Invitation.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(Invitation, constraint())


@pytest.mark.django_db(transaction=True)
def test_the_migration_withdraws_what_the_constraint_would_refuse(frozen_now):
    migration = import_module("backend.accounts.migrations.0003_invitation_one_open")
    with connection.schema_editor() as editor:
        editor.remove_constraint(Invitation, constraint())
    try:
        company = CompanyFactory()
        older, newer = (make(recruiter=True, company=company) for _ in range(2))
        alone = make(school=SchoolFactory())
        ended = make(school=SchoolFactory(), expires_at=frozen_now)
        used = make(recruiter=True, company=company, accepted_at=frozen_now - timedelta(days=1))
        migration.withdraw_all_but_the_newest(apps, None)
    finally:
        with connection.schema_editor() as editor:
            editor.add_constraint(Invitation, constraint())
    stamps = dict(Invitation.objects.values_list("pk", "revoked_at"))
    assert stamps == {
        older.pk: frozen_now,
        newer.pk: None,
        alone.pk: None,
        ended.pk: frozen_now,
        used.pk: None,
    }
