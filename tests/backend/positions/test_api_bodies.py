"""JSON of positions: every body, every role, every filter, one shape for each audience."""

import pytest
from rest_framework.test import APIClient

from backend.common import clock
from backend.positions import content
from backend.positions.enums import PositionStatus
from backend.positions.interfaces.serializers import PUBLIC_FIELDS
from backend.positions.models import Position, PositionImport
from tests.backend.positions.conftest import signed_in, student_of
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory, OccupationFactory, SchoolFactory

S = PositionStatus
LIST = "/api/v1/positions/"
INSIDE = {"division", "status", "review_reason", "version"}


def body(**changed):
    return {
        "title": "数控操作员", "occupation": OccupationFactory(code="6-18-01-07").pk, "openings": 3,
        "duties": "操作数控车床。", "conditions": "两班倒。", "city_code": "310000", "place": "东方路1号",
        "salary_min": 5000, "salary_max": 8000, "deadline": "2026-06-30", **changed,
    }  # fmt: skip


def one(position):
    return f"{LIST}{position.pk}/"


@pytest.fixture
def clients(company, hr_api, office_api):
    """A client of each kind of person."""
    department = DepartmentFactory(school=company.school)
    users = {
        "student": student_of(company.school),
        "rival": MembershipFactory(
            recruiter=True, company=CompanyFactory(verified=True, school=company.school)
        ).user,
        "department staff": MembershipFactory(school=company.school, department=department).user,
        "strange staff": MembershipFactory(school=SchoolFactory()).user,
    }
    made = {who: signed_in(user, APIClient()) for who, user in users.items()}
    return {"visitor": APIClient(), "recruiter": hr_api, "staff": office_api, **made}


# Shapes


@pytest.mark.parametrize("who", ["visitor", "student"])
def test_outside_a_position_says_what_is_public(clients, company, who):
    row = PositionFactory(company=company, published=True, review_reason="intern")
    for answer in (clients[who].get(LIST).json()["results"][0], clients[who].get(one(row)).json()):
        assert set(answer) == set(PUBLIC_FIELDS)
        assert "intern" not in str(answer)


@pytest.mark.parametrize("who", ["recruiter", "staff"])
def test_inside_a_position_also_says_how_it_stands(clients, company, who):
    row = PositionFactory(company=company, in_review=True, review_reason="Imported: no duties")
    answer = clients[who].get(one(row)).json()
    assert set(answer) == set(PUBLIC_FIELDS) | INSIDE
    assert (answer["status"], answer["review_reason"], answer["version"]) == (
        "in_review",
        "Imported: no duties",
        1,
    )


def test_what_is_written_is_what_is_read(hr_api, company):
    division = company.divisions.create(name="一部")
    sent = body(
        kind="internship", division=division.pk, education="bachelor", majors=["软件技术"], skills=["SQL", "Java"],
        experience_months=12, graduation_years=[2027, 2026], district_code="310115", salary_months=13,
    )  # fmt: skip
    made = hr_api.post(LIST, sent, format="json")
    answer = made.json()
    assert made.status_code == 201
    assert {name: answer[name] for name in sent} == {**sent, "graduation_years": [2026, 2027]}
    assert (answer["company"], answer["published_at"], answer["status"]) == (company.pk, None, "draft")
    assert hr_api.get(f"{LIST}{answer['id']}/").json() == answer


# Bodies


WRONG = [
    ({"title": ""}, ["title"]),
    ({"title": "字" * 81}, ["title"]),
    ({"kind": "slave"}, ["kind"]),
    ({"education": "phd"}, ["education"]),
    ({"openings": 0}, ["openings"]),
    ({"openings": "many"}, ["openings"]),
    ({"openings": 10_001}, ["openings"]),
    ({"duties": None}, ["duties"]),
    ({"conditions": "x" * 4001}, ["conditions"]),
    ({"majors": "软件"}, ["majors"]),
    ({"skills": ["字" * 61]}, ["skills"]),
    ({"skills": [str(number) for number in range(31)]}, ["skills"]),
    ({"experience_months": -1}, ["experience_months"]),
    ({"graduation_years": [1990]}, ["graduation_years"]),
    ({"graduation_years": ["x"]}, ["graduation_years"]),
    ({"city_code": "31"}, ["city_code"]),
    ({"city_code": "3100001"}, ["city_code"]),
    ({"district_code": "110101"}, ["district_code"]),
    ({"place": " "}, ["place"]),
    ({"salary_min": 0}, ["salary_min"]),
    ({"salary_min": 9000}, ["salary_max"]),
    ({"salary_max": 1_000_001}, ["salary_max"]),
    ({"salary_months": 25}, ["salary_months"]),
    ({"deadline": "soon"}, ["deadline"]),
    ({"deadline": "2026-03-02"}, ["deadline"]),
    ({"occupation": "9-99"}, ["occupation"]),
    ({"occupation": ""}, ["occupation"]),
    ({"division": 424_242}, ["division"]),
    ({"division": 0}, ["division"]),
    ({"title": "", "openings": 0, "deadline": ""}, ["deadline", "openings", "title"]),
]


@pytest.mark.parametrize(("changed", "named"), WRONG)
def test_a_wrong_position_names_the_fields(hr_api, changed, named):
    answer = hr_api.post(LIST, body(**changed), format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert answer.json()["error"] in {"invalid", "validation_error"}
    assert Position.objects.count() == 0


@pytest.mark.parametrize(("changed", "named"), WRONG)
def test_a_wrong_change_names_the_fields_and_changes_nothing(hr_api, company, changed, named):
    row = PositionFactory(company=company, published=True)
    before = contents(Position)
    answer = hr_api.patch(one(row), changed, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert contents(Position) == before


def test_an_empty_body_names_everything_that_is_needed(hr_api):
    answer = hr_api.post(LIST, {}, format="json")
    assert sorted(answer.json()["fields"]) == sorted(
        [
            "title", "occupation", "openings", "duties", "conditions", "city_code", "place", "salary_min",
            "salary_max", "deadline",
        ]
    )  # fmt: skip


def test_what_nobody_may_set_is_left_out(hr_api, company):
    sent = body(
        status="published", company=999, published_at="2026-01-01T00:00:00Z", version=9, source="import"
    )
    answer = hr_api.post(LIST, sent, format="json").json()
    row = Position.objects.get()
    assert (row.company_id, row.status, row.published_at, row.version, row.source) == (
        company.pk, S.DRAFT, None, 1, "",
    )  # fmt: skip
    assert answer["id"] == row.pk


@pytest.mark.parametrize(
    ("path", "sent", "named"),
    [
        ("review/", {}, ["publish"]),
        ("review/", {"publish": "maybe"}, ["publish"]),
        ("review/", {"publish": False}, ["reason"]),
        ("review/", {"publish": False, "reason": " "}, ["reason"]),
        ("review/", {"publish": True, "reason": "字" * 1001}, ["reason"]),
        ("take-down/", {}, ["reason"]),
        ("take-down/", {"reason": ""}, ["reason"]),
        ("take-down/", {"reason": "字" * 1001}, ["reason"]),
    ],
)
def test_a_wrong_decision_names_the_fields(office_api, company, path, sent, named):
    status = S.IN_REVIEW if path == "review/" else S.PUBLISHED
    row = PositionFactory(company=company, published=True, status=status)
    before = contents(Position)
    answer = office_api.post(one(row) + path, sent, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert contents(Position) == before


# Roles


COMPANY_STEPS = ["submit", "withdraw", "pause", "resume", "close", "copy"]
STAFF_STEPS = {"review": {"publish": True}, "take-down": {"reason": "核实中"}}
PEOPLE = ["visitor", "student", "recruiter", "rival", "staff", "department staff", "strange staff"]
STARTS = {
    "submit": S.DRAFT, "withdraw": S.IN_REVIEW, "pause": S.PUBLISHED, "resume": S.PAUSED, "close": S.PUBLISHED,
    "copy": S.PUBLISHED, "review": S.IN_REVIEW, "take-down": S.PUBLISHED,
}  # fmt: skip


@pytest.mark.parametrize("step", [*COMPANY_STEPS, *STAFF_STEPS])
def test_each_step_is_for_its_side_alone(clients, company, step):
    answers = {}
    for who in PEOPLE:
        row = PositionFactory(company=company, published=True, status=STARTS[step])
        before = contents(Position)
        answer = clients[who].post(f"{one(row)}{step}/", STAFF_STEPS.get(step, {}), format="json")
        answers[who] = answer.status_code
        if answer.status_code >= 400:
            assert contents(Position) == before
    side = "staff" if step in STAFF_STEPS else "recruiter"
    assert answers[side] == (201 if step == "copy" else 200)
    assert answers["visitor"] == 401
    assert {answers[who] for who in PEOPLE if who not in (side, "visitor")} <= {403, 404}


@pytest.mark.parametrize("who", [who for who in PEOPLE if who != "recruiter"])
def test_a_position_is_written_by_recruiters_alone(clients, company, who):
    row = PositionFactory(company=company, published=True)
    before = contents(Position)
    made = clients[who].post(LIST, body(), format="json").status_code
    changed = clients[who].patch(one(row), {"openings": 9}, format="json").status_code
    if who == "rival":
        assert (made, changed) == (201, 404)
        assert Position.objects.latest("pk").company_id != company.pk
        return
    assert {made, changed} <= {401, 403}
    assert contents(Position) == before


def test_nothing_is_put_or_deleted(hr_api, company):
    row = PositionFactory(company=company)
    codes = {hr_api.put(one(row), body(), format="json").status_code, hr_api.delete(one(row)).status_code}
    assert codes <= {403, 405}
    assert Position.objects.count() == 1


# One key, one write


@pytest.mark.parametrize("what", ["create", "copy"])
def test_the_same_key_writes_once_and_another_body_is_refused(hr_api, company, what):
    row = PositionFactory(company=company)
    path, sent = (LIST, body()) if what == "create" else (f"{one(row)}copy/", {})
    ask = {"path": path, "format": "json", "headers": {"Idempotency-Key": f"p-{what}"}}
    first, second = (hr_api.post(data=sent, **ask) for _ in range(2))
    assert (first.status_code, second.status_code, second.json()) == (201, 201, first.json())
    assert Position.objects.count() == 2
    other = hr_api.post(data={**sent, "title": "别的"}, **ask)
    assert (other.status_code, other.json()["error"], Position.objects.count()) == (
        422,
        "idempotency_key_reused",
        2,
    )


def test_two_people_may_use_the_same_key(hr_api, clients):
    ask = {"path": LIST, "data": body(), "format": "json", "headers": {"Idempotency-Key": "same"}}
    made = {hr_api.post(**ask).json()["id"], clients["rival"].post(**ask).json()["id"]}
    assert len(made) == Position.objects.count() == 2


# Lists


def test_a_list_is_paged_by_cursor_and_loses_nothing(company):
    rows = PositionFactory.create_batch(25, company=company, published=True)
    client, seen, address = APIClient(), [], LIST
    while address:
        answer = client.get(address).json()
        seen += [row["id"] for row in answer["results"]]
        address = answer["next"]
    assert (len(seen), set(seen)) == (25, {row.pk for row in rows})


def test_an_unvetted_companys_position_is_in_no_list_but_the_own(clients, company):
    row = PositionFactory(company=company, published=True)
    type(company).objects.filter(pk=company.pk).update(status="suspended")
    found = {who: [one["id"] for one in clients[who].get(LIST).json()["results"]] for who in PEOPLE}
    inside = {"recruiter", "staff", "department staff"}
    assert found == {who: [row.pk] if who in inside else [] for who in PEOPLE}


@pytest.mark.parametrize("who", ["recruiter", "staff"])
@pytest.mark.parametrize("rows", [1, 3])
def test_lists_inside_take_the_same_queries(clients, company, django_assert_num_queries, who, rows):
    PositionFactory.create_batch(rows, company=company, published=True)
    clients[who].get(LIST)
    with django_assert_num_queries(4):
        assert len(clients[who].get(LIST).json()["results"]) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_imports_are_listed_for_staff_of_the_school(clients, company, django_assert_num_queries, rows):
    for number in range(rows):
        PositionImport.objects.create(
            school=company.school, original_name=f"{number}.csv", status="done", total=5, stored=3, rejected=2
        )
    PositionImport.objects.create(school=SchoolFactory(), original_name="x.csv", status="done")
    path = "/api/v1/position-imports/"
    clients["staff"].get(path)
    with django_assert_num_queries(4):
        found = clients["staff"].get(path).json()["results"]
    assert [(row["original_name"], row["total"], row["stored"], row["rejected"]) for row in found] == [
        (f"{number}.csv", 5, 3, 2) for number in reversed(range(rows))
    ]
    codes = {who: clients[who].get(path).status_code for who in PEOPLE}
    assert codes == {
        "visitor": 401, "student": 403, "recruiter": 403, "rival": 403, "staff": 200, "department staff": 200,
        "strange staff": 200,
    }  # fmt: skip
    assert clients["department staff"].get(path).json()["results"] == []


@pytest.mark.parametrize("who", PEOPLE)
def test_texts_are_linted_for_those_inside(clients, who):
    answer = clients[who].post("/api/v1/positions/lint/", {"duties": "限男性；35岁以下"}, format="json")
    if who in ("visitor", "student"):
        assert answer.status_code == (401 if who == "visitor" else 403)
        return
    assert [(row["term"], row["severity"], row["field"]) for row in answer.json()] == [
        ("限男性", "hard", "duties"),
        ("35岁以下", "soft", "duties"),
    ]


def test_a_published_position_that_changes_in_substance_is_in_review(hr_api, company):
    row = PositionFactory(company=company, published=True)
    assert hr_api.patch(one(row), {"openings": 5}, format="json").json()["status"] == "published"
    assert hr_api.patch(one(row), {"place": "南浔路2号"}, format="json").json()["status"] == "in_review"
    row.refresh_from_db()
    assert (content.values_of(row)["place"], row.version) == ("南浔路2号", 5)
    assert row.updated_at == clock.now()
