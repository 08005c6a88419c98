"""Company pages: registration to decision in the browser, who gets which page, files by policy."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from backend.companies.enums import CompanyStatus
from backend.companies.models import Company, VettingEvidence
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.schools import SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def signed_in(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def entries(school, **changed):
    return {
        "school": school.pk,
        "name": "星河精密有限公司",
        "credit_code": credit_code(12),
        "industry": "制造业",
        "size": "100-499",
        "city_code": "310000",
        "contact_name": "林岚",
        "contact_phone": "021-00000000",
        **changed,
    }


def licence(content=b"%PDF-1.7 x"):
    return SimpleUploadedFile("licence.pdf", content)


def test_from_registration_to_verified_in_the_browser():
    school = SchoolFactory()
    owner, office = signed_in(UserFactory()), signed_in(MembershipFactory(school=school).user)
    assert owner.get("/company/")["Location"] == "/company/register/"
    assert owner.post("/company/register/", entries(school))["Location"] == "/company/licence/"
    assert owner.post("/company/licence/", {"file": licence()})["Location"] == "/company/"
    company = Company.objects.get()
    assert owner.post("/company/submit/")["Location"] == "/company/"
    assert company.name in office.get("/staff/companies/").content.decode()
    page = office.get(f"/staff/companies/{company.pk}/").content.decode()
    assert "licence.pdf" in page
    company.refresh_from_db()
    answer = office.post(
        f"/staff/companies/{company.pk}/", {"outcome": "verified", "reason": "", "version": company.version}
    )
    assert answer["Location"] == "/staff/companies/"
    company.refresh_from_db()
    assert company.status == CompanyStatus.VERIFIED
    assert "2026-09-01" in owner.get("/company/").content.decode()
    assert Client().get(f"/companies/{company.pk}/").status_code == 200


def test_a_wrong_code_is_said_beside_the_field():
    school, owner = SchoolFactory(), signed_in(UserFactory())
    wrong = credit_code(12)[:-1] + ("0" if credit_code(12)[-1] != "0" else "1")
    answer = owner.post("/company/register/", entries(school, credit_code=wrong))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["credit_code"])
    assert Company.objects.count() == 0


def test_who_is_something_already_may_not_register():
    school = SchoolFactory()
    office = signed_in(MembershipFactory(school=school).user)
    assert office.get("/company/register/").status_code == 403
    assert office.post("/company/register/", entries(school)).status_code == 403
    assert Company.objects.count() == 0
    assert signed_in(RecruiterFactory().user).get("/company/register/")["Location"] == "/company/"


def test_an_upload_that_is_no_licence_is_said_beside_the_field():
    owner = signed_in(RecruiterFactory(owner=True).user)
    answer = owner.post("/company/licence/", {"file": licence(b"MZ program")})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert VettingEvidence.objects.count() == 0


def test_submitting_without_a_licence_says_so():
    membership = RecruiterFactory(owner=True)
    answer = signed_in(membership.user).post("/company/submit/", follow=True)
    assert answer.status_code == 200
    membership.company.refresh_from_db()
    assert membership.company.status == CompanyStatus.DRAFT
    assert len(list(answer.context["messages"])) == 1


def test_sending_back_without_a_reason_is_said_beside_the_field():
    company = CompanyFactory(submitted=True)
    office = signed_in(MembershipFactory(school=company.school).user)
    answer = office.post(
        f"/staff/companies/{company.pk}/", {"outcome": "rejected", "reason": "", "version": company.version}
    )
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reason"])
    company.refresh_from_db()
    assert company.status == CompanyStatus.SUBMITTED


def test_the_decision_form_offers_what_is_possible():
    offered = {}
    for trait in ("submitted", "verified", "suspended", "rejected"):
        company = CompanyFactory(**{trait: True})
        office = signed_in(MembershipFactory(school=company.school).user)
        form = office.get(f"/staff/companies/{company.pk}/").context["form"]
        offered[trait] = [value for value, _label in form.fields["outcome"].choices]
    assert offered == {
        "submitted": ["verified", "rejected"],
        "verified": ["suspended"],
        "suspended": ["verified"],
        "rejected": [],
    }


def test_evidence_goes_as_an_attachment_to_those_who_may_see_it():
    membership = RecruiterFactory(owner=True)
    owner = signed_in(membership.user)
    owner.post("/company/licence/", {"file": licence()})
    address = f"/company/evidence/{VettingEvidence.objects.get().pk}/"
    office = signed_in(MembershipFactory(school=membership.company.school).user)
    for client in (owner, office):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"].startswith("attachment")
        assert b"".join(answer.streaming_content) == b"%PDF-1.7 x"
    strangers = [
        signed_in(RecruiterFactory().user),
        signed_in(MembershipFactory().user),
        signed_in(UserFactory()),
    ]
    assert [client.get(address).status_code for client in strangers] == [404, 404, 404]
    assert Client().get(address).status_code == 302


@pytest.mark.parametrize("trait", ["submitted", "rejected", "suspended", "expired"])
def test_the_public_page_is_for_reachable_companies(trait):
    assert Client().get(f"/companies/{CompanyFactory(**{trait: True}).pk}/").status_code == 404


def test_the_public_page_keeps_contact_data_to_itself():
    company = CompanyFactory(verified=True)
    page = Client().get(f"/companies/{company.pk}/").content.decode()
    assert company.name in page
    assert company.contact_name not in page
    assert company.contact_phone not in page


def test_divisions_in_the_browser():
    membership = RecruiterFactory(owner=True)
    owner = signed_in(membership.user)
    owner.post("/company/divisions/", {"name": "华东事业部"})
    division = membership.company.divisions.get()
    assert owner.post("/company/divisions/", {"name": "华东事业部"}).status_code == 422
    member = signed_in(RecruiterFactory(company=membership.company).user)
    assert member.post(f"/company/divisions/{division.pk}/remove/").status_code == 403
    assert owner.post(f"/company/divisions/{division.pk}/remove/").status_code == 302
    assert membership.company.divisions.count() == 0


PAGES = {
    "/company/": {"recruiter": 200, "staff": 404, "visitor": 302},
    "/company/profile/": {"recruiter": 200, "staff": 404, "visitor": 302},
    "/company/licence/": {"recruiter": 200, "staff": 404, "visitor": 302},
    "/company/divisions/": {"recruiter": 200, "staff": 404, "visitor": 302},
    "/staff/companies/": {"recruiter": 404, "staff": 200, "visitor": 302},
    "/staff/companies/{pk}/": {"recruiter": 404, "staff": 200, "visitor": 302},
    "/companies/{pk}/": {"recruiter": 200, "staff": 200, "visitor": 200},
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_answers_its_roles_and_nobody_else(path):
    company = CompanyFactory(verified=True)
    people = {
        "recruiter": signed_in(RecruiterFactory(company=company, owner=True).user),
        "staff": signed_in(MembershipFactory(school=company.school).user),
        "visitor": Client(),
    }
    answers = {name: client.get(path.format(pk=company.pk)).status_code for name, client in people.items()}
    assert answers == PAGES[path]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_takes_the_same_queries_with_one_row_and_with_three(rows, django_assert_num_queries):
    school = SchoolFactory()
    CompanyFactory.create_batch(rows, school=school, submitted=True)
    office = signed_in(MembershipFactory(school=school).user)
    with django_assert_num_queries(6):
        answer = office.get("/staff/companies/")
    assert len(answer.context["rows"]) == rows
