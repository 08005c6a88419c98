"""Company pages: each address for each role, forms at work, hostile text, files, queries, both languages."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from backend.companies.models import Company, CompanyDivision, VettingDecision, VettingEvidence
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory, credit_code
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
HOSTILE = "<script>alert('x')</script>"
ROWS = (Company, CompanyDivision, VettingEvidence, VettingDecision)
PEOPLE = (
    "nobody",
    "newcomer",
    "student",
    "owner",
    "member",
    "staff",
    "dean",
    "ally",
    "far staff",
    "operator",
)


def browser(user=None, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def company() -> Company:
    """A verified company whose telephone must not wander."""
    return CompanyFactory(verified=True, contact_phone="13900001234")


def person(company: Company, who: str) -> Client:
    school = company.school
    if who == "nobody":
        return browser()
    if who == "newcomer":
        return browser(UserFactory())
    if who == "ally":
        alliance, ally = AllianceFactory(), SchoolFactory()
        type(school).objects.filter(pk__in=[school.pk, ally.pk]).update(alliance=alliance)
        return browser(MembershipFactory(school=ally).user)
    member = {
        "student": lambda: MembershipFactory(of_student=True, student__school=school),
        "owner": lambda: RecruiterFactory(company=company, owner=True),
        "member": lambda: RecruiterFactory(company=company),
        "staff": lambda: MembershipFactory(school=school),
        "dean": lambda: MembershipFactory(school=school, department=DepartmentFactory(school=school)),
        "far staff": MembershipFactory,
        "operator": lambda: MembershipFactory(operator=True),
    }[who]()
    return browser(member.user)


OWN = {"nobody": 302, "owner": 200, "member": 200}
PAGES = {
    "/company/": OWN | {"newcomer": 302},
    "/company/profile/": OWN,
    "/company/licence/": OWN,
    "/company/divisions/": OWN,
    "/staff/companies/": {
        "nobody": 302,
        "staff": 200,
        "dean": 200,
        "ally": 200,
        "far staff": 200,
        "operator": 200,
    },
    "/staff/companies/{pk}/": {"nobody": 302, "staff": 200, "dean": 200, "ally": 200, "operator": 200},
    "/companies/{pk}/": {who: 200 for who in PEOPLE if who != "far staff"},
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_for_each_role(company, path):
    answers = {who: person(company, who).get(path.format(pk=company.pk)).status_code for who in PEOPLE}
    assert answers == {who: PAGES[path].get(who, 404) for who in PEOPLE}


@pytest.mark.parametrize("who", ["staff", "dean", "ally", "operator"])
def test_the_telephone_is_shown_to_those_who_vet(company, who):
    page = person(company, who).get(f"/staff/companies/{company.pk}/").content.decode()
    assert ("13900001234" in page) is (who in {"staff", "operator"})


@pytest.mark.parametrize("who", ["nobody", "newcomer", "student", "member", "staff"])
def test_the_public_page_shows_no_telephone_to_anybody(company, who):
    page = person(company, who).get(f"/companies/{company.pk}/").content.decode()
    assert company.name in page
    assert "13900001234" not in page


@pytest.mark.parametrize("who", ["dean", "ally"])
def test_who_does_not_vet_is_offered_no_decision(company, who):
    client = person(company, who)
    page = client.get(f"/staff/companies/{company.pk}/")
    assert (page.context["may_decide"], list(page.context["evidence"])) == (False, [])
    before = contents(*ROWS)
    answer = client.post(f"/staff/companies/{company.pk}/", {"outcome": "suspended", "reason": "x"})
    assert answer.status_code == 422
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("trait", "outcome", "reason", "after"),
    [
        ("submitted", "verified", "", "verified"),
        ("submitted", "rejected", "看不清", "rejected"),
        ("verified", "suspended", "投诉", "suspended"),
        ("suspended", "verified", "", "verified"),
    ],
)
def test_decisions_on_the_page(trait, outcome, reason, after):
    company = CompanyFactory(**{trait: True})
    client = person(company, "staff")
    answer = client.post(
        f"/staff/companies/{company.pk}/", {"outcome": outcome, "reason": reason, "version": 1}
    )
    company.refresh_from_db()
    assert (answer.status_code, answer["Location"], company.status) == (302, "/staff/companies/", after)
    assert list(company.decisions.values_list("outcome", "reason")) == [(after, reason)]


@pytest.mark.parametrize(
    ("trait", "body", "wrong"),
    [
        ("submitted", {}, ["outcome"]),
        ("submitted", {"outcome": "suspended", "reason": "x"}, ["outcome"]),
        ("submitted", {"outcome": "rejected", "reason": "  ", "version": 1}, ["reason"]),
        ("submitted", {"outcome": "verified", "reason": "字" * 1001}, ["reason"]),
        ("verified", {"outcome": "verified"}, ["outcome"]),
        ("verified", {"outcome": "suspended"}, ["reason"]),
        ("rejected", {"outcome": "verified"}, ["outcome"]),
    ],
)
def test_a_wrong_decision_is_shown_again(trait, body, wrong):
    company = CompanyFactory(**{trait: True})
    client = person(company, "staff")
    before = contents(*ROWS)
    answer = client.post(f"/staff/companies/{company.pk}/", body | {"csrfmiddlewaretoken": "x"})
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, wrong)
    assert contents(*ROWS) == before


ENTRIES = {
    "name": "星河精密有限公司",
    "credit_code": credit_code(777_012),
    "industry": "制造业",
    "size": "100-499",
    "city_code": "310000",
}


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"name": ""}, ["name"]),
        ({"credit_code": "1" * 18}, ["credit_code"]),
        ({"credit_code": ""}, ["credit_code"]),
        ({"website": "javascript:alert(1)"}, ["website"]),
        ({"city_code": "999999"}, ["city_code"]),
        ({"size": ""}, ["size"]),
        ({"industry": ""}, ["industry"]),
    ],
)
def test_wrong_entries_are_shown_again_with_what_was_typed(company, changed, wrong):
    client = person(company, "owner")
    before = contents(*ROWS)
    answer = client.post("/company/profile/", ENTRIES | {"about": "已写好的介绍"} | changed)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, wrong)
    assert "已写好的介绍" in answer.content.decode()
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("changed", "status", "said"),
    [
        ({"about": "新"}, "verified", "Saved."),
        (
            {"name": "新名有限公司"},
            "submitted",
            "Saved. The company waits for vetting again, because its name or code changed.",
        ),
    ],
)
def test_the_page_says_what_a_change_set_off(company, changed, status, said):
    entries = {
        field: getattr(company, field) for field in (*ENTRIES, "contact_name", "contact_phone", "about")
    }
    answer = person(company, "owner").post("/company/profile/", entries | changed, follow=True)
    company.refresh_from_db()
    assert (company.status, [str(message) for message in answer.context["messages"]]) == (status, [said])


@pytest.mark.parametrize("who", ["member", "staff", "student", "nobody", "newcomer"])
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/company/profile/", ENTRIES),
        ("/company/divisions/", {"name": "一部"}),
        ("/company/submit/", {}),
    ],
)
def test_nobody_but_owners_writes(company, who, path, body):
    client = person(company, who)
    before = contents(*ROWS)
    assert client.post(path, body).status_code in {302, 403, 404}
    assert contents(*ROWS) == before


def test_hostile_text_is_shown_as_text():
    company = CompanyFactory(
        verified=True, name=HOSTILE, industry=HOSTILE, about=HOSTILE, address=HOSTILE, contact_name=HOSTILE
    )
    CompanyDivision.objects.create(company=company, name=HOSTILE)
    VettingDecision.objects.create(company=company, outcome="rejected", reason=HOSTILE)
    VettingEvidence.objects.create(
        company=company, file="x", original_name=HOSTILE, content_type="application/pdf"
    )
    addresses = {
        "owner": ["/company/", "/company/profile/", "/company/licence/", "/company/divisions/"],
        "staff": ["/staff/companies/?status=verified", f"/staff/companies/{company.pk}/"],
        "nobody": [f"/companies/{company.pk}/"],
    }
    for who, paths in addresses.items():
        client = person(company, who)
        for path in paths:
            page = client.get(path).content.decode()
            assert HOSTILE not in page, path
            assert escape(HOSTILE) in page, path


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["乙待审"]),
        ("?status=submitted", ["乙待审"]),
        ("?status=verified", ["甲已审"]),
        ("?status=all", ["丙草稿", "乙待审", "甲已审"]),
        ("?status=nonsense", ["丙草稿", "乙待审", "甲已审"]),
        ("?status=all&q=草稿", ["丙草稿"]),
        ("?status=submitted&q=甲", []),
        ("?status=all&q=%25", []),
        ("?page=99", ["乙待审"]),
    ],
)
def test_staff_narrow_the_list_on_the_page(query, names):
    school = SchoolFactory()
    first = CompanyFactory(school=school, name="甲已审", verified=True)
    CompanyFactory(school=school, name="乙待审", submitted=True)
    CompanyFactory(school=school, name="丙草稿")
    CompanyFactory(name="外校企业", submitted=True)
    answer = person(first, "staff").get(f"/staff/companies/{query}")
    assert [row.name for row in answer.context["rows"]] == names


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(
    ("who", "path", "queries"),
    [
        ("owner", "/company/", 7),
        ("owner", "/company/divisions/", 6),
        ("owner", "/company/licence/", 6),
        ("staff", "/staff/companies/{pk}/", 8),
    ],
)
def test_a_page_costs_the_same_for_one_and_three(rows, who, path, queries, django_assert_max_num_queries):
    company = CompanyFactory(submitted=True)
    for n in range(rows):
        CompanyDivision.objects.create(company=company, name=f"{n}部")
        VettingDecision.objects.create(company=company, outcome="rejected", reason="x")
        VettingEvidence.objects.create(
            company=company, file="x", original_name=f"{n}.pdf", content_type="application/pdf"
        )
    client = person(company, who)
    with django_assert_max_num_queries(queries + 1):
        assert client.get(path.format(pk=company.pk)).status_code == 200


@pytest.mark.parametrize(
    "name", ["执照.pdf", 'a"b.pdf', "../../etc/passwd", "a\r\nX-Evil: 1.pdf", "长" * 119]
)
def test_a_licence_is_handed_out_under_a_harmless_name(name):
    company = CompanyFactory()
    owner = person(company, "owner")
    owner.post("/company/licence/", {"file": SimpleUploadedFile("x.pdf", b"%PDF-1.7")})
    VettingEvidence.objects.update(original_name=name)
    answer = owner.get(f"/company/evidence/{VettingEvidence.objects.get().pk}/")
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment; filename")
    assert "X-Evil" not in answer.headers
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"


@pytest.mark.parametrize(("language", "word"), [("en", "Waiting for vetting"), ("zh-hans", "等待资质审查")])
def test_the_companys_page_speaks_both_languages(language, word):
    owner = RecruiterFactory(owner=True, company__submitted=True)
    page = browser(owner.user, language).get("/company/").content.decode()
    assert f'lang="{language}"'.lower() in page.lower()
    assert word in page


@pytest.mark.parametrize("path", ["/company/submit/", "/company/divisions/1/remove/"])
def test_what_changes_something_is_a_post(company, path):
    assert person(company, "owner").get(path).status_code == 405


def test_a_division_of_another_company_is_not_removed(company):
    other = CompanyDivision.objects.create(company=CompanyFactory(), name="一部")
    assert person(company, "owner").post(f"/company/divisions/{other.pk}/remove/").status_code == 404
    assert CompanyDivision.objects.filter(pk=other.pk).exists()
