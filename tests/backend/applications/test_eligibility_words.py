"""What stands in the way, in words: on JSON before applying, and each sentence in both languages."""

from datetime import timedelta

import pytest
from django.utils import translation

from backend.applications import domain
from backend.applications.eligibility import eligibility
from backend.applications.models import Application
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from tests.backend.refusals import contents, refused
from tests.factories.applications import student_actor
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory

PATH = "/api/v1/applications/eligibility/"
CHANGES = {
    "status": ("student", {"status": "pending"}),
    "company": ("company", {"status": "suspended"}),
    "position": ("position", {"status": "paused"}),
    "deadline": ("position", {"deadline": None}),
    "education": ("position", {"education": "master"}),
    "major": ("position", {"majors": ["护理", "助产"]}),
    "graduation_year": ("position", {"graduation_years": [2025, 2030]}),
}


@pytest.fixture
def position(application):
    """Another position of the company, that fits the student."""
    return PositionFactory(published=True, company=application.position.company, majors=[])


def change(field, student, position):
    """Let one field stand in the way."""
    whose, values = CHANGES[field]
    row = {"student": student, "company": position.company, "position": position}[whose]
    for name, value in values.items():
        setattr(row, name, clock.today() - timedelta(days=1) if name == "deadline" else value)


@pytest.mark.parametrize("field", CHANGES)
def test_each_field_is_named_in_both_languages_with_what_is_asked_and_what_one_has(
    application, position, field
):
    change(field, application.student, position)
    said = {}
    for language in ("en", "zh-hans"):
        with translation.override(language):
            (failing,) = eligibility(application.student, position)
            assert failing.field == field
            said[language] = failing.text
    assert "%(" not in said["en"] + said["zh-hans"]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in said["zh-hans"])
    assert said["en"] != said["zh-hans"]


@pytest.mark.parametrize("field", ["education", "major", "graduation_year"])
def test_json_says_before_applying_what_applying_would_say(apis, application, position, field):
    change(field, application.student, position)
    position.save()
    before = contents(Application)
    asked = apis["student"].get(PATH, {"position": position.pk})
    tried = apis["student"].post("/api/v1/applications/", {"position_id": position.pk}, format="json")
    assert (asked.status_code, asked.json()["eligible"], tried.status_code) == (200, False, 422)
    assert [(row["field"], [row["message"]]) for row in asked.json()["failing"]] == list(
        tried.json()["fields"].items()
    )
    assert contents(Application) == before


def test_json_says_that_nothing_stands_in_the_way(apis, position):
    answer = apis["student"].get(PATH, {"position": position.pk})
    assert answer.json() == {"eligible": True, "failing": []}
    assert Application.objects.filter(position=position).count() == 0


@pytest.mark.parametrize("number", [None, "", "x", "0", "-1", "9" * 30])
def test_a_position_that_is_no_number_is_a_422_that_names_it(apis, application, number):
    answer = apis["student"].get(PATH, {} if number is None else {"position": number})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["position"])


def test_a_position_one_may_not_see_is_not_found(apis, application):
    for hidden in (PositionFactory(company=application.position.company), PositionFactory(published=True)):
        assert apis["student"].get(PATH, {"position": hidden.pk}).status_code == 404


@pytest.mark.parametrize("who", ["recruiter", "staff"])
def test_only_students_ask_whether_they_qualify(apis, position, who):
    assert apis[who].get(PATH, {"position": position.pk}).status_code == 403


def test_the_domain_asks_the_same_rules_as_applying(people, application, position):
    for who in set(people) - {"student", "classmate"}:
        with refused(NotAllowed, "not_allowed"):
            domain.check_eligibility(actor=people[who], position_id=position.pk)
    stranger = PositionFactory(published=True, company=CompanyFactory(verified=True))
    with refused(NotFound, "not_found"):
        domain.check_eligibility(actor=people["student"], position_id=stranger.pk)
    position.education = "doctor"
    position.save()
    actor = student_actor(application.student)
    (failing,) = domain.check_eligibility(actor=actor, position_id=position.pk)
    with refused(Invalid, "not_eligible", Application, fields=[failing.field]):
        domain.apply(actor=actor, position_id=position.pk)
