"""JSON: the same rules as the pages, one answer per audience, nothing of another school."""

import io
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from backend.accounts.models import Membership, User
from backend.common import clock
from backend.students.models import DisclosureGrant, Experience, ProfileView, Resume, RosterImport, Student
from tests.backend.students.conftest import CANARY
from tests.factories.schools import OccupationFactory
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory, StudentFactory

API = "/api/v1"


@pytest.fixture
def ask(client):
    """Ask as somebody: ask(actor, method, path, body) -> response."""

    def call(actor, method: str, path: str, body=None, **headers):
        if actor is not None:
            client.force_login(User.objects.get(pk=actor.user_id))
        given = {"data": body, "content_type": "application/json"} if body is not None else {}
        return getattr(client, method)(f"{API}{path}", **given, headers=headers)

    return call


def test_a_student_reads_and_writes_the_own_profile(world, ask):
    answer = ask(
        world.student_actor,
        "put",
        "/me/profile/",
        {"skills": ["Go"], "wanted_cities": ["320500"], "version": 1},
    )
    assert answer.status_code == 200
    assert (answer.json()["skills"], answer.json()["wanted_cities"]) == (["Go"], ["苏州"])
    assert ask(world.student_actor, "get", "/me/profile/").json() == answer.json()
    assert ask(world.student_actor, "put", "/me/profile/", {"version": 1}).json()["error"] == "conflict"


def test_levels_and_private_wishes_are_written_and_only_levels_go_to_a_company(world, ask):
    said = {
        "skills": ["Go", "SQL"],
        "skill_levels": {"go": 3, "SQL": 1},
        "salary_hope": 9000,
        "based_in": "320505",
    }
    assert ask(world.student_actor, "put", "/me/profile/", said).status_code == 200
    told = {
        who: ask(getattr(world, who), "get", f"/students/{world.student.pk}/").json()
        for who in ("student_actor", "staff", "recruiter")
    }
    names = ("skill_levels", "salary_hope", "based_in")
    assert {who: [row[name] for name in names] for who, row in told.items()} == {
        "student_actor": [{"Go": 3}, 9000, "虎丘"],
        "staff": [{"Go": 3}, 9000, "虎丘"],
        "recruiter": [{"Go": 3}, None, ""],
    }


def test_an_occupation_of_an_experience_is_read_and_written(world, ask):
    OccupationFactory(code="4-04-05-02")
    body = {"title": "测试员", "organisation": "示例公司", "started_on": "2025-03-01"}
    made = ask(world.student_actor, "post", "/experiences/", body | {"occupation": "4-04-05-02"}).json()
    assert made["occupation"] == "4-04-05-02"
    wrong = ask(world.student_actor, "put", f"/experiences/{made['id']}/", body | {"occupation": "x"})
    assert (wrong.status_code, list(wrong.json()["fields"])) == (422, ["occupation"])
    # The whole of it is replaced: what is left out is said no more.
    assert ask(world.student_actor, "put", f"/experiences/{made['id']}/", body).json()["occupation"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"salary_floor": 2, "salary_hope": 1}, "salary_hope"),
        ({"based_in": "420000"}, "based_in"),
        ({"skills": "x"}, "skills"),
        ({"wanted_cities": ["999999"]}, "wanted_cities"),
        ({"wanted_kinds": ["x"]}, "wanted_kinds"),
    ],
)
def test_a_wrong_profile_is_a_422_that_names_the_field(world, ask, body, field):
    answer = ask(world.student_actor, "put", "/me/profile/", body)
    assert answer.status_code == 422
    assert field in answer.json()["fields"]
    assert Student.objects.get(pk=world.student.pk).version == 1


def test_who_is_no_student_has_no_profile(world, ask):
    assert [ask(actor, "get", "/me/profile/").status_code for actor in (world.staff, world.recruiter)] == [
        403,
        403,
    ]


def test_visibility_is_chosen(world, ask):
    body = {"visibility": "hidden", "seeking": False, "personalised": True}
    assert ask(world.student_actor, "put", "/me/visibility/", body).json() == body
    assert Student.objects.get(pk=world.student.pk).visibility == "hidden"


def test_staff_list_their_school_only(world, ask):
    answer = ask(world.staff, "get", "/students/")
    assert [row["number"] for row in answer.json()["results"]] == ["20230001"]
    assert CANARY not in answer.content.decode()
    assert ask(world.staff, "get", f"/students/{world.stranger.pk}/").status_code == 404
    assert ask(world.recruiter, "get", "/students/").status_code == 403


@pytest.mark.parametrize(
    ("query", "count"), [("", 2), ("?status=pending", 1), ("?graduation_year=2030", 0), ("?status=x", None)]
)
def test_staff_narrow_the_list(world, ask, query, count):
    StudentFactory(school=world.school, major=world.student.major, pending=True)
    answer = ask(world.staff, "get", f"/students/{query}")
    if count is None:
        assert answer.status_code == 422
    else:
        assert len(answer.json()["results"]) == count


def test_a_company_gets_what_was_disclosed(world, ask):
    path = f"/students/{world.student.pk}/"
    seen = ask(world.recruiter, "get", path).json()
    assert (seen["name"], seen["email"], seen["phone"], seen["number"]) == ("李晓明", "", "", "")
    DisclosureGrantFactory(student=world.student, company=world.company, fields=["email"])
    assert ask(world.recruiter, "get", path).json()["email"] == "li@students.invalid"
    assert ProfileView.objects.get().count == 2
    Student.objects.filter(pk=world.student.pk).update(visibility="hidden")
    DisclosureGrant.objects.all().delete()
    assert ask(world.recruiter, "get", path).status_code == 404


def test_staff_decide(world, ask):
    student = StudentFactory(school=world.school, major=world.student.major, pending=True)
    assert ask(world.staff, "post", f"/students/{student.pk}/refuse/", {"reason": ""}).status_code == 422
    answer = ask(world.staff, "post", f"/students/{student.pk}/refuse/", {"reason": "查无此人"})
    assert answer.json()["status"] == "refused"
    again = ask(world.staff, "post", f"/students/{student.pk}/confirm/", {})
    assert (again.status_code, again.json()["error"]) == (409, "not_pending")


def test_a_newcomer_claims(world, ask, newcomer):
    place = StudentFactory(
        school=world.school, major=world.student.major, on_roster=True, name="王五", number="W5"
    )
    body = {"school_id": world.school.pk, "number": "W5", "name": "王六"}
    wrong = ask(newcomer, "post", "/me/claim/", body)
    assert (wrong.status_code, wrong.json()["error"]) == (422, "roster_mismatch")
    right = ask(newcomer, "post", "/me/claim/", body | {"name": "王五"})
    assert (right.status_code, right.json()["id"]) == (201, place.pk)


def test_a_newcomer_registers(world, ask, newcomer):
    body = {
        "school_id": world.school.pk,
        "major_id": world.student.major_id,
        "number": "n1",
        "name": "赵六",
        "education": "associate",
        "graduation_year": 2027,
    }
    assert ask(newcomer, "post", "/me/register/", body).json()["status"] == "pending"
    assert ask(newcomer, "post", "/me/register/", body).status_code == 409


def test_experiences_over_json(world, ask):
    body = {"title": "实习生", "organisation": "公司", "started_on": "2025-01-01"}
    added = ask(world.student_actor, "post", "/experiences/", body)
    assert added.status_code == 201
    path = f"/experiences/{added.json()['id']}/"
    changed = ask(world.student_actor, "put", path, body | {"ended_on": "2024-01-01"})
    assert (changed.status_code, list(changed.json()["fields"])) == (422, ["ended_on"])
    assert (
        ask(world.student_actor, "put", path, body | {"ended_on": "2025-06-01"}).json()["ended_on"]
        == "2025-06-01"
    )
    assert ask(world.student_actor, "delete", path).status_code == 204
    assert Experience.objects.count() == 0
    theirs = ExperienceFactory(student=world.stranger)
    assert ask(world.student_actor, "delete", f"/experiences/{theirs.pk}/").status_code == 404


def test_a_repeat_with_the_same_key_adds_once(world, ask):
    body = {"title": "实习生", "organisation": "公司", "started_on": "2025-01-01"}
    first, second = (
        ask(world.student_actor, "post", "/experiences/", body, **{"Idempotency-Key": "key-1"})
        for _ in range(2)
    )
    assert first.json() == second.json()
    assert Experience.objects.count() == 1


def test_resumes_over_json(world, ask):
    made = ask(world.student_actor, "post", "/resumes/", {"title": "生成的"})
    assert (made.status_code, made.json()["generated"]) == (201, True)
    assert [row["title"] for row in ask(world.student_actor, "get", "/resumes/").json()["results"]] == [
        "生成的"
    ]
    assert ask(world.recruiter, "get", "/resumes/").json()["results"] == []
    assert ask(world.student_actor, "delete", f"/resumes/{made.json()['id']}/").status_code == 204
    theirs = ResumeFactory(student=world.stranger)
    assert ask(world.student_actor, "delete", f"/resumes/{theirs.pk}/").status_code == 404


def test_a_wrong_upload_is_refused(world, client):
    client.force_login(Membership.objects.get(user_id=world.student_actor.user_id).user)
    answer = client.post(f"{API}/resumes/", {"title": "x", "file": SimpleUploadedFile("x.pdf", b"MZ")})
    assert (answer.status_code, answer.json()["error"]) == (422, "file_type")
    assert Resume.objects.count() == 0


def test_consents_over_json(world, ask):
    body = {
        "company_id": world.company.pk,
        "fields_open": ["name", "email"],
        "purpose": "contact",
        "until": "2099-01-01T00:00:00Z",
    }
    assert "until" in ask(world.student_actor, "post", "/consents/", body).json()["fields"]
    body["until"] = (clock.now() + timedelta(days=90)).isoformat()
    given = ask(world.student_actor, "post", "/consents/", body)
    assert (given.status_code, given.json()["fields_open"]) == (201, ["name", "email"])
    path = f"/consents/{given.json()['id']}/revoke/"
    assert ask(world.student_actor, "post", path, {}).json()["revoked_at"] is not None
    assert ask(world.student_actor, "post", path, {}).json()["error"] == "grant_ended"
    assert ask(world.recruiter, "get", "/consents/").status_code == 403


def test_who_saw_me_over_json(world, ask):
    ProfileView.objects.create(student=world.student, company=world.company, count=4)
    ProfileView.objects.create(student=world.stranger, company=world.company)
    rows = ask(world.student_actor, "get", "/profile-views/").json()["results"]
    assert [(row["company"], row["count"]) for row in rows] == [(world.company.name, 4)]


def test_a_roster_over_json(world, client):
    client.force_login(Membership.objects.get(user_id=world.staff.user_id).user)
    data = "学号,姓名,专业,学历,毕业年份\nR1,钱七,软件技术,大专,2026\nR2,,软件技术,大专,2026\n".encode()
    kept = client.post(f"{API}/rosters/", {"file": io.BytesIO(data)}).json()
    assert kept["counts"] == {"new": 1, "changed": 0, "same": 0, "bad": 1}
    assert [(item["row"], item["column"]) for item in kept["problems"]] == [(3, "姓名")]
    done = client.post(f"{API}/rosters/{kept['id']}/confirm/").json()
    assert (done["status"], Student.objects.get(number="R1").name) == ("applied", "钱七")
    assert client.post(f"{API}/rosters/{kept['id']}/drop/").status_code == 409


def test_another_schools_roster_does_not_exist(world, ask):
    kept = RosterImport.objects.create(school=world.stranger.school, file_name=CANARY)
    for verb in ("confirm", "drop"):
        assert ask(world.staff, "post", f"/rosters/{kept.pk}/{verb}/", {}).status_code == 404
    assert CANARY not in ask(world.staff, "get", "/rosters/").content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/students/",
        "/me/profile/",
        "/experiences/",
        "/resumes/",
        "/consents/",
        "/profile-views/",
        "/rosters/",
    ],
)
def test_visitors_are_answered_nothing(db, ask, path):
    assert ask(None, "get", path).status_code in {401, 403}
