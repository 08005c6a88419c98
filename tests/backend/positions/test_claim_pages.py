"""Pages and JSON by which imported positions go to the company itself."""

import pytest
from django.utils import translation
from rest_framework.test import APIClient

from backend.companies.models import Company
from backend.positions.models import Position
from tests.backend.positions.conftest import signed_in
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory


def test_an_owner_takes_over_on_the_page(company, owner, coded):
    browser = signed_in(MembershipFactory(owner=True, company=company).user)
    assert f'name="source" value="{coded.pk}"' in browser.get("/company/positions/").content.decode()
    answer = browser.post("/company/positions/claim/", {"source": coded.pk})
    assert (answer.status_code, answer["Location"]) == (302, "/company/positions/")
    assert Position.objects.filter(company=company).count() == 3
    assert 'name="source"' not in browser.get("/company/positions/").content.decode()


NO_NUMBERS = ["", "x", "0", "-1", "²", "１", "9" * 30, "9" * 5000]


@pytest.mark.parametrize("source", NO_NUMBERS)
def test_a_source_that_is_no_number_is_named(company, coded, source):
    browser = signed_in(MembershipFactory(owner=True, company=company).user)
    before = contents(Position, Company)
    answer = browser.post("/company/positions/claim/", {"source": source})
    assert (answer.status_code, contents(Position, Company)) == (422, before)
    assert f"“source”须为 1 至 {2**63 - 1} 之间的整数。" in answer.content.decode()


@pytest.mark.parametrize("name", ["company", "source"])
@pytest.mark.parametrize("value", NO_NUMBERS)
def test_staff_name_both_by_number(office_browser, company, named, name, value):
    before = contents(Position, Company)
    sent = {"company": company.pk, "source": named.pk} | {name: value}
    answer = office_browser.post("/staff/positions/claims/", sent)
    assert (answer.status_code, contents(Position, Company)) == (422, before)


def test_a_colleague_is_told_whom_to_ask(hr_browser, company, coded, named):
    text = hr_browser.get("/company/positions/").content.decode()
    assert 'name="source"' not in text
    with translation.override("zh-hans"):
        assert str(translation.gettext("An owner of the company can take them over.")) in text
        assert (
            str(translation.gettext("Only the name is the same: ask your school to hand them over.")) in text
        )
    assert hr_browser.post("/company/positions/claim/", {"source": coded.pk}).status_code == 403
    assert Position.objects.filter(company=coded).count() == 3


def test_staff_hand_over_on_the_page(office_browser, company, named):
    assert company.name in office_browser.get("/staff/positions/claims/").content.decode()
    answer = office_browser.post("/staff/positions/claims/", {"company": company.pk, "source": named.pk})
    assert (answer.status_code, answer["Location"]) == (302, "/staff/positions/claims/")
    assert Position.objects.get().company_id == company.pk
    assert list(office_browser.get("/staff/positions/claims/").context["rows"]) == []


def test_the_page_of_claims_is_for_staff(hr_browser, client):
    assert hr_browser.get("/staff/positions/claims/").status_code == 404
    assert client.get("/staff/positions/claims/").status_code == 302


def test_the_api_lists_and_takes_over(company, owner, coded):
    client = signed_in(MembershipFactory(owner=True, company=company).user, APIClient())
    assert client.get("/api/v1/position-claims/").json() == [
        {
            "company": company.pk,
            "company_name": company.name,
            "source": coded.pk,
            "source_name": "旧名称",
            "positions": 3,
            "by": "code",
        }
    ]
    answer = client.post("/api/v1/position-claims/", {"source": coded.pk}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"moved": 3})
    again = client.post("/api/v1/position-claims/", {"source": coded.pk}, format="json")
    assert (again.status_code, again.json()["error"]) == (404, "not_found")


def test_a_recruiter_never_names_the_company(hr_api, company, named):
    other = CompanyFactory(verified=True, school=company.school)
    body = {"source": named.pk, "company": other.pk}
    assert hr_api.post("/api/v1/position-claims/", body, format="json").status_code == 403
    assert Position.objects.get().company_id == named.pk


def test_the_api_hands_over_for_staff(office_api, company, named):
    before = contents(Position, Company)
    without = office_api.post("/api/v1/position-claims/", {"source": named.pk}, format="json")
    assert (without.status_code, without.json()["fields"]) == (422, {"company": ["请指明接收岗位的企业。"]})
    assert contents(Position, Company) == before
    body = {"source": named.pk, "company": company.pk}
    assert office_api.post("/api/v1/position-claims/", body, format="json").json() == {"moved": 1}
