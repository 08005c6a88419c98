"""Owners make owners, people leave by themselves, and nobody goes who is the last in charge."""

import threading

import pytest
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts import domain
from backend.accounts.actor import ANONYMOUS, actor_of
from backend.accounts.domain import membership as guarded
from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.common.errors import Conflict, DomainError, NotAllowed, NotFound
from tests.backend.refusals import last_trail, refused
from tests.factories.accounts import PASSWORD, MembershipFactory
from tests.factories.schools import DepartmentFactory

pytestmark = pytest.mark.django_db


def owner_of(company=None, **fields) -> Membership:
    return MembershipFactory(owner=True, **({"company": company} if company else {}), **fields)


def colleague(owner: Membership, **fields) -> Membership:
    return MembershipFactory(recruiter=True, company=owner.company, **fields)


def the(row: Membership):
    return actor_of(row.user)


def test_an_owner_makes_a_colleague_an_owner_and_may_then_go():
    owner = owner_of()
    heir = colleague(owner)
    assert domain.set_owner(actor=the(owner), membership_id=heir.pk, is_owner=True).is_owner
    assert last_trail() == ("membership.owner_made", "", "", "accounts.membership", heir.pk)
    assert the(heir).is_owner
    left = domain.leave_team(actor=the(owner))
    assert (left.pk, left.ended_at is not None) == (owner.pk, True)
    assert last_trail() == ("membership.ended", "recruiter", "", "accounts.membership", owner.pk)
    assert (actor_of(owner.user).role, actor_of(owner.user).company_id) == (Role.ANONYMOUS, None)


def test_an_ownership_ends_while_another_stays():
    owner = owner_of()
    second = owner_of(owner.company)
    domain.set_owner(actor=the(second), membership_id=owner.pk, is_owner=False)
    assert last_trail()[0] == "membership.owner_ended"
    assert (the(owner).is_owner, the(owner).company_id) == (False, owner.company_id)
    with refused(Conflict, "last_in_charge", Membership):
        domain.set_owner(actor=the(second), membership_id=second.pk, is_owner=False)


@pytest.mark.parametrize("is_owner", [True, False])
def test_saying_what_is_so_already_is_a_conflict(is_owner):
    owner = owner_of()
    other = owner_of(owner.company) if is_owner else colleague(owner)
    with refused(Conflict, "conflict", Membership):
        domain.set_owner(actor=the(owner), membership_id=other.pk, is_owner=is_owner)


ASKING = {
    "a colleague who is no owner": (NotAllowed, "owners_only"),
    "an owner of another company": (NotFound, "not_found"),
    "staff": (NotFound, "not_found"),
    "the operator": (NotFound, "not_found"),
    "a visitor": (NotFound, "not_found"),
}


@pytest.mark.parametrize("who", ASKING)
@pytest.mark.parametrize("is_owner", [True, False])
def test_nobody_else_decides_about_owners(who, is_owner):
    owner = owner_of()
    target = colleague(owner) if is_owner else owner_of(owner.company)
    actor = {
        "a colleague who is no owner": lambda: the(colleague(owner)),
        "an owner of another company": lambda: the(owner_of()),
        "staff": lambda: the(MembershipFactory(school=owner.company.school)),
        "the operator": lambda: the(MembershipFactory(operator=True)),
        "a visitor": lambda: ANONYMOUS,
    }[who]()
    with refused(*ASKING[who], Membership):
        domain.set_owner(actor=actor, membership_id=target.pk, is_owner=is_owner)


def test_staff_and_students_are_nobodys_owners():
    staff = MembershipFactory()
    peer = MembershipFactory(school=staff.school)
    with refused(NotAllowed, "owners_only", Membership):
        domain.set_owner(actor=the(staff), membership_id=peer.pk, is_owner=True)


# (what the person is, whether somebody like them stays) -> what leaving and erasing answer
LEAVING = {
    ("owner", False): "last_in_charge",
    ("owner", True): "",
    ("recruiter", False): "",
    ("staff", False): "last_in_charge",
    ("staff", True): "",
    ("department staff", False): "",
    ("operator", False): "last_in_charge",
    ("operator", True): "",
    ("student", False): "",
}


def person(kind: str, others: bool) -> Membership:
    """Somebody of this kind; beside them a colleague who is not in charge, and one who is if `others`."""
    match kind:
        case "owner":
            row = owner_of()
            colleague(row)
            owner_of(row.company, ended=True)
            if others:
                owner_of(row.company)
        case "recruiter":
            row = MembershipFactory(recruiter=True)
        case "operator":
            row = MembershipFactory(operator=True)
            if others:
                MembershipFactory(operator=True)
        case "student":
            row = MembershipFactory(of_student=True)
        case _:
            row = MembershipFactory()
            department = DepartmentFactory(school=row.school)
            member = MembershipFactory(school=row.school, department=department)
            row = member if kind == "department staff" else row
            if others:
                MembershipFactory(school=row.school)
    return row


@pytest.mark.parametrize(("kind", "others"), LEAVING)
def test_erasing_waits_for_somebody_to_take_over(kind, others):
    row, code = person(kind, others), LEAVING[kind, others]
    assert bool(domain.what_holds(actor=the(row))) == bool(code)
    if code:
        with refused(Conflict, code, Membership, User):
            domain.erase_account(actor=the(row), password=PASSWORD)
        return
    domain.erase_account(actor=the(row), password=PASSWORD)
    row.refresh_from_db()
    assert (row.ended_at is not None, User.objects.get(pk=row.user_id).is_active) == (True, False)


@pytest.mark.parametrize(("kind", "others"), LEAVING)
def test_asking_what_holds_somebody_only_reads(kind, others, django_assert_num_queries):
    """A page is shown for it: no savepoint, and on PostgreSQL no lock in anybody's way."""
    actor = the(person(kind, others))
    with django_assert_num_queries(1 if kind in {"recruiter", "student", "department staff"} else 2) as asked:
        domain.what_holds(actor=actor)
    assert not [query["sql"] for query in asked if "FOR UPDATE" in query["sql"]]


@pytest.mark.parametrize(("kind", "others"), LEAVING)
def test_leaving_is_for_teams_and_waits_as_well(kind, others):
    row, code = person(kind, others), LEAVING[kind, others]
    if kind in {"operator", "student"}:
        with refused(NotFound, "not_found", Membership):
            domain.leave_team(actor=the(row))
    elif code:
        with refused(Conflict, code, Membership):
            domain.leave_team(actor=the(row))
    else:
        assert domain.leave_team(actor=the(row)).ended_at is not None
        assert User.objects.get(pk=row.user_id).is_active


def test_an_owner_whose_account_is_closed_does_not_count():
    owner = owner_of()
    owner_of(owner.company, user__is_active=False)
    with refused(Conflict, "last_in_charge", Membership):
        domain.leave_team(actor=the(owner))


def leave_at_once(rows: list[Membership]) -> list[str]:
    """Everybody leaves at the same moment, each on a connection of their own; what each was answered."""
    gate, outcomes = threading.Barrier(len(rows)), []

    def leave(row: Membership) -> None:
        actor = actor_of(row.user)
        gate.wait()
        try:
            domain.leave_team(actor=actor)
            outcomes.append("left")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=leave, args=(row,)) for row in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("guard", [True, False])
def test_of_three_owners_who_leave_at_once_one_stays(guard, monkeypatch):
    """With the look at who remains switched off, the company is left without anybody."""
    owner = owner_of()
    rows = [owner, owner_of(owner.company), owner_of(owner.company)]
    if not guard:
        monkeypatch.setattr(guarded, "check_replaceable", lambda membership: None)
    answers = leave_at_once(rows)
    left = Membership.objects.filter(company=owner.company, ended_at__isnull=True).count()
    assert (answers, left) == (
        (["last_in_charge", "left", "left"], 1) if guard else (["left", "left", "left"], 0)
    )


# Pages and JSON


def browser(row: Membership) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(row.user)
    return client


def program(row: Membership) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(row.user)
    return client


def test_the_page_offers_owners_both_ways_and_members_only_the_door():
    owner = owner_of()
    heir = colleague(owner)
    page = browser(owner).get("/team/").content.decode()
    assert page.count("Make owner") == 1
    assert page.count("End ownership") == 1
    assert "Leave this team" in page
    plain = browser(heir).get("/team/").content.decode()
    assert ("Make owner" in plain, "End ownership" in plain, "Leave this team" in plain) == (
        False,
        False,
        True,
    )
    operator = browser(MembershipFactory(operator=True)).get("/team/").content.decode()
    assert "Leave this team" not in operator


def test_handing_over_on_the_page():
    owner = owner_of()
    heir = colleague(owner, user__name="王敏")
    client = browser(owner)
    assert client.post(f"/team/members/{heir.pk}/owner/", {"is_owner": "1"})["Location"] == "/team/"
    assert "王敏 is an owner now." in client.get("/team/").content.decode()
    assert client.post("/team/leave/")["Location"] == "/"
    answer = client.get("/account/")
    assert f"You no longer belong to {owner.company}." in answer.content.decode()
    assert set(Membership.objects.filter(ended_at__isnull=True)) == {heir}


def test_the_last_owner_reads_why_on_each_page():
    owner = owner_of()
    sentence = f"{owner.company} would have no owner. Make a colleague an owner first, or invite one."
    client = browser(owner)
    erase = client.get("/account/erase/")
    assert (erase.status_code, sentence in erase.content.decode()) == (200, True)
    assert 'name="password"' not in erase.content.decode()
    for answer in (client.post("/account/erase/", {"password": PASSWORD}), client.post("/team/leave/")):
        assert (answer.status_code, sentence in answer.content.decode()) == (409, True)
    assert actor_of(owner.user).is_owner


def test_others_find_the_form_on_the_erasing_page():
    page = browser(MembershipFactory(recruiter=True)).get("/account/erase/").content.decode()
    assert ('name="password"' in page, "Hand over first" in page) == (True, False)


@pytest.mark.parametrize("path", ["/team/leave/", "/team/members/{pk}/owner/"])
def test_both_want_a_post_and_a_person(path):
    owner = owner_of()
    address = path.format(pk=owner.pk)
    assert browser(owner).get(address).status_code == 405
    assert Client().post(address)["Location"] == f"/accounts/login/?next={address}"
    assert Membership.objects.get(pk=owner.pk).ended_at is None


def test_the_same_over_json():
    owner = owner_of()
    heir = colleague(owner)
    client = program(owner)
    answer = client.patch(f"/api/v1/members/{heir.pk}/", {"is_owner": True}, format="json")
    assert (answer.status_code, answer.json()["is_owner"], answer.json()["id"]) == (200, True, heir.pk)
    assert client.post("/api/v1/members/leave/").status_code == 204
    assert client.get("/api/v1/me/").json()["role"] == "anonymous"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"is_owner": "perhaps"}, 422, "invalid"),
        ({"is_owner": False}, 409, "last_in_charge"),
    ],
)
def test_json_refuses_without_a_trace(body, status, code):
    owner = owner_of()
    before = list(Membership.objects.values())
    answer = program(owner).patch(f"/api/v1/members/{owner.pk}/", body, format="json")
    assert (answer.status_code, answer.json()["error"]) == (status, code)
    assert list(Membership.objects.values()) == before


def test_leaving_over_json_is_for_teams():
    student = MembershipFactory(of_student=True)
    assert program(student).post("/api/v1/members/leave/").status_code == 403
    assert Membership.objects.get(pk=student.pk).ended_at is None
    last = MembershipFactory()
    answer = program(last).post("/api/v1/members/leave/")
    assert (answer.status_code, answer.json()["params"]) == (409, {"place": str(last.school)})
