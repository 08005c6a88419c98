"""Pages: everybody sees their part, nobody another school's, lists cost the same for one row and three."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from backend.accounts.models import Membership, User
from backend.common.spreadsheets import read_table
from backend.students.models import ProfileView, RosterImport, Student
from tests.backend.students.conftest import CANARY
from tests.factories.companies import CompanyFactory
from tests.factories.students import DisclosureGrantFactory, ExperienceFactory, ResumeFactory, StudentFactory

OWN_PAGES = ("home", "profile", "new_experience", "resumes", "visibility", "grants", "seen")
STAFF_PAGES = ("list", "queue", "rosters")
LIST_QUERIES, QUEUE_QUERIES, GRANT_QUERIES, SEEN_QUERIES = 8, 6, 10, 7


def sign_in(client, actor):
    client.force_login(Membership.objects.get(user_id=actor.user_id).user)
    return client


@pytest.mark.parametrize("name", OWN_PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_students_open_their_pages(world, client, name, language):
    ExperienceFactory(student=world.student)
    ResumeFactory(student=world.student)
    DisclosureGrantFactory(student=world.student, company=world.company)
    response = sign_in(client, world.student_actor).get(
        reverse(f"students:{name}"), headers={"accept-language": language}
    )
    assert response.status_code == 200
    assert CANARY not in response.content.decode()
    assert [
        sign_in(client, other).get(reverse(f"students:{name}")).status_code
        for other in (world.staff, world.recruiter)
    ] == [403, 403]


@pytest.mark.parametrize("name", STAFF_PAGES)
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_staff_open_their_pages(world, client, name, language):
    StudentFactory(school=world.school, major=world.student.major, pending=True)
    response = sign_in(client, world.staff).get(
        reverse(f"students:{name}"), headers={"accept-language": language}
    )
    assert response.status_code == 200
    assert CANARY not in response.content.decode()
    assert [
        sign_in(client, other).get(reverse(f"students:{name}")).status_code
        for other in (world.student_actor, world.recruiter)
    ] == [403, 403]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(world, client, count, django_assert_num_queries):
    for number in range(count - 1):
        StudentFactory(school=world.school, major=world.student.major, number=f"3000{number}")
    sign_in(client, world.staff)
    client.get(reverse("students:list"))
    with django_assert_num_queries(LIST_QUERIES):
        response = client.get(reverse("students:list"))
    assert response.content.decode().count('<tr><th scope="row">') == count


@pytest.mark.parametrize("count", [1, 3])
def test_the_queue_costs_the_same_for_one_and_three(world, client, count, django_assert_num_queries):
    for _ in range(count):
        StudentFactory(school=world.school, major=world.student.major, pending=True)
    sign_in(client, world.staff)
    client.get(reverse("students:queue"))
    with django_assert_num_queries(QUEUE_QUERIES):
        response = client.get(reverse("students:queue"))
    assert response.content.decode().count('<tr><th scope="row">') == count


@pytest.mark.parametrize("count", [1, 3])
def test_consents_and_looks_cost_the_same_for_one_and_three(world, client, count, django_assert_num_queries):
    for number in range(count):
        company = CompanyFactory(school=world.school, verified=True)
        DisclosureGrantFactory(student=world.student, company=company, purpose=f"fair:{number}")
        ProfileView.objects.create(student=world.student, company=company)
    sign_in(client, world.student_actor)
    for name, queries in (("grants", GRANT_QUERIES), ("seen", SEEN_QUERIES)):
        client.get(reverse(f"students:{name}"))
        with django_assert_num_queries(queries):
            response = client.get(reverse(f"students:{name}"))
        assert response.content.decode().count('<th scope="row">') == count


def test_a_long_list_has_pages_and_keeps_the_search(world, client):
    for number in range(30):
        StudentFactory(school=world.school, major=world.student.major, number=f"77{number:03d}")
    sign_in(client, world.staff)
    first = client.get(reverse("students:list"), {"text": "77"}).content.decode()
    second = client.get(reverse("students:list"), {"text": "77", "page": 2}).content.decode()
    assert (first.count('<tr><th scope="row">'), second.count('<tr><th scope="row">')) == (25, 5)
    assert "text=77&amp;page=2" in first


def test_the_profile_form_saves_names_as_codes(world, client):
    sign_in(client, world.student_actor)
    body = {
        "skills": "Java，C++; Go\n测试",
        "wanted_occupations": "计算机软件工程技术人员",
        "wanted_cities": "苏州、上海市",
        "wanted_kinds": ["full_time"],
        "salary_floor": "6000",
        "version": "1",
    }
    response = client.post(reverse("students:profile"), body)
    assert (response.status_code, response.url) == (302, reverse("students:home"))
    student = Student.objects.get(pk=world.student.pk)
    assert student.skills == ["Java", "C++", "Go", "测试"]
    assert (student.wanted_occupations, student.wanted_cities) == (["2-02-10-03"], ["320500", "310000"])
    shown = client.get(reverse("students:profile")).content.decode()
    assert "计算机软件工程技术人员" in shown
    assert "苏州、上海" in shown


def test_an_unknown_occupation_is_met_with_likely_ones(world, client):
    sign_in(client, world.student_actor)
    response = client.post(reverse("students:profile"), {"wanted_occupations": "软件工程"})
    assert response.status_code == 422
    assert "计算机软件工程技术人员" in response.content.decode()
    assert Student.objects.get(pk=world.student.pk).version == 1


def test_a_stale_profile_form_is_told(world, client):
    Student.objects.filter(pk=world.student.pk).update(version=5)
    response = sign_in(client, world.student_actor).post(
        reverse("students:profile"), {"about": "x", "version": "4"}
    )
    assert response.status_code == 409
    assert Student.objects.get(pk=world.student.pk).about == ""


def test_a_newcomer_claims_a_place_on_the_page(world, client, newcomer):
    place = StudentFactory(
        school=world.school, major=world.student.major, on_roster=True, name="王五", number="W5"
    )
    client.force_login(User.objects.get(pk=newcomer.user_id))
    page = client.get(reverse("students:claim"))
    assert (page.status_code, world.school.name in page.content.decode()) == (200, True)
    wrong = client.post(
        reverse("students:claim"), {"school": world.school.pk, "number": "W5", "name": "王六"}
    )
    assert wrong.status_code == 422
    right = client.post(
        reverse("students:claim"), {"school": world.school.pk, "number": "W5", "name": "王五"}
    )
    assert (right.status_code, right.url) == (302, reverse("students:home"))
    place.refresh_from_db()
    assert place.status == "confirmed"
    assert client.get(reverse("students:claim")).status_code == 302


def test_a_newcomer_registers_and_staff_refuse_and_confirm(world, client, newcomer):
    person = User.objects.get(pk=newcomer.user_id)
    client.force_login(person)
    body = {
        "major": world.student.major_id,
        "number": "n1",
        "name": "赵六",
        "education": "associate",
        "graduation_year": 2027,
    }
    assert client.get(reverse("students:register")).status_code == 200
    assert client.post(reverse("students:register"), body).status_code == 302
    student = Student.objects.get(number="N1")
    decide = reverse("students:decide", args=[student.pk])
    sign_in(client, world.staff)
    assert client.post(decide, {"decision": "refuse", "reason": " "}).status_code == 422
    assert client.post(decide, {"decision": "refuse", "reason": "查无此人"}).status_code == 302
    client.force_login(person)
    assert "查无此人" in client.get(reverse("students:home")).content.decode()
    assert client.post(reverse("students:home"), {"number": "n2", "name": "赵六"}).status_code == 302
    sign_in(client, world.staff)
    assert client.post(decide, {"decision": "confirm"}).status_code == 302
    student.refresh_from_db()
    assert (student.status, student.number) == ("confirmed", "N2")
    assert client.post(decide, {"decision": "confirm"}).status_code == 409


def test_a_roster_goes_through_the_pages(world, client):
    sign_in(client, world.staff)
    data = "学号,姓名,专业,学历,毕业年份\nR1,钱七,软件技术,大专,2026\nR2,孙八,无此专业,大专,2026\n".encode(
        "gbk"
    )
    answer = client.post(reverse("students:rosters"), {"file": SimpleUploadedFile("r.csv", data)})
    kept = RosterImport.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("students:roster", args=[kept.pk]))
    preview = client.get(answer.url).content.decode()
    assert all(word in preview for word in ("钱七", "无此专业", "R1"))
    assert not Student.objects.filter(number="R1").exists()
    problems = client.get(reverse("students:roster_problems", args=[kept.pk])).content
    assert [list(row)[:3] for row in read_table(io.BytesIO(problems))[1]] == [["3", "专业", "无此专业"]]
    assert (
        client.post(reverse("students:decide_roster", args=[kept.pk]), {"decision": "confirm"}).status_code
        == 302
    )
    assert Student.objects.get(number="R1").name == "钱七"
    assert (
        client.post(reverse("students:decide_roster", args=[kept.pk]), {"decision": "drop"}).status_code
        == 409
    )


def test_a_file_that_is_no_roster_is_said_beside_the_field(world, client):
    sign_in(client, world.staff)
    response = client.post(reverse("students:rosters"), {"file": SimpleUploadedFile("r.xlsx", b"\x00\x01")})
    assert response.status_code == 422
    assert RosterImport.objects.count() == 0


def test_the_export_is_formula_safe_and_keeps_to_the_school(world, client):
    Student.objects.filter(pk=world.student.pk).update(name="=1+1")
    data = sign_in(client, world.staff).get(reverse("students:export")).content
    headers, rows = read_table(io.BytesIO(data))
    rows = [list(row) for row in rows]
    assert headers[:2] == ["学号", "姓名"]
    assert [row[:2] for row in rows] == [["20230001", "=1+1"]]
    assert load_workbook(io.BytesIO(data)).active["B2"].data_type != "f"
    assert CANARY not in repr(rows)


def test_the_template_comes_as_a_spreadsheet(world, client):
    data = sign_in(client, world.dean).get(reverse("students:roster_template")).content
    assert read_table(io.BytesIO(data))[0][0] == "学号"


def test_a_company_sees_a_student_and_is_counted(world, client):
    Student.objects.filter(pk=world.student.pk).update(visibility="anonymous")
    page = (
        sign_in(client, world.recruiter)
        .get(reverse("students:student", args=[world.student.pk]))
        .content.decode()
    )
    assert not any(
        word in page for word in ("李晓明", "20230001", "li@students.invalid", world.student.phone)
    )
    assert ProfileView.objects.get().count == 1


@pytest.mark.parametrize("name", ["student", "decide", "roster", "decide_roster", "roster_problems"])
def test_another_schools_rows_do_not_exist(world, client, name):
    kept = RosterImport.objects.create(school=world.stranger.school, file_name=CANARY)
    pk = kept.pk if "roster" in name else world.stranger.pk
    url = reverse(f"students:{name}", args=[pk])
    for actor in (world.staff, world.dean):
        sign_in(client, actor)
        response = client.post(url, {"decision": "confirm"}) if "decide" in name else client.get(url)
        assert response.status_code == 404
        assert CANARY not in response.content.decode()


@pytest.mark.parametrize("name", [*OWN_PAGES, *STAFF_PAGES, "claim", "register", "export", "roster_template"])
def test_visitors_are_shown_the_way_to_sign_in(db, client, name):
    response = client.get(reverse(f"students:{name}"))
    assert response.status_code == 302
    assert "login" in response.url
