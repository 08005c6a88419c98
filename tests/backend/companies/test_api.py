"""Companies as JSON: one shape per audience, one body for errors."""

import pytest
from rest_framework.test import APIClient

from backend.companies.enums import CompanyStatus
from backend.companies.models import Company, VettingDecision
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.schools import SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
CONTACT = {"contact_name", "contact_phone"}


def api(user=None):
    client = APIClient()
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def body(school, **changed):
    return {
        "school": school.pk,
        "name": "星河精密有限公司",
        "credit_code": credit_code(5),
        "industry": "制造业",
        "size": "100-499",
        "city_code": "310000",
        **changed,
    }


def test_registration_makes_a_draft():
    answer = api(UserFactory()).post("/api/v1/companies/", body(SchoolFactory()), format="json")
    assert (answer.status_code, answer.json()["status"]) == (201, "draft")
    assert Company.objects.count() == 1


def test_a_wrong_code_is_a_422_that_names_the_field():
    answer = api(UserFactory()).post(
        "/api/v1/companies/", body(SchoolFactory(), credit_code="1" * 18), format="json"
    )
    assert answer.status_code == 422
    assert answer.json()["error"] == "invalid"
    assert list(answer.json()["fields"]) == ["credit_code"]
    assert Company.objects.count() == 0


def test_visitors_see_reachable_companies_without_contact_data():
    seen = CompanyFactory(verified=True)
    CompanyFactory(suspended=True)
    rows = api().get("/api/v1/companies/").json()["results"]
    assert [row["id"] for row in rows] == [seen.pk]
    assert CONTACT & set(rows[0]) == set()


def test_the_company_itself_sees_its_contact_data():
    membership = RecruiterFactory()
    row = api(membership.user).get(f"/api/v1/companies/{membership.company_id}/").json()
    assert set(row) >= CONTACT


def test_staff_decide_and_others_may_not():
    company = CompanyFactory(submitted=True)
    address = f"/api/v1/companies/{company.pk}/decisions/"
    decision = {"outcome": "verified", "version": 1}
    outsiders = [
        (api(), {401, 403}),
        (api(RecruiterFactory(company=company, owner=True).user), {403}),
        (api(MembershipFactory().user), {404}),
    ]
    for client, codes in outsiders:
        assert client.post(address, decision, format="json").status_code in codes
    assert VettingDecision.objects.count() == 0
    office = api(MembershipFactory(school=company.school).user)
    assert office.post(address, {"outcome": "rejected", "version": 1}, format="json").status_code == 422
    assert office.post(address, decision, format="json").status_code == 201
    assert office.post(address, decision, format="json").status_code == 409
    company.refresh_from_db()
    assert company.status == CompanyStatus.VERIFIED


def test_owners_change_and_submit_and_members_do_not():
    membership = RecruiterFactory(owner=True)
    address = f"/api/v1/companies/{membership.company_id}/"
    assert api(membership.user).patch(address, {"about": "新"}, format="json").json()["about"] == "新"
    refused = api(membership.user).post(f"{address}submit/")
    assert (refused.status_code, refused.json()["error"]) == (422, "incomplete")
    member = api(RecruiterFactory(company=membership.company).user)
    assert member.patch(address, {"about": "旧"}, format="json").status_code == 403
    membership.company.refresh_from_db()
    assert membership.company.about == "新"


def test_divisions_of_the_own_company():
    owner = api(RecruiterFactory(owner=True).user)
    made = owner.post("/api/v1/divisions/", {"name": "一部"}, format="json")
    assert made.status_code == 201
    assert [row["name"] for row in owner.get("/api/v1/divisions/").json()["results"]] == ["一部"]
    other = api(RecruiterFactory(owner=True).user)
    assert other.delete(f"/api/v1/divisions/{made.json()['id']}/").status_code == 404
    assert owner.delete(f"/api/v1/divisions/{made.json()['id']}/").status_code == 204
