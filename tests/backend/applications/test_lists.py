"""Lists of applications: stages and positions as filters, their order, what is late, and what a page costs."""

from datetime import timedelta

import pytest

from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application
from backend.common import clock
from tests.backend.applications.conftest import LIST, text_of
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory, OfferFactory

S = ApplicationStatus


@pytest.fixture
def several(application):
    """One application of the student at each stage, all at one company."""
    company = application.position.company
    for status in S:
        if status != S.NEW:
            made = ApplicationFactory(student=application.student, status=status, position__company=company)
            if status == S.OFFER:
                OfferFactory(application=made)
    return company


@pytest.mark.parametrize("who", ["student", "recruiter", "staff"])
@pytest.mark.parametrize("status", S)
def test_a_stage_is_a_filter(browsers, several, who, status):
    answer = browsers[who].get(LIST, {"status": status})
    assert [row.status for row in answer.context["page"]] == [status]
    assert [stage for stage, _count, _url, active in answer.context["stages"] if active] == [status]
    assert answer.context["all_count"] == len(S)


@pytest.mark.parametrize("query", [{}, {"status": "nonsense"}, {"status": ""}, {"position": "x"}])
def test_without_a_stage_everything_is_listed_newest_first(browsers, several, query):
    for client in browsers.values():
        ids = [row.pk for row in client.get(LIST, query).context["page"]]
        assert (len(ids), ids) == (len(S), sorted(ids, reverse=True))


def test_a_position_is_a_filter_and_stays_one_through_the_stages(browsers, several, application):
    answer = browsers["recruiter"].get(LIST, {"position": application.position_id})
    assert list(answer.context["page"]) == [application]
    assert [url for _stage, _count, url, _active in answer.context["stages"]] == [
        f"/applications/?position={application.position_id}&status=new"
    ]
    assert answer.context["position"] == application.position
    text = text_of(answer)
    assert f"/positions/{application.position_id}/slots/" in text
    assert f'name="position" value="{application.position_id}"' in text


def test_the_order_by_fit_stays_through_the_stages(browsers, application):
    at, one, status = "/applications/?", f"position={application.position_id}", "status=new"
    context = (
        browsers["recruiter"]
        .get(LIST, {"position": application.position_id, "sort": "fit", "status": "new"})
        .context
    )
    assert [url for _stage, _count, url, _active in context["stages"]] == [f"{at}{one}&sort=fit&{status}"]
    assert context["all_url"] == f"{at}{one}&sort=fit"
    assert context["by_fit_url"] == f"{at}{one}&{status}&sort=fit"
    assert context["latest_url"] == f"{at}{one}&{status}"


@pytest.mark.parametrize("position", ["0", "-1", "9" * 30, "１"])
def test_a_position_that_is_none_lists_nothing_or_everything_and_never_fails(browsers, application, position):
    answer = browsers["recruiter"].get(LIST, {"position": position})
    assert answer.status_code == 200


def test_what_is_late_is_marked(browsers, application):
    assert "Overdue" not in text_of(browsers["student"].get(LIST))
    clock.advance(timedelta(days=8))
    for client in browsers.values():
        assert "Overdue" in text_of(client.get(LIST))


def test_staff_see_who_owes_an_answer(browsers, several):
    text = text_of(browsers["staff"].get(LIST, {"status": "offer"}))
    assert "The student" in text
    assert "The company" in text_of(browsers["staff"].get(LIST, {"status": "new"}))


def test_an_empty_list_says_what_to_do(application, browsers):
    Application.objects.all().delete()
    texts = {who: text_of(client.get(LIST)) for who, client in browsers.items()}
    assert 'href="/matches/"' in texts["student"]
    assert "No applicants here" in texts["recruiter"]
    assert "No applications here" in texts["staff"]


def test_lists_have_pages(browsers, application):
    company = application.position.company
    ApplicationFactory.create_batch(22, position__company=company, student__school=company.school)
    answers = [browsers["recruiter"].get(LIST, {"page": number}) for number in (1, 2, 99)]
    assert [len(answer.context["page"]) for answer in answers] == [20, 3, 3]


COSTS = {
    ("student", LIST): 7,
    ("recruiter", LIST): 9,
    ("staff", LIST): 7,
    ("staff", "/applications/overdue/"): 6,
    ("recruiter", "/"): 10,
}


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("case", COSTS)
def test_lists_take_the_same_queries(browsers, application, django_assert_num_queries, case, rows):
    who, address = case
    company = application.position.company
    for _ in range(rows - 1):
        ApplicationFactory(student=application.student, position__company=company)
    for row in Application.objects.all():
        InterviewSlotFactory(position=row.position, application=row)
    Application.objects.update(due_at=clock.now() - timedelta(days=1))
    browsers[who].get(address)
    with django_assert_num_queries(COSTS[case]):
        assert browsers[who].get(address).status_code == 200
