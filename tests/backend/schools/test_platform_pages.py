"""The operator's pages and endpoints for schools and alliances."""

import pytest
from django.forms import BaseForm
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.models import Invitation, Membership
from backend.schools.models import Alliance, School
from tests.backend.refusals import contents
from tests.factories.accounts import InvitationFactory, MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.schools import AllianceFactory, DepartmentFactory, SchoolFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
ENTRIES = {"name": "云湖学院", "code": "yunhu", "city_code": "320500", "district_code": "320505"}
ROWS = (School, Alliance, Invitation, Membership)
SCHOOLS, ALLIANCES = "/operator/schools/", "/operator/alliances/"


def signed_in(user, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(user)
    return client


@pytest.fixture
def office() -> Client:
    """The operator's browser."""
    return signed_in(MembershipFactory(operator=True).user)


@pytest.fixture
def api() -> APIClient:
    """The operator's program."""
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(MembershipFactory(operator=True).user)
    return client


def text(answer) -> str:
    return answer.content.decode()


# Pages


def test_a_school_from_opening_to_suspension_in_the_browser(office):
    assert "No school here" in text(office.get(SCHOOLS))
    answer = office.post(f"{SCHOOLS}new/", {**ENTRIES, "staff_email": "dean@school.example"})
    school = School.objects.get()
    assert answer["Location"] == f"{SCHOOLS}{school.pk}/"
    page = text(office.get(answer["Location"]))
    assert "its first member of staff is invited" in page
    assert "dean@school.example" in page
    assert "Nobody has joined yet." in page
    assert office.post(f"{SCHOOLS}{school.pk}/suspend/", {"reason": "合同到期"}).status_code == 302
    page = text(office.get(f"{SCHOOLS}{school.pk}/"))
    assert ("合同到期" in page, "Open it again" in page, 'name="reason"' in page) == (True, True, False)
    assert office.post(f"{SCHOOLS}{school.pk}/reopen/").status_code == 302
    assert School.objects.get().suspended_at is None


def test_an_alliance_from_making_to_dissolving_in_the_browser(office):
    school = SchoolFactory(name="云湖学院")
    answer = office.post(ALLIANCES, {"name": "长三角联盟"})
    alliance = Alliance.objects.get()
    address = f"{ALLIANCES}{alliance.pk}/"
    assert answer["Location"] == address
    assert "No school belongs to it yet." in text(office.get(address))
    assert office.post(f"{address}add/", {"school": school.pk})["Location"] == address
    page = text(office.get(address))
    assert ("云湖学院" in page, "dissolve/" in page) == (True, False)
    assert "云湖学院" in text(office.get(ALLIANCES))
    assert office.post(f"{SCHOOLS}{school.pk}/leave-alliance/")["Location"] == address
    assert office.post(address, {"name": "华东联盟"})["Location"] == address
    assert office.post(f"{address}dissolve/")["Location"] == ALLIANCES
    assert (Alliance.objects.count(), School.objects.get().alliance_id) == (0, None)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_every_page_speaks_one_language(language):
    school = SchoolFactory(alliance=AllianceFactory(name="长三角联盟"))
    client = signed_in(MembershipFactory(operator=True, user__language=language).user, language)
    words = {"en": ("Schools", "Alliances", "Suspend"), "zh-hans": ("学校", "联盟", "暂停")}
    for path in (SCHOOLS, f"{SCHOOLS}new/", f"{SCHOOLS}{school.pk}/", ALLIANCES):
        page = text(client.get(path))
        assert words[language][0] in page, path
        assert words["zh-hans" if language == "en" else "en"][2] not in page, path


@pytest.mark.parametrize(
    ("path", "data", "fields"),
    [
        ("schools/new/", {**ENTRIES, "staff_email": "x"}, ["staff_email"]),
        ("schools/new/", {**ENTRIES, "code": "taken", "staff_email": "a@b.example"}, ["code"]),
        ("schools/new/", {"x": ""}, ["city_code", "code", "name", "staff_email"]),
        ("schools/{school}/", {**ENTRIES, "name": "已有学院"}, ["name"]),
        ("schools/{school}/", {"x": ""}, ["city_code", "code", "name"]),
        ("schools/{school}/suspend/", {"reason": " "}, ["reason"]),
        ("schools/{school}/invite/", {"email": "no address"}, ["email"]),
        ("schools/{school}/invite/", {"email": "invited@example.org"}, ["email"]),
        ("alliances/", {"name": " "}, ["name"]),
        ("alliances/", {"name": "已有联盟"}, ["name"]),
        ("alliances/{alliance}/", {"name": "已有联盟"}, ["name"]),
        ("alliances/{alliance}/add/", {"school": "{member}"}, ["school"]),
        ("alliances/{alliance}/add/", {"school": "999999"}, ["school"]),
        ("alliances/{alliance}/add/", {"x": ""}, ["school"]),
    ],
)
def test_wrong_entries_come_back_beside_their_fields(office, path, data, fields):
    SchoolFactory(name="已有学院", code="taken")
    AllianceFactory(name="已有联盟")
    rows = {"school": SchoolFactory(), "alliance": AllianceFactory()}
    rows["member"] = SchoolFactory(alliance=rows["alliance"])
    InvitationFactory(school=rows["school"], email="invited@example.org")
    keys = {name: row.pk for name, row in rows.items()}
    before = contents(*ROWS)
    answer = office.post(
        "/operator/" + path.format(**keys), {name: value.format(**keys) for name, value in data.items()}
    )
    assert answer.status_code == 422
    wrong = {
        name
        for context in answer.context or []
        for form in dict(context.flatten()).values()
        if isinstance(form, BaseForm)
        for name in form.errors
    }
    assert sorted(wrong) == fields
    assert contents(*ROWS) == before


PATHS = [
    ("get", "schools/"),
    ("get", "schools/new/"),
    ("post", "schools/new/"),
    ("get", "schools/{school}/"),
    ("post", "schools/{school}/"),
    ("post", "schools/{school}/invite/"),
    ("post", "schools/{school}/suspend/"),
    ("post", "schools/{school}/reopen/"),
    ("post", "schools/{school}/leave-alliance/"),
    ("get", "alliances/"),
    ("post", "alliances/"),
    ("get", "alliances/{alliance}/"),
    ("post", "alliances/{alliance}/"),
    ("post", "alliances/{alliance}/add/"),
    ("post", "alliances/{alliance}/dissolve/"),
]


@pytest.mark.parametrize(("method", "path"), PATHS)
def test_the_pages_are_for_the_operator(method, path):
    school = SchoolFactory(alliance=AllianceFactory())
    address = "/operator/" + path.format(school=school.pk, alliance=school.alliance_id)
    people = {
        "student": MembershipFactory(of_student=True, student__school=school),
        "owner": MembershipFactory(owner=True, company=CompanyFactory(school=school)),
        "staff": MembershipFactory(school=school),
        "dean": MembershipFactory(school=school, department=DepartmentFactory(school=school)),
    }
    before = contents(*ROWS)
    for who, member in people.items():
        assert getattr(signed_in(member.user), method)(address).status_code == 403, who
    assert getattr(Client(), method)(address)["Location"] == f"/accounts/login/?next={address}"
    assert contents(*ROWS) == before


@pytest.mark.parametrize(("method", "path"), [pair for pair in PATHS if "{" in pair[1]])
def test_what_does_not_exist_is_not_found(office, method, path):
    address = "/operator/" + path.format(school=10**9, alliance=10**9)
    assert getattr(office, method)(address).status_code == 404


@pytest.mark.parametrize(
    "path", [path for method, path in PATHS if method == "post" and path.count("/") == 3]
)
def test_what_changes_something_wants_a_post(office, path):
    school = SchoolFactory(alliance=AllianceFactory())
    address = "/operator/" + path.format(school=school.pk, alliance=school.alliance_id)
    assert office.get(address).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_whatever_the_rows(office, rows, django_assert_num_queries):
    alliance = AllianceFactory()
    for _ in range(rows):
        school = SchoolFactory(alliance=AllianceFactory())
        SchoolFactory(alliance=alliance)
        MembershipFactory(school=school)
        CompanyFactory(school=school)
    office.get(SCHOOLS)
    with django_assert_num_queries(6):  # session, user, membership, notifications, count, rows
        office.get(SCHOOLS)
    with django_assert_num_queries(7):  # the same, and the schools of the alliances
        office.get(ALLIANCES)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_of_one_cost_the_same_whatever_their_rows(office, rows, django_assert_num_queries):
    school = SchoolFactory(alliance=AllianceFactory())
    for number in range(rows):
        MembershipFactory(school=school, department=DepartmentFactory(school=school))
        InvitationFactory(school=school, token=f"t{number}")
        SchoolFactory(alliance=school.alliance)
    office.get(f"{SCHOOLS}{school.pk}/")
    with django_assert_num_queries(8):
        office.get(f"{SCHOOLS}{school.pk}/")
    with django_assert_num_queries(7):
        office.get(f"{ALLIANCES}{school.alliance_id}/")


def test_a_suspended_member_says_so_in_the_alliance(office):
    school = SchoolFactory(alliance=AllianceFactory())
    assert "Suspended" not in text(office.get(f"{ALLIANCES}{school.alliance_id}/"))
    office.post(f"{SCHOOLS}{school.pk}/suspend/", {"reason": "x"})
    assert "Suspended" in text(office.get(f"{ALLIANCES}{school.alliance_id}/"))


# JSON


def test_a_school_over_json(api):
    body = {**ENTRIES, "staff_email": "dean@school.example"}
    answer = api.post("/api/v1/schools/", body, format="json", HTTP_IDEMPOTENCY_KEY="k")
    school = School.objects.get()
    shown = {**ENTRIES, "id": school.pk, "alliance_id": None, "suspended_at": None, "suspended_reason": ""}
    assert (answer.status_code, answer.json()) == (201, shown)
    again = api.post("/api/v1/schools/", body, format="json", HTTP_IDEMPOTENCY_KEY="k")
    assert (again.status_code, School.objects.count(), Invitation.objects.count()) == (201, 1, 1)
    address = f"/api/v1/schools/{school.pk}/"
    assert api.patch(address, {"name": "远山学院"}, format="json").json() == {**shown, "name": "远山学院"}
    suspended = api.post(f"{address}suspend/", {"reason": "合同到期"}, format="json")
    assert (
        suspended.status_code,
        suspended.json()["suspended_at"],
        suspended.json()["suspended_reason"],
    ) == (
        200,
        "2026-03-02T09:00:00+08:00",
        "合同到期",
    )
    assert APIClient().get(address).status_code == 404
    assert api.post(f"{address}reopen/").json()["suspended_at"] is None
    assert APIClient().get(address).json() == {
        "id": school.pk,
        "name": "远山学院",
        "code": "yunhu",
        "city_code": "320500",
        "district_code": "320505",
    }


def test_an_alliance_over_json(api):
    school = SchoolFactory()
    made = api.post("/api/v1/alliances/", {"name": "长三角联盟"}, format="json")
    alliance = Alliance.objects.get()
    assert (made.status_code, made.json()) == (
        201,
        {"id": alliance.pk, "name": "长三角联盟", "schools": []},
    )
    put = api.put(f"/api/v1/schools/{school.pk}/alliance/", {"alliance_id": alliance.pk}, format="json")
    assert (put.status_code, put.json()["alliance_id"]) == (200, alliance.pk)
    assert api.get("/api/v1/alliances/").json()["results"][0]["schools"] == [school.pk]
    assert api.delete(f"/api/v1/alliances/{alliance.pk}/").json()["error"] == "alliance_in_use"
    out = api.put(f"/api/v1/schools/{school.pk}/alliance/", {"alliance_id": None}, format="json")
    assert out.json()["alliance_id"] is None
    renamed = api.patch(f"/api/v1/alliances/{alliance.pk}/", {"name": "华东联盟"}, format="json")
    assert renamed.json() == {"id": alliance.pk, "name": "华东联盟", "schools": []}
    assert api.delete(f"/api/v1/alliances/{alliance.pk}/").status_code == 204
    assert Alliance.objects.count() == 0


ENDPOINTS = [
    ("post", "schools/", 403),
    ("patch", "schools/{school}/", 403),
    ("post", "schools/{school}/suspend/", 403),
    ("post", "schools/{school}/reopen/", 403),
    ("put", "schools/{school}/alliance/", 403),
    ("get", "alliances/", 403),
    ("post", "alliances/", 403),
    ("get", "alliances/{alliance}/", 403),
    ("patch", "alliances/{alliance}/", 403),
    ("delete", "alliances/{alliance}/", 403),
]


@pytest.mark.parametrize("who", ["student", "owner", "staff"])
@pytest.mark.parametrize(("method", "path", "status"), ENDPOINTS)
def test_the_endpoints_are_for_the_operator(who, method, path, status):
    school = SchoolFactory(alliance=AllianceFactory())
    member = {
        "student": lambda: MembershipFactory(of_student=True, student__school=school),
        "owner": lambda: MembershipFactory(owner=True, company=CompanyFactory(school=school)),
        "staff": lambda: MembershipFactory(school=school),
    }[who]()
    client = APIClient()
    client.force_login(member.user)
    before = contents(*ROWS)
    address = "/api/v1/" + path.format(school=school.pk, alliance=school.alliance_id)
    assert getattr(client, method)(address, {}, format="json").status_code == status
    assert getattr(APIClient(), method)(address, {}, format="json").status_code == 401
    assert contents(*ROWS) == before


@pytest.mark.parametrize(
    ("method", "path", "body", "fields"),
    [
        ("post", "schools/", {}, ["city_code", "code", "name", "staff_email"]),
        ("post", "schools/", {**ENTRIES, "staff_email": "x"}, ["staff_email"]),
        ("post", "schools/", {**ENTRIES, "city_code": "x", "staff_email": "a@b.example"}, ["city_code"]),
        ("patch", "schools/{school}/", {"code": "a b"}, ["code"]),
        ("post", "schools/{school}/suspend/", {}, ["reason"]),
        ("put", "schools/{school}/alliance/", {}, ["alliance_id"]),
        ("put", "schools/{school}/alliance/", {"alliance_id": 0}, ["alliance_id"]),
        ("post", "alliances/", {}, ["name"]),
        ("patch", "alliances/{alliance}/", {"name": ""}, ["name"]),
    ],
)
def test_wrong_bodies_name_their_fields(api, method, path, body, fields):
    keys = {"school": SchoolFactory().pk, "alliance": AllianceFactory().pk}
    before = contents(*ROWS)
    answer = getattr(api, method)("/api/v1/" + path.format(**keys), body, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, fields)
    assert contents(*ROWS) == before


@pytest.mark.parametrize("rows", [1, 3])
def test_alliances_cost_the_same_whatever_the_rows(api, rows, django_assert_num_queries):
    for _ in range(rows):
        alliance = AllianceFactory()
        SchoolFactory(alliance=alliance)
        SchoolFactory(alliance=alliance)
    with django_assert_num_queries(5):  # session, user, membership, rows, their schools
        api.get("/api/v1/alliances/")
