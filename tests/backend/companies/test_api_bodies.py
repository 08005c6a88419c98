"""Companies as JSON, whole bodies: each audience, each refusal, keys, pages and contact data."""

import pytest
from rest_framework.test import APIClient

from backend.companies.enums import CompanyStatus
from backend.companies.models import Company, CompanyDivision, VettingDecision
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
API = "/api/v1/companies/"
ROWS = (Company, CompanyDivision, VettingDecision)
NOT_FOUND = {"error": "not_found", "message": "This does not exist, or you may not see it.", "params": {}}
PHONE, NAME = "13900001234", "金丝雀联系人"


def api(user=None) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    if user is not None:
        client.force_login(user)
    return client


def body(school, **changed) -> dict:
    return {
        "school": school.pk,
        "name": "星河精密有限公司",
        "credit_code": credit_code(5),
        "industry": "制造业",
        "size": "100-499",
        "city_code": "310000",
        **changed,
    }


@pytest.fixture
def company() -> Company:
    """A verified company with contact data that must not wander."""
    return CompanyFactory(verified=True, contact_name=NAME, contact_phone=PHONE)


def readers(company: Company) -> dict[str, APIClient]:
    """Everybody who reaches the company, by what they are to it."""
    ally = SchoolFactory()
    alliance = AllianceFactory()
    for school in (company.school, ally):
        school.alliance = alliance
        school.save()
    department = DepartmentFactory(school=company.school)
    return {
        "nobody": api(),
        "newcomer": api(UserFactory()),
        "student": api(MembershipFactory(of_student=True, student__school=company.school).user),
        "dean": api(MembershipFactory(school=company.school, department=department).user),
        "allied staff": api(MembershipFactory(school=ally).user),
        "staff": api(MembershipFactory(school=company.school).user),
        "recruiter": api(RecruiterFactory(company=company).user),
        "operator": api(MembershipFactory(operator=True).user),
    }


MAY_CONTACT = {"staff", "recruiter", "operator"}


def test_contact_data_goes_to_the_company_and_to_those_who_vet_it(company):
    for who, client in readers(company).items():
        one = client.get(f"{API}{company.pk}/")
        many = client.get(API)
        assert (one.status_code, many.status_code) == (200, 200), who
        for answer in (one, many):
            text = answer.content.decode()
            assert (NAME in text, PHONE in text) == ((who in MAY_CONTACT,) * 2), who


def test_the_public_body_is_exactly_this(company):
    assert api().get(f"{API}{company.pk}/").json() == {
        "id": company.pk,
        "name": company.name,
        "credit_code": company.credit_code,
        "industry": "制造业",
        "size": "100-499",
        "city_code": "310000",
        "address": "浦东新区东方路1号",
        "website": "",
        "about": "我们做精密零件。",
        "status": "verified",
        "vetted_until": "2026-09-01T09:00:00+08:00",
    }


def test_the_own_body_adds_exactly_this(company):
    public = api().get(f"{API}{company.pk}/").json()
    own = api(RecruiterFactory(company=company).user).get(f"{API}{company.pk}/").json()
    assert own == public | {
        "contact_name": NAME,
        "contact_phone": PHONE,
        "submitted_at": None,
        "version": 1,
    }


@pytest.mark.parametrize("trait", ["submitted", "rejected", "expired", "suspended"])
def test_what_is_not_reachable_does_not_exist_for_the_public(trait):
    company = CompanyFactory(**{trait: True})
    student = MembershipFactory(of_student=True, student__school=company.school)
    for client in (api(), api(student.user), api(RecruiterFactory().user)):
        answer = client.get(f"{API}{company.pk}/")
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
        assert company.pk not in [row["id"] for row in client.get(API).json()["results"]]


def test_registration_answers_the_whole_company():
    school = SchoolFactory()
    answer = api(UserFactory()).post(API, body(school), format="json")
    made = Company.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": made.pk,
        "name": "星河精密有限公司",
        "credit_code": credit_code(5),
        "industry": "制造业",
        "size": "100-499",
        "city_code": "310000",
        "address": "",
        "website": "",
        "about": "",
        "status": "draft",
        "vetted_until": None,
        "contact_name": "",
        "contact_phone": "",
        "submitted_at": None,
        "version": 1,
    }


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"school": 0}, ["school"]),
        ({"school": 999_999}, ["school"]),
        ({"school": "x"}, ["school"]),
        ({"name": ""}, ["name"]),
        ({"name": "长" * 121}, ["name"]),
        ({"credit_code": "1" * 17}, ["credit_code"]),
        ({"credit_code": "1" * 19}, ["credit_code"]),
        ({"size": "many"}, ["size"]),
        ({"city_code": "上海"}, ["city_code"]),
        ({"city_code": "3100000"}, ["city_code"]),
        ({"website": "javascript:alert(1)"}, ["website"]),
        ({"website": "x" * 201}, ["website"]),
        ({"about": "字" * 3001}, ["about"]),
        ({"contact_phone": "1" * 31}, ["contact_phone"]),
        ({"contact_name": "名" * 61}, ["contact_name"]),
        ({"industry": ""}, ["industry"]),
        ({"address": "路" * 201}, ["address"]),
    ],
)
def test_a_wrong_registration_names_its_field(changed, fields):
    school, client = SchoolFactory(), api(UserFactory())
    before = contents(*ROWS)
    answer = client.post(API, body(school) | changed, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, fields)
    assert contents(*ROWS) == before


def test_a_missing_field_is_named():
    answer = api(UserFactory()).post(API, {}, format="json")
    assert answer.json() == {
        "error": "invalid",
        "message": "Some entries need correcting.",
        "params": {},
        "fields": {
            field: ["This field is required."]
            for field in ("name", "credit_code", "industry", "size", "city_code", "school")
        },
    }


def test_a_repeat_with_the_same_key_registers_once():
    school, client = SchoolFactory(), api(UserFactory())
    first, again = [client.post(API, body(school), format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    other = client.post(API, body(school, name="别的"), format="json", HTTP_IDEMPOTENCY_KEY="k")
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    without = client.post(API, body(school), format="json")
    assert (without.status_code, without.json()["error"]) == (403, "already_member")
    assert Company.objects.count() == 1


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("nobody", 401),
        ("newcomer", 403),
        ("student", 403),
        ("dean", 403),
        ("allied staff", 403),
        ("staff", 403),
        ("recruiter", 403),
        ("operator", 403),
    ],
)
def test_only_owners_change_and_submit(company, who, status):
    client = readers(company)[who]
    before = contents(*ROWS)
    assert client.patch(f"{API}{company.pk}/", {"about": "x"}, format="json").status_code == status
    assert client.post(f"{API}{company.pk}/submit/").status_code == status
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("nobody", 401),
        ("newcomer", 403),
        ("student", 403),
        ("dean", 403),
        ("allied staff", 403),
        ("recruiter", 403),
    ],
)
def test_only_those_who_vet_decide(company, who, status):
    client = readers(company)[who]
    before = contents(*ROWS)
    decision = {"outcome": "suspended", "reason": "x"}
    assert client.post(f"{API}{company.pk}/decisions/", decision, format="json").status_code == status
    assert contents(*ROWS) == before


@pytest.mark.parametrize("who", ["staff", "operator"])
def test_a_decision_answers_the_decision(company, who):
    answer = readers(company)[who].post(
        f"{API}{company.pk}/decisions/", {"outcome": "suspended", "reason": "投诉"}, format="json"
    )
    made = VettingDecision.objects.get()
    assert (answer.status_code, answer.json()) == (
        201,
        {
            "id": made.pk,
            "company": company.pk,
            "outcome": "suspended",
            "reason": "投诉",
            "valid_until": None,
            "created_at": "2026-03-02T09:00:00+08:00",
        },
    )
    company.refresh_from_db()
    assert company.status == CompanyStatus.SUSPENDED


@pytest.mark.parametrize(
    ("decision", "status", "error"),
    [
        ({}, 422, "invalid"),
        ({"outcome": "draft"}, 422, "invalid"),
        ({"outcome": "submitted"}, 422, "invalid"),
        ({"outcome": "suspended"}, 422, "invalid"),
        ({"outcome": "suspended", "reason": "  "}, 422, "invalid"),
        ({"outcome": "suspended", "reason": "字" * 1001}, 422, "invalid"),
        ({"outcome": "verified", "version": 1}, 409, "wrong_state"),
        ({"outcome": "rejected", "reason": "x", "version": 1}, 409, "wrong_state"),
    ],
)
def test_a_wrong_decision_about_a_verified_company(company, decision, status, error):
    office = api(MembershipFactory(school=company.school).user)
    before = contents(*ROWS)
    answer = office.post(f"{API}{company.pk}/decisions/", decision, format="json")
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert contents(*ROWS) == before


def test_a_decision_with_a_key_is_taken_once():
    company = CompanyFactory(submitted=True)
    office = api(MembershipFactory(school=company.school).user)
    address, decision = f"{API}{company.pk}/decisions/", {"outcome": "verified", "version": 1}
    first, again = [office.post(address, decision, format="json", HTTP_IDEMPOTENCY_KEY="k") for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert VettingDecision.objects.count() == 1


def test_another_companys_divisions_do_not_exist():
    division = CompanyDivision.objects.create(company=CompanyFactory(), name="一部")
    owner = api(RecruiterFactory(owner=True).user)
    assert owner.get("/api/v1/divisions/").json()["results"] == []
    answer = owner.delete(f"/api/v1/divisions/{division.pk}/")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert CompanyDivision.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "status"),
    [("华东", 201), ("部" * 80, 201), ("部" * 81, 422), ("", 422), ("  ", 422), (None, 422)],
)
def test_the_name_of_a_division(name, status):
    owner = api(RecruiterFactory(owner=True).user)
    assert owner.post("/api/v1/divisions/", {"name": name}, format="json").status_code == status
    assert CompanyDivision.objects.count() == (1 if status == 201 else 0)


def test_members_see_divisions_but_do_not_add_them():
    member = RecruiterFactory()
    CompanyDivision.objects.create(company=member.company, name="一部")
    client = api(member.user)
    assert [row["name"] for row in client.get("/api/v1/divisions/").json()["results"]] == ["一部"]
    answer = client.post("/api/v1/divisions/", {"name": "二部"}, format="json")
    assert (answer.status_code, answer.json()) == (
        403,
        {"error": "owners_only", "message": "Only owners of the company may do this.", "params": {}},
    )
    assert CompanyDivision.objects.count() == 1


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("who", "queries"), [("nobody", 1), ("staff", 4)])
def test_a_list_costs_the_same_for_one_and_three(rows, who, queries, django_assert_num_queries):
    school = SchoolFactory()
    CompanyFactory.create_batch(rows, school=school, verified=True)
    client = api() if who == "nobody" else api(MembershipFactory(school=school).user)
    with django_assert_num_queries(queries):
        assert len(client.get(API).json()["results"]) == rows


def test_a_long_list_comes_in_pages_without_gaps_or_repeats():
    made = [company.pk for company in CompanyFactory.create_batch(5, verified=True)]
    found, address = [], f"{API}?page_size=2"
    while address:
        page = api().get(address).json()
        found += [row["id"] for row in page["results"]]
        address = page["next"]
    assert found == made[::-1]


def test_changing_answers_the_new_version_and_refuses_nonsense():
    owner = RecruiterFactory(owner=True)
    client, address = api(owner.user), f"{API}{owner.company_id}/"
    answer = client.patch(address, {"about": "新", "website": "https://example.org"}, format="json")
    assert (answer.status_code, answer.json()["version"], answer.json()["website"]) == (
        200,
        2,
        "https://example.org",
    )
    same = client.patch(address, {"about": "新"}, format="json").json()
    assert same["version"] == 2
    wrong = client.patch(address, {"size": "x"}, format="json")
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["size"])


def test_the_company_of_a_change_comes_from_the_session_not_from_the_body():
    owner, other = RecruiterFactory(owner=True), CompanyFactory(verified=True)
    client = api(owner.user)
    client.patch(
        f"{API}{owner.company_id}/", {"id": other.pk, "status": "verified", "about": "x"}, format="json"
    )
    owner.company.refresh_from_db()
    other.refresh_from_db()
    assert (owner.company.status, owner.company.about, other.about) == ("draft", "x", "我们做精密零件。")
    assert client.patch(f"{API}{other.pk}/", {"about": "x"}, format="json").status_code == 404
