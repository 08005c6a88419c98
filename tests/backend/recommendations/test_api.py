"""Matches over JSON: who is answered, whole bodies, the same visibility as on the pages, and what each answer costs."""

import pytest
from django.core.cache import cache
from django.core.management import call_command
from rest_framework.test import APIClient

from backend.positions.models import Position
from backend.recommendations.models import Grade, GradingRound, Impression, Interaction, StrongPair
from backend.students.models import Student
from tests.backend.recommendations.reading import queries_of
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
API = "/api/v1"
PEOPLE = ("nobody", "student", "recruiter", "staff", "department", "operator")


@pytest.fixture
def people(student, fitting):
    cache.clear()
    return {
        "student": MembershipFactory(of_student=True, student=student),
        "recruiter": RecruiterFactory(company=fitting.company),
        "staff": MembershipFactory(school=student.school),
        "department": MembershipFactory(school=student.school, department=student.major.department),
        "operator": MembershipFactory(operator=True),
    }


@pytest.fixture
def api(people):
    """A client of one of the people."""

    def of(who: str) -> APIClient:
        client = APIClient()
        client.credentials(HTTP_ACCEPT_LANGUAGE="en")
        if who != "nobody":
            client.force_login(people[who].user)
        return client

    return of


STUDENT, SIDES, STAFF, WHOLE = (
    {"student"},
    {"recruiter", "staff", "department"},
    {"staff", "department", "operator"},
    {"staff"},
)


@pytest.mark.parametrize(
    ("path", "audience"),
    [
        ("matches/", STUDENT),
        ("matches/{position}/", STUDENT),
        ("matches/compare/?a={position}&b={other}", STUDENT),
        ("matches/personalisation/", STUDENT),
        ("interactions/", STUDENT),
        ("matches/positions/{position}/students/", SIDES),
        ("matches/unnoticed/", STAFF),
        ("matches/models/", STAFF),
        ("matches/grading/", WHOLE),
    ],
)
def test_each_address_answers_its_audience(api, fitting, strange, path, audience):
    address = f"{API}/{path.format(position=fitting.pk, other=strange.pk)}"
    answers = {who: api(who).get(address).status_code for who in PEOPLE}
    assert answers == {who: 200 if who in audience else 401 if who == "nobody" else 403 for who in PEOPLE}


def test_matches_with_reasons_that_add_up(api, fitting, strange):
    rows = api("student").get(f"{API}/matches/").json()
    assert [(row["position"], row["title"], row["company"], row["rank"], row["saved"]) for row in rows] == [
        (fitting.pk, fitting.title, fitting.company.name, 1, False),
        (strange.pk, strange.title, strange.company.name, 2, False),
    ]
    for row in rows:
        assert abs(sum(reason["contribution"] for reason in row["reasons"]) - row["score"]) < 1e-9
        assert set(row["reasons"][0]) == {"feature", "contribution", "zh", "en"}
    assert list(Impression.objects.order_by("rank").values_list("position_id", "surface")) == [
        (fitting.pk, "api"),
        (strange.pk, "api"),
    ]


@pytest.mark.parametrize("limit", ["0", "51", "x", "-1", "９", "9" * 30, ""])
@pytest.mark.parametrize("path", ["matches/", "matches/positions/{pk}/students/"])
def test_a_wrong_limit_is_refused(api, fitting, path, limit):
    who = "student" if path == "matches/" else "recruiter"
    answer = api(who).get(f"{API}/{path.format(pk=fitting.pk)}", {"limit": limit})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["limit"])


def test_switched_off_there_are_no_scores_and_nothing_is_kept(api, fitting, strange):
    client = api("student")
    assert client.get(f"{API}/matches/personalisation/").json() == {"personalised": True}
    answer = client.put(f"{API}/matches/personalisation/", {"personalised": False}, format="json")
    assert (answer.status_code, answer.json()) == (200, {"personalised": False})
    rows = client.get(f"{API}/matches/").json()
    assert [(row["score"], row["model"], row["reasons"]) for row in rows] == [(None, None, [])] * 2
    detail = client.get(f"{API}/matches/{fitting.pk}/").json()
    assert (detail["score"], detail["reasons"], detail["raising"]) == (None, [], [])
    compared = client.get(f"{API}/matches/compare/", {"a": fitting.pk, "b": strange.pk})
    assert (compared.status_code, compared.json()["error"]) == (409, "personalisation_off")
    view = client.post(f"{API}/interactions/", {"position_id": fitting.pk, "kind": "view"}, format="json")
    assert (view.status_code, Impression.objects.count(), Interaction.objects.count()) == (204, 0, 0)


def test_one_position_in_full(api, fitting, strange):
    body = api("student").get(f"{API}/matches/{strange.pk}/").json()
    assert set(body) == {
        "position", "title", "company", "score", "model", "reasons", "raising", "saved", "hidden_cause",
    }  # fmt: skip
    assert abs(sum(reason["contribution"] for reason in body["reasons"]) - body["score"]) < 1e-9
    assert all(item["gain"] > 0 for item in body["raising"])
    assert (body["saved"], body["hidden_cause"]) == (False, None)


@pytest.mark.parametrize("state", ["draft", "closed", "elsewhere", "unknown"])
def test_a_position_one_may_not_see_does_not_exist(api, student, fitting, state):
    if state == "elsewhere":
        pk = PositionFactory(published=True).pk
    elif state == "unknown":
        pk = 10**9
    else:
        pk = PositionFactory(company=fitting.company, status=state).pk
    client = api("student")
    addresses = [f"{API}/matches/{pk}/", f"{API}/matches/compare/?a={fitting.pk}&b={pk}"]
    assert [client.get(address).status_code for address in addresses] == [404, 404]
    answer = client.post(f"{API}/interactions/", {"position_id": pk, "kind": "save"}, format="json")
    assert (answer.status_code, Interaction.objects.count()) == (404, 0)


def test_two_compared(api, fitting, strange):
    body = api("student").get(f"{API}/matches/compare/", {"a": fitting.pk, "b": strange.pk}).json()
    difference = body["a"]["score"] - body["b"]["score"]
    assert abs(sum(item["delta"] for item in body["differences"]) - difference) < 1e-9
    assert [body[side]["position"] for side in "ab"] == [fitting.pk, strange.pk]


@pytest.mark.parametrize(
    ("a", "b", "field"), [("", "1", "a"), ("1", "x", "b"), ("0", "1", "a"), ("1", "1", "b")]
)
def test_comparing_takes_two_numbers(api, fitting, a, b, field):
    answer = api("student").get(f"{API}/matches/compare/", {"a": a, "b": b})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, [field])


def test_saying_and_taking_back(api, fitting):
    client = api("student")
    body = {"position_id": fitting.pk, "kind": "not_interested", "cause": "pay"}
    answer = client.post(f"{API}/interactions/", body, format="json")
    said = answer.json()
    assert (answer.status_code, said["position"], said["kind"], said["cause"]) == (
        201,
        fitting.pk,
        "not_interested",
        "pay",
    )
    assert client.get(f"{API}/interactions/").json()["results"] == [said]
    assert client.get(f"{API}/matches/").json() == []
    address = f"{API}/interactions/{fitting.pk}/not_interested/"
    assert [client.delete(address).status_code for _ in range(2)] == [204, 404]
    assert client.get(f"{API}/interactions/").json()["results"] == []


@pytest.mark.parametrize("kind", ["view", "apply", "talk", "love"])
def test_the_rest_cannot_be_taken_back(api, student, fitting, kind):
    if kind != "love":
        Interaction.objects.create(student=student, position=fitting, kind=kind)
    before = Interaction.objects.count()
    assert api("student").delete(f"{API}/interactions/{fitting.pk}/{kind}/").status_code == 404
    assert Interaction.objects.count() == before


def test_the_same_key_says_it_once(api, fitting):
    client, body = api("student"), {"position_id": fitting.pk, "kind": "save"}
    answers = [
        client.post(f"{API}/interactions/", body, format="json", headers={"Idempotency-Key": "one"})
        for _ in range(2)
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, answers[0].json())] * 2
    other = client.post(
        f"{API}/interactions/", body | {"kind": "view"}, format="json", headers={"Idempotency-Key": "one"}
    )
    assert (other.status_code, Interaction.objects.count()) == (422, 1)


@pytest.mark.parametrize(
    "body", [{}, {"kind": "save"}, {"position_id": 0, "kind": "save"}, {"position_id": 1, "kind": "apply"}]
)
def test_a_wrong_body_is_refused(api, fitting, body):
    answer = api("student").post(f"{API}/interactions/", body, format="json")
    assert (answer.status_code, Interaction.objects.count()) == (422, 0)


def test_an_anonymous_student_has_no_name_and_no_private_reason(api, student, fitting):
    Student.objects.filter(pk=student.pk).update(visibility="anonymous", name="李晓明", salary_floor=9000)
    off = StudentFactory(school=student.school, personalised=False)
    rows = api("recruiter").get(f"{API}/matches/positions/{fitting.pk}/students/").json()
    assert [(row["student"], row["rank"], row["anonymous"]) for row in rows] == [
        (student.pk, 1, True),
        (off.pk, None, False),
    ]
    assert set(rows[0]) == {
        "student", "name", "anonymous", "major", "education", "graduation_year", "skills", "rank", "score",
        "model", "reasons",
    }  # fmt: skip
    assert ("李晓明" in str(rows), "9000" in str(rows)) == (False, False)
    assert {"salary", "place", "kind", "commute"} & {r["feature"] for r in rows[0]["reasons"]} == set()
    assert (rows[1]["score"], rows[1]["reasons"]) == (None, [])


def test_a_rivals_position_does_not_exist(api, student):
    rival = PositionFactory(published=True, company=CompanyFactory(school=student.school, verified=True))
    for pk in (rival.pk, 10**9):
        assert api("recruiter").get(f"{API}/matches/positions/{pk}/students/").status_code == 404


def test_unnoticed_pairs_and_the_hint(api, student, fitting):
    pair = StrongPair.objects.create(student=student, position=fitting, mutual=0.9, model="m")
    far = PositionFactory(published=True)
    StrongPair.objects.create(
        student=StudentFactory(school=far.company.school), position=far, mutual=0.99, model="m"
    )
    (row,) = api("staff").get(f"{API}/matches/unnoticed/").json()["results"]
    assert (row["id"], row["student"], row["position"], row["mutual"], row["hinted_at"]) == (
        pair.pk,
        student.pk,
        fitting.pk,
        0.9,
        None,
    )
    address = f"{API}/matches/unnoticed/{pair.pk}/hint/"
    assert [api(who).post(address).status_code for who in ("operator", "recruiter", "student")] == [403] * 3
    answers = [api("staff").post(address) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["error"] == "already_hinted"
    assert api("staff").post(f"{API}/matches/unnoticed/0/hint/").status_code == 404


def test_audits_and_cards_after_a_training(api, student, fitting):
    client = api("staff")
    assert client.get(f"{API}/matches/audits/fairness/").status_code == 404
    call_command("train_ranker", verbosity=0)
    for kind, part in (("fairness", "groups"), ("reach", "majors")):
        body = client.get(f"{API}/matches/audits/{kind}/").json()
        assert (body["kind"], body["model"], part in body["figures"]) == (kind, "additive-0002", True)
    assert client.get(f"{API}/matches/audits/love/").status_code == 404
    cards = client.get(f"{API}/matches/models/").json()
    assert [(card["name"], card["accepted"], card["serves"], card["people"]) for card in cards] == [
        ("additive-0002", True, True, 0),
        ("additive-0001", False, False, 0),
    ]
    other = APIClient()
    other.force_login(MembershipFactory(school=SchoolFactory()).user)
    assert other.get(f"{API}/matches/audits/fairness/").status_code == 404


def test_grading_by_two(api, student, fitting, people):
    second = APIClient()
    second.force_login(MembershipFactory(school=student.school).user)
    first = api("staff")
    answer = first.post(f"{API}/matches/grading/", headers={"Idempotency-Key": "draw"})
    repeat = first.post(f"{API}/matches/grading/", headers={"Idempotency-Key": "draw"})
    round_ = answer.json()
    assert (answer.status_code, repeat.json(), GradingRound.objects.count()) == (201, round_, 1)
    assert (round_["pairs"], round_["graded"], round_["agreement"]) == (1, {"1": 0, "2": 0}, None)
    assert set(round_["next"]) == {
        "id", "number", "major", "education", "skills", "certificates", "position", "title", "company",
    }  # fmt: skip
    address = f"{API}/matches/grading/pairs/{round_['next']['id']}/"
    assert first.put(address, {"fit": 3}, format="json").status_code == 422
    assert api("department").put(address, {"fit": 1}, format="json").status_code == 403
    assert [c.put(address, {"fit": 2}, format="json").status_code for c in (first, second)] == [204, 204]
    assert first.put(address, {"fit": 1}, format="json").status_code == 409
    body = first.get(f"{API}/matches/grading/{round_['id']}/").json()
    assert (body["next"], body["agreement"]["kappa"], Grade.objects.count()) == (None, 1.0, 2)
    stranger = APIClient()
    stranger.force_login(MembershipFactory().user)
    assert stranger.get(f"{API}/matches/grading/{round_['id']}/").status_code == 404
    assert stranger.put(address, {"fit": 1}, format="json").status_code == 404


@pytest.mark.parametrize("copies", [1, 3])
def test_each_answer_costs_the_same_however_much_there_is(api, student, fitting, copies):
    rows = PositionFactory.create_batch(copies, published=True, company=fitting.company)
    for row in rows:
        Interaction.objects.create(student=student, position=row, kind="save")
    far = StudentFactory.create_batch(copies, school=student.school)
    for one in far:
        StrongPair.objects.create(student=one, position=fitting, mutual=0.5, model="m")
    costs = {
        ("student", "matches/"): 8,
        ("student", f"matches/{fitting.pk}/"): 9,
        ("student", "interactions/"): 4,
        ("recruiter", f"matches/positions/{fitting.pk}/students/"): 10,
        ("staff", "matches/unnoticed/"): 7,
    }
    assert {asked: queries_of(api(asked[0]), f"{API}/{asked[1]}") for asked in costs} == costs
    assert Position.objects.count() == copies + 1
