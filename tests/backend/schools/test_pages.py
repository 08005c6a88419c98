"""Pages of a school's structure: who is let in, what is shown, what a form does, without JavaScript."""

import pytest
from django.test import Client
from django.utils.html import escape

from backend.schools.models import Department, Major, SchoolClass
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.schools import DepartmentFactory, MajorFactory, SchoolClassFactory

PARTS = (Department, Major, SchoolClass)
HOSTILE = "<script>alert('x')</script>"


def browser(user=None, language: str = "en") -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def office(campus) -> Client:
    """School-wide staff."""
    return browser(MembershipFactory(school=campus.school).user)


def addresses(campus) -> dict[str, str]:
    return {
        "structure": "/school/",
        "department": f"/school/departments/{campus.department.pk}/",
        "new department": "/school/departments/new/",
        "edit department": f"/school/departments/{campus.department.pk}/edit/",
        "new major": "/school/majors/new/",
        "edit major": f"/school/majors/{campus.major.pk}/edit/",
        "new class": "/school/classes/new/",
        "edit class": f"/school/classes/{campus.group.pk}/edit/",
    }


PAGES = (
    "structure",
    "department",
    "new department",
    "edit department",
    "new major",
    "edit major",
    "new class",
    "edit class",
)


def people(campus) -> dict[str, Client]:
    return {
        "nobody": browser(),
        "newcomer": browser(UserFactory()),
        "student": browser(MembershipFactory(of_student=True).user),
        "recruiter": browser(RecruiterFactory(owner=True).user),
        "operator": browser(MembershipFactory(operator=True).user),
        "dean": browser(MembershipFactory(school=campus.school, department=campus.department).user),
        "staff": browser(MembershipFactory(school=campus.school).user),
    }


def test_every_page_answers_staff_and_nobody_else(campus):
    answers = {
        who: {client.get(addresses(campus)[name]).status_code for name in PAGES}
        for who, client in people(campus).items()
    }
    assert answers == {
        "nobody": {302},
        "newcomer": {403},
        "student": {403},
        "recruiter": {403},
        "operator": {403},
        "dean": {200},
        "staff": {200},
    }


@pytest.mark.parametrize("name", ["department", "edit department", "edit major", "edit class"])
def test_the_pages_of_another_school_do_not_exist(campus, name):
    stranger = browser(MembershipFactory(school=campus.far).user)
    assert stranger.get(addresses(campus)[name]).status_code == 404
    assert stranger.post(addresses(campus)[name], {"name": "x"}).status_code in {404, 405}


@pytest.mark.parametrize("name", ["department", "edit department", "edit major"])
def test_the_pages_of_another_department_do_not_exist_for_a_dean(campus, name):
    dean = browser(MembershipFactory(school=campus.school, department=campus.second).user)
    assert dean.get(addresses(campus)[name]).status_code == 404


def test_a_dean_is_shown_no_buttons_that_write(campus):
    dean = browser(MembershipFactory(school=campus.school, department=campus.department).user)
    pages = [dean.get(addresses(campus)[name]).content.decode() for name in ("structure", "department")]
    assert [page.count("/school/departments/new/") for page in pages] == [0, 0]
    assert [page.count("/school/majors/new/") for page in pages] == [0, 0]


def test_staff_are_shown_the_buttons(campus, office):
    page = office.get(addresses(campus)["department"]).content.decode()
    assert f'href="/school/majors/new/?department={campus.department.pk}"' in page
    assert f'href="/school/classes/new/?major={campus.major.pk}"' in page
    assert 'href="/school/departments/new/"' in office.get("/school/").content.decode()


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["School structure", "Departments", "New department"]),
        ("zh-hans", ["院系结构", "院系", "新增院系"]),
    ],
)
def test_the_structure_speaks_both_languages(campus, language, words):
    page = browser(MembershipFactory(school=campus.school).user, language).get("/school/").content.decode()
    assert [word for word in words if word not in page] == []


def test_a_school_without_departments_says_how_to_begin(db):
    page = browser(MembershipFactory().user).get("/school/").content.decode()
    assert "No departments yet" in page
    assert "<table" not in page


def test_a_department_without_majors_says_so(campus, office):
    empty = DepartmentFactory(school=campus.school)
    assert "No majors yet" in office.get(f"/school/departments/{empty.pk}/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize(("name", "queries"), [("structure", 6), ("department", 8)])
def test_the_lists_cost_the_same_for_one_and_three(campus, rows, name, queries, django_assert_num_queries):
    for _ in range(rows - 1):
        DepartmentFactory(school=campus.school)
        SchoolClassFactory(major=MajorFactory(school=campus.school, department=campus.department))
    client = browser(MembershipFactory(school=campus.school).user)
    address = addresses(campus)[name]
    client.get(address)
    with django_assert_num_queries(queries):
        client.get(address)


def test_the_structure_has_pages_of_twenty(campus, office):
    DepartmentFactory.create_batch(20, school=campus.school)
    first, second = office.get("/school/"), office.get("/school/?page=2")
    assert (len(first.context["rows"]), len(second.context["rows"])) == (20, 2)
    assert len(office.get("/school/?page=99").context["rows"]) == 2
    assert len(office.get("/school/?page=x").context["rows"]) == 20


def test_forms_write_and_lead_back(campus, office):
    posts = [
        ("new department", {"name": "护理系"}),
        ("edit department", {"name": "信息工程系"}),
        (
            "new major",
            {"name": "大数据", "department": campus.department.pk, "skills": "Python、SQL", "code": "510205"},
        ),
        ("new class", {"name": "软件二班", "major": campus.major.pk, "graduation_year": "2027"}),
        ("edit class", {"name": "软件甲班", "major": campus.major.pk, "graduation_year": "2028"}),
    ]
    for name, body in posts:
        answer = office.post(addresses(campus)[name], body)
        assert (name, answer.status_code, answer["Location"]) == (name, 302, "/school/")
    assert set(Department.objects.filter(school=campus.school).values_list("name", flat=True)) == {
        "护理系",
        "信息工程系",
        "机电系",
    }
    assert Major.objects.get(name="大数据").skills == ["Python", "SQL"]
    assert set(campus.major.classes.values_list("name", "graduation_year")) == {
        ("软件二班", 2027),
        ("软件甲班", 2028),
    }


@pytest.mark.parametrize(
    ("name", "body", "wrong"),
    [
        ("new department", {"name": " "}, ["name"]),
        ("new department", {"name": "机电系"}, ["name"]),
        ("edit department", {"name": "机电系"}, ["name"]),
        ("new major", {"name": "x"}, ["department"]),
        ("new class", {"name": "x", "graduation_year": "1999"}, ["graduation_year", "major"]),
        ("edit class", {"name": "", "graduation_year": "x"}, ["graduation_year", "major", "name"]),
    ],
)
def test_a_wrong_form_is_shown_again_with_its_sentences(campus, office, name, body, wrong):
    before = contents(*PARTS)
    answer = office.post(addresses(campus)[name], body)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, wrong)
    assert answer.content.decode().count('aria-invalid="true"') == len(wrong)
    assert contents(*PARTS) == before


def test_a_dean_who_posts_anyway_changes_nothing(campus):
    dean = browser(MembershipFactory(school=campus.school, department=campus.department).user)
    before = contents(*PARTS)
    bodies = {
        "new department": {"name": "x"},
        "edit department": {"name": "x"},
        "new major": {"name": "x", "department": campus.department.pk},
        "edit major": {"name": "x", "department": campus.department.pk},
        "new class": {"name": "x", "major": campus.major.pk, "graduation_year": "2027"},
        "edit class": {"name": "x", "major": campus.major.pk, "graduation_year": "2027"},
    }
    assert {dean.post(addresses(campus)[name], body).status_code for name, body in bodies.items()} == {403}
    for noun, pk in (("department", campus.department.pk), ("major", campus.major.pk), ("class", 1)):
        assert dean.post(f"/school/{noun}/{pk}/remove/").status_code == 403
    assert contents(*PARTS) == before


def test_hostile_names_are_shown_as_text(campus, office):
    campus.department.name = campus.major.name = campus.group.name = HOSTILE
    for row in (campus.department, campus.major, campus.group):
        row.save()
    for name in PAGES:
        page = office.get(addresses(campus)[name]).content.decode()
        assert HOSTILE not in page, name
    assert escape(HOSTILE) in office.get("/school/").content.decode()
    assert escape(HOSTILE) in office.get(addresses(campus)["edit class"]).content.decode()


def test_the_form_of_a_major_shows_names_not_codes(campus, office):
    campus.major.occupation_codes, campus.major.skills = ["2-02-10-03"], ["Java", "SQL"]
    campus.major.save()
    page = office.get(addresses(campus)["edit major"]).content.decode()
    assert "计算机软件工程技术人员" in page
    assert "Java、SQL" in page


def test_a_new_major_begins_in_the_department_it_was_asked_from(campus, office):
    page = office.get(f"/school/majors/new/?department={campus.second.pk}")
    assert page.context["form"]["department"].value() == str(campus.second.pk)
    assert list(page.context["form"].fields["department"].queryset) == [campus.department, campus.second]


@pytest.mark.parametrize("given", ["", "abc", "999999999999999999999", "<script>"])
def test_a_strange_starting_value_does_no_harm(campus, office, given):
    assert office.get("/school/majors/new/", {"department": given}).status_code == 200
    assert office.get("/school/classes/new/", {"major": given}).status_code == 200


@pytest.mark.parametrize("noun", ["department", "major", "class"])
def test_removing_is_a_post(campus, office, noun):
    assert office.get(f"/school/{noun}/1/remove/").status_code == 405
    assert office.post(f"/school/{noun}/999999/remove/").status_code == 404


def test_what_is_in_use_stays_and_the_page_says_why(campus, office):
    answers = [
        office.post(f"/school/department/{campus.department.pk}/remove/"),
        office.post(f"/school/major/{campus.major.pk}/remove/"),
    ]
    assert [answer.status_code for answer in answers] == [409, 409]
    assert "It still has majors." in answers[0].content.decode()
    assert "It still has students." in answers[1].content.decode()
    assert Major.objects.filter(pk=campus.major.pk).exists()


def test_what_is_not_needed_goes(campus, office):
    answer = office.post(f"/school/class/{campus.group.pk}/remove/", follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["Removed."]
    assert not SchoolClass.objects.filter(pk=campus.group.pk).exists()


def test_forms_need_no_script_and_carry_the_token(campus, office):
    page = office.get(addresses(campus)["new department"]).content.decode()
    assert 'method="post"' in page
    assert "csrfmiddlewaretoken" in page
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(MembershipFactory(school=campus.school).user)
    assert strict.post("/school/departments/new/", {"name": "x"}).status_code == 403
    assert not Department.objects.filter(name="x").exists()
