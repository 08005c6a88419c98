"""Pages and JSON of matches, the panel on a position, and training from what happened."""

from io import StringIO

import pytest
from django.core.management import call_command

from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import serve_newest
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def student():
    return StudentFactory()


@pytest.fixture
def position(student):
    return PositionFactory(published=True, company__school=student.school, majors=[], skills=["Java"])


@pytest.fixture
def as_student(client, student):
    client.force_login(MembershipFactory(of_student=True, student=student).user, BACKEND)
    return client


def test_the_page_shows_matches_with_reasons_and_records_them(as_student, position):
    response = as_student.get("/matches/")
    (item,) = response.context["shown"]
    assert (response.status_code, item.position) == (200, position)
    assert list(Impression.objects.values_list("position_id", "surface", "rank")) == [
        (position.pk, "matches", 1)
    ]


def test_without_positions_the_page_says_so(as_student):
    response = as_student.get("/matches/")
    assert (response.status_code, response.context["shown"], Impression.objects.count()) == (200, [], 0)


def test_order_by_fit_is_switched_off_and_on(as_student, student, position):
    as_student.post("/matches/personalisation/", {"on": "0"})
    student.refresh_from_db()
    assert student.personalised is False
    assert as_student.get("/matches/").context["shown"][0].match is None
    as_student.post("/matches/personalisation/", {"on": "1"})
    student.refresh_from_db()
    assert student.personalised is True


def test_save_remove_and_not_interested(as_student, position):
    path = f"/positions/{position.pk}/interest/"
    as_student.post(path, {"kind": "save"})
    assert position.title in as_student.get("/matches/saved/").content.decode()
    as_student.post(path, {"kind": "save", "undo": "1"})
    as_student.post(path, {"kind": "not_interested", "cause": "pay"})
    assert list(Interaction.objects.values_list("kind", "cause")) == [("not_interested", "pay")]


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/matches/saved/", "/matches/saved/"),
        ("https://evil.example/", "/matches/"),
        ("//evil.example", "/matches/"),
    ],
)
def test_the_way_back_never_leaves_the_house(as_student, position, target, expected):
    response = as_student.post(f"/positions/{position.pk}/interest/", {"kind": "save", "next": target})
    assert response["Location"] == expected


def test_the_position_page_says_why_it_fits_and_counts_the_look(as_student, student, position):
    response = as_student.get(f"/positions/{position.pk}/")
    assert response.status_code == 200
    assert list(Interaction.objects.values_list("position_id", "kind")) == [(position.pk, "view")]


def test_the_students_home_shows_matches_and_profile(as_student, position):
    response = as_student.get("/")
    assert (response.status_code, [item.position for item in response.context["shown"]]) == (200, [position])


def test_a_recruiter_has_no_matches(client, position):
    client.force_login(RecruiterFactory(company=position.company).user, BACKEND)
    assert [client.get(path).status_code for path in ("/matches/", "/matches/saved/")] == [403, 403]
    assert client.get("/api/v1/matches/").status_code == 403


def test_json_lists_matches_with_reasons_that_add_up(as_student, position):
    (row,) = as_student.get("/api/v1/matches/").json()
    assert (row["position"], row["rank"], row["saved"]) == (position.pk, 1, False)
    assert abs(sum(reason["contribution"] for reason in row["reasons"]) - row["score"]) < 1e-9


@pytest.mark.parametrize("limit", ["0", "51", "x", "-1", "999999999"])
def test_json_refuses_a_wrong_limit(as_student, limit):
    assert as_student.get("/api/v1/matches/", {"limit": limit}).status_code == 422


def test_json_without_personalisation_has_no_scores(as_student, student, position):
    student.personalised = False
    student.save()
    (row,) = as_student.get("/api/v1/matches/").json()
    assert (row["score"], row["model"], row["reasons"]) == (None, None, [])


def test_an_interaction_by_json(as_student, position):
    body = {"position_id": position.pk, "kind": "save"}
    response = as_student.post("/api/v1/interactions/", body, content_type="application/json")
    assert (response.status_code, response.json()["kind"]) == (201, "save")
    wrong = as_student.post(
        "/api/v1/interactions/", {**body, "kind": "apply"}, content_type="application/json"
    )
    assert (wrong.status_code, Interaction.objects.count()) == (422, 1)


def test_training_on_little_is_refused_by_the_gate_and_the_rules_keep_answering(
    as_student, position, settings
):
    PositionFactory(published=True, company=position.company)
    as_student.get("/matches/")
    as_student.post(f"/positions/{position.pk}/interest/", {"kind": "save"})
    before, out = serve_newest(), StringIO()
    call_command("train_ranker", stdout=out)
    assert "gate: refused" in out.getvalue()
    assert f"answering now: {before}" in out.getvalue()
