"""Who may bring whom in and see whom out, as tables over roles and places; and what an actor is."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from backend.accounts import domain, queries, rules, second_factor
from backend.accounts.actor import ANONYMOUS, SYSTEM, Actor, actor_of, actors_of
from backend.accounts.enums import STORED_ROLES, Role
from backend.accounts.models import Invitation, Membership, User
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import InvitationFactory, MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = pytest.mark.django_db
ROWS = (Invitation, Membership, User)

ACTORS = {
    "anonymous": ANONYMOUS,
    "newcomer": Actor(user_id=900),
    "student": Actor(role=Role.STUDENT, user_id=901, school_id=1, student_id=1),
    "recruiter": Actor(role=Role.RECRUITER, user_id=902, school_id=1, company_id=1),
    "owner": Actor(role=Role.RECRUITER, user_id=903, school_id=1, company_id=1, is_owner=True),
    "staff": Actor(role=Role.STAFF, user_id=904, school_id=1),
    "dean": Actor(role=Role.STAFF, user_id=905, school_id=1, department_id=1),
    "operator": Actor(role=Role.OPERATOR, user_id=906),
    "system": SYSTEM,
}


@pytest.mark.parametrize(("company", "allowed"), [(1, {"owner"}), (2, set())])
def test_who_invites_recruiters(company, allowed):
    assert {who for who, actor in ACTORS.items() if rules.can_invite_recruiter(actor, company)} == allowed


@pytest.mark.parametrize(
    ("school", "allowed"), [(1, {"staff", "operator"}), (2, {"operator"}), (None, set())]
)
def test_who_invites_staff(school, allowed):
    assert {who for who, actor in ACTORS.items() if rules.can_invite_staff(actor, school)} == allowed


@pytest.mark.parametrize(
    ("membership", "allowed"),
    [
        ({"role": Role.RECRUITER, "company_id": 1}, {"owner"}),
        ({"role": Role.RECRUITER, "company_id": 2}, set()),
        ({"role": Role.STAFF, "school_id": 1}, {"staff", "operator"}),
        ({"role": Role.STAFF, "school_id": 1, "department_id": 1}, {"staff", "operator"}),
        ({"role": Role.STAFF, "school_id": 2}, {"operator"}),
        ({"role": Role.STUDENT, "school_id": 1}, set()),
        ({"role": Role.OPERATOR}, set()),
        ({"role": Role.RECRUITER, "company_id": 1, "user_id": 903}, set()),
        ({"role": Role.STAFF, "school_id": 1, "user_id": 904}, {"operator"}),
        ({"role": Role.STAFF, "school_id": 1, "user_id": 906}, {"staff"}),
    ],
)
def test_who_sees_whom_out(membership, allowed):
    row = Membership(**{"user_id": 1, **membership})
    assert {who for who, actor in ACTORS.items() if rules.can_end(actor, row)} == allowed


def test_who_manages_a_team_and_who_needs_a_second_factor():
    assert {who for who, actor in ACTORS.items() if rules.can_manage_team(actor)} == {"owner", "staff"}
    assert {who for who, actor in ACTORS.items() if rules.second_factor_wanted(actor)} == {
        "owner",
        "staff",
        "dean",
        "operator",
    }


@pytest.mark.parametrize("enforced", [True, False])
@pytest.mark.parametrize(("days", "over"), [(0, False), (6, False), (7, True), (30, True)])
def test_a_week_of_grace_and_only_where_it_is_enforced(settings, frozen_now, enforced, days, over):
    settings.REQUIRE_SECOND_FACTOR = enforced
    actor = actor_of(MembershipFactory().user)
    clock.advance(timedelta(days=days))
    assert second_factor.due(actor) is (enforced and over)


def test_an_actor_of_each_membership():
    recruiter = MembershipFactory(owner=True)
    school = recruiter.company.school_id
    assert actor_of(recruiter.user) == Actor(
        role=Role.RECRUITER,
        user_id=recruiter.user_id,
        school_id=school,
        school_ids=(school,),
        company_id=recruiter.company_id,
        is_owner=True,
    )
    department = DepartmentFactory()
    dean = MembershipFactory(school=department.school, department=department)
    assert actor_of(dean.user) == Actor(
        role=Role.STAFF,
        user_id=dean.user_id,
        school_id=department.school_id,
        school_ids=(department.school_id,),
        department_id=department.pk,
    )
    student = MembershipFactory(of_student=True)
    assert actor_of(student.user) == Actor(
        role=Role.STUDENT,
        user_id=student.user_id,
        school_id=student.school_id,
        school_ids=(student.school_id,),
        student_id=student.student_id,
    )
    operator = MembershipFactory(operator=True)
    assert actor_of(operator.user) == Actor(role=Role.OPERATOR, user_id=operator.user_id)


def test_who_has_no_live_membership_has_no_role():
    ended = MembershipFactory(ended=True)
    assert actor_of(ended.user) == Actor(user_id=ended.user_id)
    assert actor_of(None) == actor_of(AnonymousUser()) == ANONYMOUS
    inactive = MembershipFactory(user__is_active=False)
    assert actor_of(inactive.user) == ANONYMOUS


def test_the_circle_is_the_alliance_in_order():
    alliance = AllianceFactory()
    schools = SchoolFactory.create_batch(3, alliance=alliance)
    SchoolFactory()
    member = MembershipFactory(school=schools[1])
    assert actor_of(member.user).school_ids == tuple(school.pk for school in schools)


def test_many_at_once_are_each_as_asked_for_alone():
    alliance = AllianceFactory()
    suspended = SchoolFactory(suspended_at=clock.now(), suspended_reason="停办整顿", alliance=alliance)
    homes = [suspended, *SchoolFactory.create_batch(2, alliance=alliance), SchoolFactory()]
    made = [MembershipFactory(school=home) for home in homes]
    made += [MembershipFactory(owner=True, company__school=home) for home in homes]
    made += [MembershipFactory(of_student=True, school=homes[1]), MembershipFactory(operator=True)]
    left = [MembershipFactory(ended=True).user, MembershipFactory(user__is_active=False).user]
    alone = {row.user_id: actor_of(row.user) for row in made}
    assert actors_of([row.user_id for row in made] + [user.pk for user in left]) == alone
    assert [alone[row.user_id].suspended for row in made] == ["停办整顿", "", "", ""] * 2 + ["", ""]


@pytest.mark.parametrize("traits", [{}, {"owner": True}, {"of_student": True}, {"operator": True}])
def test_an_actor_costs_one_query(traits, django_assert_num_queries):
    user = MembershipFactory(**traits).user
    with django_assert_num_queries(1):
        actor_of(user)


@pytest.mark.parametrize(
    "broken",
    [
        {"role": Role.STUDENT, "student": None},
        {"role": Role.RECRUITER},
        {"role": Role.STAFF, "school": None},
        {"role": Role.OPERATOR},
        {"role": Role.STAFF, "is_owner": True},
        {"role": Role.ANONYMOUS},
        {"role": Role.SYSTEM},
    ],
)
def test_the_database_refuses_a_membership_that_fits_no_role(broken):
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(**broken)


def test_the_database_keeps_one_live_membership_per_person():
    member = MembershipFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        MembershipFactory(user=member.user)
    Membership.objects.update(ended_at=clock.now())
    assert MembershipFactory(user=member.user).pk


def test_the_database_keeps_one_account_per_address_in_any_case():
    UserFactory(email="a@example.org")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(email="A@Example.ORG")


@pytest.mark.parametrize("role", STORED_ROLES)
def test_a_second_place_is_refused_whatever_the_first(role):
    traits = {
        Role.STUDENT: {"of_student": True},
        Role.RECRUITER: {"recruiter": True},
        Role.STAFF: {},
        Role.OPERATOR: {"operator": True},
    }[role]
    member, school = MembershipFactory(**traits), SchoolFactory()
    with refused(Conflict, "already_member", *ROWS):
        domain.join_membership(user=member.user, role=Role.STAFF, school=school)


def team(owner: Membership) -> dict[str, Membership]:
    return {
        "owner": owner,
        "second owner": MembershipFactory(owner=True, company=owner.company),
        "recruiter": MembershipFactory(recruiter=True, company=owner.company),
        "stranger": MembershipFactory(recruiter=True),
    }


@pytest.mark.parametrize(
    ("who", "whom", "family", "code"),
    [
        ("owner", "owner", NotAllowed, "not_allowed"),
        ("owner", "stranger", NotFound, "not_found"),
        ("recruiter", "owner", NotAllowed, "not_allowed"),
        ("recruiter", "recruiter", NotAllowed, "not_allowed"),
        ("stranger", "owner", NotFound, "not_found"),
    ],
)
def test_a_refused_farewell_leaves_no_trace(who, whom, family, code):
    members = team(MembershipFactory(owner=True))
    actor = actor_of(members[who].user)
    with refused(family, code, *ROWS):
        domain.end_membership(actor=actor, membership_id=members[whom].pk)


@pytest.mark.parametrize("whom", ["second owner", "recruiter"])
def test_an_owner_sees_a_colleague_out(whom, frozen_now):
    members = team(MembershipFactory(owner=True))
    domain.end_membership(actor=actor_of(members["owner"].user), membership_id=members[whom].pk)
    members[whom].refresh_from_db()
    assert members[whom].ended_at == frozen_now
    assert last_trail() == (
        "membership.ended",
        "recruiter",
        "",
        "accounts.membership",
        members[whom].pk,
    )
    assert actor_of(members[whom].user).role == Role.ANONYMOUS
    with refused(NotFound, "not_found", *ROWS):
        domain.end_membership(actor=actor_of(members["owner"].user), membership_id=members[whom].pk)


def test_the_last_school_wide_staff_stays_even_against_the_operator():
    department = DepartmentFactory()
    last = MembershipFactory(school=department.school)
    MembershipFactory(school=department.school, department=department)
    operator = actor_of(MembershipFactory(operator=True).user)
    with refused(Conflict, "last_in_charge", *ROWS):
        domain.end_membership(actor=operator, membership_id=last.pk)


VISIBLE = {
    "anonymous": (set(), set()),
    "student": (set(), set()),
    "recruiter": ({"own owner", "own recruiter"}, set()),
    "owner": ({"own owner", "own recruiter"}, {"to own company"}),
    "staff": ({"own staff", "own dean"}, {"to own school"}),
    "dean": ({"own staff", "own dean"}, {"to own school"}),
    "operator": (
        {"own staff", "own dean", "far staff", "operator"},
        {"to own school", "to far school"},
    ),
    "system": (
        {
            "own owner",
            "own recruiter",
            "far recruiter",
            "own staff",
            "own dean",
            "far staff",
            "operator",
            "student",
        },
        {"to own company", "to far company", "to own school", "to far school"},
    ),
}


@pytest.mark.parametrize("who", VISIBLE)
def test_members_and_invitations_each_role_sees(who):
    school, far, company = SchoolFactory(), SchoolFactory(), CompanyFactory()
    department = DepartmentFactory(school=school)
    members = {
        "own owner": MembershipFactory(owner=True, company=company),
        "own recruiter": MembershipFactory(recruiter=True, company=company),
        "far recruiter": MembershipFactory(recruiter=True),
        "own staff": MembershipFactory(school=school),
        "own dean": MembershipFactory(school=school, department=department),
        "far staff": MembershipFactory(school=far),
        "operator": MembershipFactory(operator=True),
        "student": MembershipFactory(of_student=True),
    }
    MembershipFactory(school=school, ended=True)
    invitations = {
        "to own company": InvitationFactory(recruiter=True, company=company, token="1"),
        "to far company": InvitationFactory(recruiter=True, token="2"),
        "to own school": InvitationFactory(school=school, token="3"),
        "to far school": InvitationFactory(school=far, token="4"),
    }
    InvitationFactory(school=school, token="5", expired=True)
    InvitationFactory(school=school, token="6", accepted_at=clock.now())
    InvitationFactory(school=school, token="7", revoked_at=clock.now())
    actor = {
        "anonymous": ANONYMOUS,
        "student": actor_of(members["student"].user),
        "recruiter": actor_of(members["own recruiter"].user),
        "owner": actor_of(members["own owner"].user),
        "staff": actor_of(members["own staff"].user),
        "dean": actor_of(members["own dean"].user),
        "operator": actor_of(members["operator"].user),
        "system": SYSTEM,
    }[who]
    rows = set(queries.memberships_visible_to(actor))
    links = set(queries.invitations_visible_to(actor))
    assert {name for name, row in members.items() if row in rows} == VISIBLE[who][0]
    assert len(rows) == len(VISIBLE[who][0])
    assert {name for name, row in invitations.items() if row in links} == VISIBLE[who][1]
    assert len(links) == len(VISIBLE[who][1])


def test_who_is_told_about_a_department():
    school = SchoolFactory()
    first, second = DepartmentFactory.create_batch(2, school=school)
    wide = MembershipFactory(school=school)
    near = MembershipFactory(school=school, department=first)
    MembershipFactory(school=school, department=second)
    MembershipFactory(school=school, user__is_active=False)
    assert queries.staff_ids(school.pk) == [wide.user_id]
    assert queries.staff_ids(school.pk, department_id=first.pk) == sorted([wide.user_id, near.user_id])


@pytest.mark.parametrize(
    ("given", "found"),
    [("a@example.org", True), (" A@Example.ORG ", True), ("b@example.org", False), ("", False)],
)
def test_an_address_is_known_in_any_case(given, found):
    user = UserFactory(email="a@example.org", language="en")
    assert queries.language_of_address(given) == ("en" if found else None)
    assert queries.user_by_address(given) == (user if found else None)


def test_who_is_inactive_is_not_found_by_address():
    UserFactory(email="a@example.org", is_active=False)
    assert queries.user_by_address("a@example.org") is None


@pytest.mark.parametrize(
    ("password", "fields"),
    [
        ("short", ["password"]),
        ("1234567890", ["password"]),
        ("", ["password"]),
        ("password123", ["password"]),
    ],
)
def test_a_weak_password_makes_no_account(password, fields):
    with refused(Invalid, "weak_password", *ROWS, fields=fields):
        domain.create_user(email="a@example.org", password=password)


def test_a_taken_address_makes_no_second_account():
    UserFactory(email="a@example.org")
    with refused(Conflict, "address_taken", *ROWS):
        domain.create_user(email=" A@EXAMPLE.org ", password="lantern-Bridge-42")


@pytest.mark.parametrize("before", ["accepted_at", "revoked_at"])
def test_a_used_link_cannot_be_used_again(before):
    invitation = InvitationFactory(token="t", **{before: clock.now()})
    user = UserFactory(email=invitation.email)
    with refused(NotFound, "invitation_gone", *ROWS):
        domain.accept_invitation(user=user, token="t")
    staff = actor_of(MembershipFactory(school=invitation.school).user)
    with refused(NotFound, "not_found", *ROWS):
        domain.revoke_invitation(actor=staff, invitation_id=invitation.pk)


@pytest.mark.parametrize(("seconds", "works"), [(-1, True), (0, False), (1, False)])
def test_a_link_works_until_the_moment_it_ends(frozen_now, seconds, works):
    invitation = InvitationFactory(token="t")
    user = UserFactory(email=invitation.email)
    clock.advance(invitation.expires_at - clock.now() + timedelta(seconds=seconds))
    if works:
        assert domain.accept_invitation(user=user, token="t").school == invitation.school
        return
    with refused(NotFound, "invitation_gone", *ROWS):
        domain.accept_invitation(user=user, token="t")


@pytest.mark.parametrize(
    ("address", "family", "code"),
    [("other@example.org", NotAllowed, "other_address"), ("same", Conflict, "already_member")],
)
def test_a_link_is_not_used_up_by_a_refusal(address, family, code):
    invitation = InvitationFactory(token="t")
    member = MembershipFactory(user__email=invitation.email if address == "same" else address)
    with refused(family, code, *ROWS):
        domain.accept_invitation(user=member.user, token="t")
    invitation.refresh_from_db()
    assert invitation.accepted_at is None
