"""Position pages: who gets which, what forms say, and how many queries a list takes."""

from datetime import date

import pytest
from django.test import Client

from backend.common import outbox
from backend.positions import indexing, panels
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import OccupationFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


def signed_in(user):
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.fixture
def hr(company):
    """The browser of a recruiter."""
    return signed_in(RecruiterFactory(company=company).user)


@pytest.fixture
def office(company):
    """The browser of staff."""
    return signed_in(MembershipFactory(school=company.school).user)


def entries(**changed):
    return {
        "title": "数控操作员",
        "kind": "full_time",
        "occupation": OccupationFactory(code="6-18-01-07").pk,
        "openings": "3",
        "duties": "操作数控车床。",
        "conditions": "两班倒，提供住宿。",
        "education": "associate",
        "majors": "机电一体化技术，数控技术",
        "skills": "识图、PLC",
        "experience_months": "0",
        "graduation_years": "2026",
        "city_code": "310000",
        "place": "东方路1号",
        "salary_min": "5000",
        "salary_max": "8000",
        "salary_months": "12",
        "deadline": "2026-06-30",
        **changed,
    }


def test_the_form_writes_a_draft(hr, company):
    answer = hr.post("/company/positions/new/", entries())
    position = Position.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/company/positions/{position.pk}/")
    assert (position.company_id, position.status) == (company.pk, PositionStatus.DRAFT)
    assert (position.majors, position.skills) == (["机电一体化技术", "数控技术"], ["识图", "PLC"])
    assert (position.graduation_years, position.deadline) == ([2026], date(2026, 6, 30))


def test_the_form_shows_errors_beside_the_fields_and_keeps_what_was_typed(hr):
    answer = hr.post("/company/positions/new/", entries(salary_min="9000", title="操作员甲"))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["salary_max"]
    assert "操作员甲" in answer.content.decode()
    assert Position.objects.count() == 0


def test_edit_sends_a_published_position_back_to_review(hr, company):
    position = PositionFactory(company=company, published=True)
    page = hr.get(f"/company/positions/{position.pk}/edit/")
    assert page.context["form"].initial["occupation"] == position.occupation_id
    answer = hr.post(f"/company/positions/{position.pk}/edit/", entries(version="1"))
    assert answer.status_code == 302
    position.refresh_from_db()
    assert (position.status, position.duties) == (PositionStatus.IN_REVIEW, "操作数控车床。")


def test_the_whole_path_in_the_browser(hr, office, company):
    hr.post("/company/positions/new/", entries())
    position = Position.objects.get()
    hr.post(f"/company/positions/{position.pk}/steps/submit/")
    assert position.title in office.get("/staff/positions/").content.decode()
    answer = office.post(f"/staff/positions/{position.pk}/", {"outcome": "publish", "reason": ""})
    assert answer.status_code == 302
    outbox.drain()
    visitor = Client()
    page = visitor.get("/positions/", {"q": "数控"}).content.decode()
    assert f"/positions/{position.pk}/" in page
    detail = visitor.get(f"/positions/{position.pk}/").content.decode()
    for fact in (
        company.name,
        "操作数控车床。",
        "两班倒",
        "东方路1号",
        "5,000–8,000",
        "2026-06-30",
        company.school.name,
    ):
        assert fact in detail


def test_sending_back_without_a_reason_is_said_beside_the_field(office, company):
    position = PositionFactory(company=company, in_review=True)
    answer = office.post(f"/staff/positions/{position.pk}/", {"outcome": "send_back", "reason": ""})
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["reason"])
    position.refresh_from_db()
    assert position.status == PositionStatus.IN_REVIEW


def test_lint_answers_while_typing(hr):
    answer = hr.post(
        "/company/positions/lint/", {"title": "焊工", "duties": "限男性"}, headers={"HX-Request": "true"}
    )
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "限男性" in text
    assert "《就业促进法》第二十七条" in text
    assert "<html" not in text


def test_htmx_gets_the_results_alone(company):
    PositionFactory(company=company, published=True)
    indexing.look_again(Position.objects.values_list("pk", flat=True))
    outbox.drain()
    text = Client().get("/positions/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert 'id="filter-panel"' in text


def test_a_submission_that_is_unlawful_says_why(hr, company):
    position = PositionFactory(company=company, duties="限男性")
    answer = hr.post(f"/company/positions/{position.pk}/steps/submit/", follow=True)
    assert "限男性" in answer.content.decode()
    position.refresh_from_db()
    assert position.status == PositionStatus.DRAFT


@pytest.mark.parametrize("step", ["submit", "withdraw", "pause", "resume", "close", "nonsense"])
def test_steps_on_a_position_of_another_company_do_not_exist(hr, step):
    position = PositionFactory(published=True)
    assert hr.post(f"/company/positions/{position.pk}/steps/{step}/").status_code == 404
    position.refresh_from_db()
    assert position.status == PositionStatus.PUBLISHED


PAGES = {
    "/company/positions/": {"recruiter"},
    "/company/positions/new/": {"recruiter"},
    "/company/positions/{pk}/": {"recruiter"},
    "/company/positions/{pk}/edit/": {"recruiter"},
    "/staff/positions/": {"staff"},
    "/staff/positions/{pk}/": {"staff"},
    "/staff/positions/imports/": {"staff"},
    "/positions/": {"visitor", "recruiter", "staff"},
    "/positions/{pk}/": {"visitor", "recruiter", "staff"},
}


@pytest.mark.parametrize("path", PAGES)
def test_each_page_answers_its_roles_and_nobody_else(hr, office, company, path):
    position = PositionFactory(company=company, published=True)
    people = {"visitor": Client(), "recruiter": hr, "staff": office}
    address = path.format(pk=position.pk)
    answers = {name: client.get(address).status_code for name, client in people.items()}
    expected = {name: 200 if name in PAGES[path] else 404 for name in people}
    if "visitor" not in PAGES[path]:
        expected["visitor"] = 302
    assert answers == expected


@pytest.fixture
def browsers(hr, office):
    """Whose list it is."""
    return {"/company/positions/": hr, "/staff/positions/?status=all": office, "/positions/": Client()}


LISTS = {"/company/positions/": 10, "/staff/positions/?status=all": 6, "/positions/": 2}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries_with_one_row_and_with_three(
    browsers, company, django_assert_num_queries, path, rows
):
    PositionFactory.create_batch(rows, company=company, published=True)
    indexing.look_again(Position.objects.values_list("pk", flat=True))
    outbox.drain()
    client = browsers[path]
    client.get(path)
    with django_assert_num_queries(LISTS[path]):
        answer = client.get(path)
    assert len(answer.context["rows"]) == rows


def test_panels_of_other_parts_stand_on_the_page_in_order(company, monkeypatch):
    monkeypatch.setattr(panels, "_panels", [])
    panels.register(
        lambda request, position: ("positions/_districts.html", {"choices": [("second", "2")]}),
        order=2,
    )
    panels.register(
        lambda request, position: ("positions/_districts.html", {"choices": [("first", "1")]}), order=1
    )
    panels.register(lambda request, position: None, order=3)
    position = PositionFactory(company=company, published=True)
    text = Client().get(f"/positions/{position.pk}/").content.decode()
    assert text.index('value="first"') < text.index('value="second"')


def test_a_position_of_an_unvetted_company_is_seen_by_its_people_and_staff(frozen_now):
    company = CompanyFactory(submitted=True)
    position = PositionFactory(company=company, in_review=True)
    assert (
        signed_in(RecruiterFactory(company=company).user).get(f"/positions/{position.pk}/").status_code == 200
    )
    assert (
        signed_in(MembershipFactory(school=company.school).user)
        .get(f"/staff/positions/{position.pk}/")
        .status_code
        == 200
    )
    assert Client().get(f"/positions/{position.pk}/").status_code == 404
