"""The trail: what is written, who sees it, and that every verb can be said in words."""

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import translation
from rest_framework.test import APIClient

from backend.accounts.actor import SYSTEM, actor_of
from backend.accounts.enums import Role
from backend.audit.domain import record
from backend.audit.models import AuditEntry
from backend.audit.queries import entries_visible_to, history_of
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.schools import DepartmentFactory, SchoolFactory


@pytest.mark.django_db
def test_a_row_says_who_did_what_in_which_scope(frozen_now):
    owner = MembershipFactory(owner=True)
    record(
        actor=actor_of(owner.user),
        verb="company.updated",
        target=owner.company,
        before="a",
        after="b",
        reason="why",
        data={"n": 1},
    )
    entry = AuditEntry.objects.get()
    assert (
        entry.at,
        entry.verb,
        entry.actor_user_id,
        entry.actor_role,
        entry.school_id,
        entry.company_id,
    ) == (
        frozen_now,
        "company.updated",
        owner.user_id,
        Role.RECRUITER,
        owner.company.school_id,
        owner.company_id,
    )
    assert (entry.target, entry.target_id, entry.before, entry.after, entry.reason, entry.data) == (
        "companies.company",
        owner.company_id,
        "a",
        "b",
        "why",
        {"n": 1},
    )


@pytest.mark.django_db
def test_the_history_of_a_row_is_its_own_in_order():
    first, second = SchoolFactory(), SchoolFactory()
    for verb, target in (("school.added", first), ("school.added", second), ("school.changed", first)):
        record(actor=SYSTEM, verb=verb, target=target)
    assert [entry.verb for entry in history_of(first)] == ["school.added", "school.changed"]


@pytest.mark.django_db
def test_staff_see_their_own_school_the_operator_all_and_others_nothing():
    staff, operator = MembershipFactory(), MembershipFactory(operator=True)
    department = DepartmentFactory(school=staff.school)
    part = MembershipFactory(school=staff.school, department=department)
    foreign = MembershipFactory()
    for member in (staff, foreign):
        record(actor=actor_of(member.user), verb="school.changed", target=member.school)
    own, other = AuditEntry.objects.order_by("id")
    assert list(entries_visible_to(actor_of(staff.user))) == [own]
    assert list(entries_visible_to(actor_of(operator.user))) == [other, own]
    for user in (
        part.user,
        MembershipFactory(owner=True).user,
        MembershipFactory(of_student=True).user,
        UserFactory(),
    ):
        assert list(entries_visible_to(actor_of(user))) == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("traits", "status"),
    [({}, 200), ({"operator": True}, 200), ({"owner": True}, 404), ({"of_student": True}, 404)],
)
def test_who_may_open_the_page(traits, status):
    client = Client()
    client.force_login(MembershipFactory(**traits).user)
    assert client.get("/trail/").status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_is_narrowed_and_costs_the_same_whatever_the_rows(rows, django_assert_num_queries):
    staff = MembershipFactory()
    for _ in range(rows):
        record(actor=actor_of(staff.user), verb="school.changed", target=staff.school)
    record(actor=actor_of(staff.user), verb="student.confirmed", target=staff.school)
    client = Client()
    client.force_login(staff.user)
    with django_assert_num_queries(6):  # session, user, membership, count, rows, unread
        assert len(client.get("/trail/?noun=school").context["rows"]) == rows
    assert len(client.get("/trail/?noun=nonsense").context["rows"]) == rows + 1


@pytest.mark.django_db
def test_json_is_filtered_by_row_and_scoped():
    staff, foreign = MembershipFactory(), MembershipFactory()
    for member in (staff, foreign):
        record(actor=actor_of(member.user), verb="school.changed", target=member.school)
    api = APIClient()
    api.force_login(staff.user)
    own, other = AuditEntry.objects.order_by("id")
    assert [row["id"] for row in api.get("/api/v1/trail/?target=schools.school").json()["results"]] == [
        own.pk
    ]
    assert api.get(f"/api/v1/trail/{other.pk}/").status_code == 404
    assert api.get(f"/api/v1/trail/?target_id={staff.school_id + 999}").json()["results"] == []
    api.force_login(MembershipFactory(owner=True).user)
    assert api.get("/api/v1/trail/").status_code == 403


@pytest.mark.django_db
def test_the_history_tag_names_roles_not_people():
    staff = MembershipFactory()
    record(actor=actor_of(staff.user), verb="school.changed", target=staff.school, reason="新的名称")
    template = Template("{% load audit %}{% history school %}")
    with translation.override("zh-hans"):
        drawn = template.render(Context({"school": staff.school}))
        empty = template.render(Context({"school": SchoolFactory()}))
    assert "学校：已修改" in drawn
    assert "教师" in drawn
    assert "新的名称" in drawn
    assert staff.user.name not in drawn
    assert "还没有任何记录" in empty
