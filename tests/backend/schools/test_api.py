"""Schools, departments, majors, classes and codes as JSON: whole bodies, pages, keys and refusals."""

import pytest
from rest_framework.test import APIClient

from backend.audit.models import AuditEntry
from backend.schools.models import Department, Major, SchoolClass
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.schools import DepartmentFactory, OccupationFactory, SchoolFactory

API = "/api/v1"
PARTS = (Department, Major, SchoolClass)
NOT_FOUND = {
    "error": "not_found",
    "message": "This does not exist, or you may not see it.",
    "params": {},
}
NOT_ALLOWED = {"error": "not_allowed", "message": "You may not do this.", "params": {}}
UNKNOWN = {"error": "not_authenticated", "message": "Sign in first.", "params": {}}


def api(user=None) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_ACCEPT_LANGUAGE="en")
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def office(campus) -> APIClient:
    """School-wide staff."""
    return api(MembershipFactory(school=campus.school).user)


def bodies(campus) -> dict[str, dict]:
    """A right body for each noun."""
    return {
        "departments": {"name": "护理系"},
        "majors": {"name": "大数据", "department_id": campus.department.pk, "skills": ["Python"]},
        "classes": {"name": "二班", "major_id": campus.major.pk, "graduation_year": 2027},
    }


def own(campus) -> dict[str, int]:
    return {"departments": campus.department.pk, "majors": campus.major.pk, "classes": campus.group.pk}


def far(campus) -> dict[str, int]:
    return {
        "departments": campus.far_department.pk,
        "majors": campus.far_major.pk,
        "classes": campus.far_group.pk,
    }


NOUNS = ("departments", "majors", "classes")


def test_visitors_read_schools(campus):
    rows = api().get(f"{API}/schools/").json()["results"]
    assert rows == [
        {
            "id": school.pk,
            "name": school.name,
            "code": school.code,
            "city_code": "320500",
            "district_code": "",
        }
        for school in (campus.far, campus.school)
    ]
    assert api().get(f"{API}/schools/{campus.school.pk}/").json() == rows[1]


def test_a_member_of_a_school_reads_that_school_only(campus, office):
    assert [row["id"] for row in office.get(f"{API}/schools/").json()["results"]] == [campus.school.pk]
    answer = office.get(f"{API}/schools/{campus.far.pk}/")
    assert (answer.status_code, answer.json()) == (404, NOT_FOUND)


@pytest.mark.parametrize("noun", NOUNS)
def test_visitors_are_asked_to_sign_in(campus, noun):
    for answer in (
        api().get(f"{API}/{noun}/"),
        api().get(f"{API}/{noun}/{own(campus)[noun]}/"),
        api().post(f"{API}/{noun}/", bodies(campus)[noun], format="json"),
        api().put(f"{API}/{noun}/{own(campus)[noun]}/", bodies(campus)[noun], format="json"),
        api().delete(f"{API}/{noun}/{own(campus)[noun]}/"),
    ):
        assert (answer.status_code, answer.json()) == (401, UNKNOWN)


def test_rows_have_exactly_their_fields(campus, office):
    assert office.get(f"{API}/departments/{campus.department.pk}/").json() == {
        "id": campus.department.pk,
        "school_id": campus.school.pk,
        "name": "信息系",
    }
    assert office.get(f"{API}/majors/{campus.major.pk}/").json() == {
        "id": campus.major.pk,
        "school_id": campus.school.pk,
        "department_id": campus.department.pk,
        "name": "软件技术",
        "code": "510203",
        "skills": ["Java", "SQL"],
        "occupation_codes": [],
    }
    assert office.get(f"{API}/classes/{campus.group.pk}/").json() == {
        "id": campus.group.pk,
        "major_id": campus.major.pk,
        "name": "软件一班",
        "graduation_year": 2026,
    }


@pytest.mark.parametrize("noun", NOUNS)
def test_another_schools_parts_do_not_exist(campus, office, noun):
    before = contents(*PARTS)
    address = f"{API}/{noun}/{far(campus)[noun]}/"
    for answer in (
        office.get(address),
        office.put(address, bodies(campus)[noun], format="json"),
        office.delete(address),
    ):
        assert (answer.status_code, answer.json()) == (404, NOT_FOUND)
    assert contents(*PARTS) == before


@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("pk", ["0", "-1", "abc", "99999999999999999999999", "1 or 1=1"])
def test_a_strange_number_does_not_exist(campus, office, noun, pk):
    assert office.get(f"{API}/{noun}/{pk}/").status_code == 404


@pytest.mark.parametrize("noun", NOUNS)
def test_others_read_but_do_not_write(campus, noun):
    readers = [
        MembershipFactory(of_student=True, student__school=campus.school).user,
        RecruiterFactory(owner=True, company__school=campus.school).user,
        MembershipFactory(school=campus.school, department=campus.department).user,
    ]
    before = contents(*PARTS)
    for user in readers:
        client, address = api(user), f"{API}/{noun}/{own(campus)[noun]}/"
        assert client.get(address).status_code == 200
        for answer in (
            client.post(f"{API}/{noun}/", bodies(campus)[noun], format="json"),
            client.put(address, bodies(campus)[noun], format="json"),
            client.delete(address),
        ):
            assert (answer.status_code, answer.json()) == (403, NOT_ALLOWED)
    assert contents(*PARTS) == before


@pytest.mark.parametrize("noun", NOUNS)
def test_staff_add_correct_and_remove(campus, office, noun):
    made = office.post(f"{API}/{noun}/", bodies(campus)[noun], format="json")
    assert made.status_code == 201
    row = made.json()
    assert {name: row[name] for name in bodies(campus)[noun]} == bodies(campus)[noun]
    address = f"{API}/{noun}/{row['id']}/"
    changed = office.put(address, {**bodies(campus)[noun], "name": "改名"}, format="json")
    assert (changed.status_code, changed.json()) == (200, row | {"name": "改名"})
    assert office.get(address).json() == row | {"name": "改名"}
    gone = office.delete(address)
    assert (gone.status_code, gone.content) == (204, b"")
    assert office.get(address).status_code == 404
    noun_verbs = {"departments": "department", "majors": "major", "classes": "class"}[noun]
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        f"{noun_verbs}.added",
        f"{noun_verbs}.changed",
        f"{noun_verbs}.removed",
    ]


@pytest.mark.parametrize("noun", NOUNS)
def test_a_repeat_with_the_same_key_adds_once(campus, office, noun):
    def send(body):
        return office.post(f"{API}/{noun}/", body, format="json", HTTP_IDEMPOTENCY_KEY="k1")

    first, again = send(bodies(campus)[noun]), send(bodies(campus)[noun])
    assert (first.status_code, again.status_code, first.json()) == (201, 201, again.json())
    assert again.headers["Idempotent-Replay"] == "true"
    other = send({**bodies(campus)[noun], "name": "别的"})
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("noun", "changed", "fields"),
    [
        ("departments", {"name": ""}, ["name"]),
        ("departments", {"name": "系" * 81}, ["name"]),
        ("departments", {"name": "信息系"}, ["name"]),
        ("departments", {"name": None}, ["name"]),
        ("majors", {"name": "数控技术"}, ["name"]),
        ("majors", {"department_id": 0}, ["department_id"]),
        ("majors", {"department_id": 999_999}, ["department"]),
        ("majors", {"code": "1" * 11}, ["code"]),
        ("majors", {"skills": "Java"}, ["skills"]),
        ("majors", {"skills": ["技" * 41]}, ["skills"]),
        ("majors", {"skills": ["x"] * 41}, ["skills"]),
        ("majors", {"occupation_codes": ["nope"]}, ["occupation_codes"]),
        ("classes", {"graduation_year": 1999}, ["graduation_year"]),
        ("classes", {"graduation_year": "soon"}, ["graduation_year"]),
        ("classes", {"major_id": 999_999}, ["major"]),
        ("classes", {"name": "软件一班"}, ["name"]),
    ],
)
def test_a_wrong_body_is_a_422_that_names_the_field(campus, office, noun, changed, fields):
    before = contents(*PARTS)
    answer = office.post(f"{API}/{noun}/", {**bodies(campus)[noun], **changed}, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, fields)
    assert set(answer.json()) == {"error", "message", "params", "fields"}
    assert contents(*PARTS) == before


def test_what_is_in_use_is_a_409(campus, office):
    answers = [
        office.delete(f"{API}/departments/{campus.department.pk}/"),
        office.delete(f"{API}/majors/{campus.major.pk}/"),
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [
        (
            409,
            {
                "error": "department_in_use",
                "message": "It still has majors. Move or remove them first.",
                "params": {},
            },
        ),
        (
            409,
            {"error": "major_in_use", "message": "It still has students. Move them first.", "params": {}},
        ),
    ]


def test_sentences_come_in_the_readers_language(campus, office):
    office.credentials(HTTP_ACCEPT_LANGUAGE="zh-hans")
    answer = office.delete(f"{API}/majors/{campus.major.pk}/").json()
    assert (answer["error"], "学生" in answer["message"]) == ("major_in_use", True)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("noun", "queries"), [("departments", 4), ("majors", 4), ("classes", 4)])
def test_a_list_costs_the_same_for_one_and_three(campus, rows, noun, queries, django_assert_num_queries):
    actor = MembershipFactory(school=campus.school).user
    for n in range(rows - 1):
        department = DepartmentFactory(school=campus.school)
        major = Major.objects.create(school=campus.school, department=department, name=f"专业{n}")
        SchoolClass.objects.create(major=major, name="一班", graduation_year=2026)
    client = api(actor)
    with django_assert_num_queries(queries):
        found = client.get(f"{API}/{noun}/").json()["results"]
    assert len(found) == {"departments": rows + 1, "majors": rows + 1, "classes": rows}[noun]


def test_a_long_list_comes_in_pages_without_gaps_or_repeats(db):
    schools = [school.pk for school in SchoolFactory.create_batch(7)]
    found, address = [], f"{API}/schools/?page_size=3"
    while address:
        page = api().get(address).json()
        assert len(page["results"]) <= 3
        found += [row["id"] for row in page["results"]]
        address = page["next"]
    assert found == schools[::-1]


def test_a_broken_cursor_is_refused_with_a_body(db):
    answer = api().get(f"{API}/schools/?cursor=nonsense")
    assert answer.status_code == 404
    assert answer.json()["error"] == "not_found"


def test_occupations_are_public_and_in_order_of_code(db):
    for code in ("2-02-10-03", "1-01-00-00", "2-02-10-01"):
        OccupationFactory(code=code, name=code, level=4)
    OccupationFactory(code="2-02-00-00", name="group", level=2)
    assert api().get(f"{API}/occupations/").json()["results"] == [
        {"code": code, "name": code, "level": 4} for code in ("1-01-00-00", "2-02-10-01", "2-02-10-03")
    ]


def test_cities_are_public_and_cost_no_query(db, django_assert_num_queries):
    client = api()
    with django_assert_num_queries(0):
        rows = client.get(f"{API}/cities/").json()
    assert {"code": "310000", "name": "上海市"} in rows
    assert [row["code"] for row in rows] == sorted(row["code"] for row in rows)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("noun", ["schools", "occupations", "cities"])
def test_reference_is_read_only(campus, noun, method):
    answer = getattr(api(UserFactory()), method)(f"{API}/{noun}/", {}, format="json")
    assert answer.status_code in {403, 405}
    assert answer.json()["error"] in {"not_allowed", "method_not_allowed"}
