"""JSON of applications and interview times: every body, every role, every filter, one shape for each audience."""

from datetime import timedelta

import pytest
from rest_framework.test import APIClient

from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application, ApplicationNote, InterviewSlot, Offer
from backend.common import clock
from tests.backend.applications.conftest import browser
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, InterviewSlotFactory, OfferFactory
from tests.factories.companies import CompanyFactory, RecruiterFactory
from tests.factories.positions import PositionFactory

S = ApplicationStatus
LIST, SLOTS = "/api/v1/applications/", "/api/v1/interview-slots/"
FIELDS = {
    "id", "position", "position_title", "company_name", "student", "student_name", "major", "resume",
    "note", "status", "due_at", "created_at", "updated_at",
}  # fmt: skip
ROWS = (Application, ApplicationNote, InterviewSlot, Offer)


def at(days=1, minutes=0):
    return (clock.now() + timedelta(days=days, minutes=minutes)).isoformat()


def put(application, status):
    Application.objects.filter(pk=application.pk).update(status=status)
    if status == S.OFFER:
        OfferFactory(application=application)


def one(application):
    return f"{LIST}{application.pk}/"


@pytest.mark.parametrize("who", ["student", "recruiter", "staff"])
def test_a_list_says_who_applied_where_and_nothing_private(apis, application, who):
    Application.objects.update(rating=2)
    (row,) = apis[who].get(LIST).json()["results"]
    assert set(row) == FIELDS
    assert (row["id"], row["student_name"], row["company_name"], row["status"]) == (
        application.pk,
        application.student.name,
        application.position.company.name,
        "new",
    )
    assert application.student.phone not in str(row)


def test_one_application_has_its_steps_and_its_offer(apis, application):
    put(application, S.OFFER)
    application.steps.create(status="offer", by_role="recruiter", message="恭喜")
    body = apis["student"].get(one(application)).json()
    assert set(body) == FIELDS | {"steps", "offer"}
    assert [(step["status"], step["message"], step["by_role"]) for step in body["steps"]] == [
        ("offer", "恭喜", "recruiter")
    ]
    assert (body["offer"]["salary"], body["offer"]["answered_at"]) == (6500, None)


def test_one_application_without_an_offer_says_so(apis, application):
    assert apis["student"].get(one(application)).json()["offer"] is None


@pytest.mark.parametrize("query", [{"status": ["new"]}, {"status": ["new", "viewed"]}, {}])
def test_stages_are_a_filter_and_several_add_up(apis, application, query):
    company = application.position.company
    for status in ("viewed", "hired"):
        ApplicationFactory(student=application.student, status=status, position__company=company)
    found = {row["status"] for row in apis["recruiter"].get(LIST, query).json()["results"]}
    assert found == set(query.get("status", ["new", "viewed", "hired"]))


def test_a_position_is_a_filter(apis, application):
    ApplicationFactory(student=application.student, position__company=application.position.company)
    answer = apis["recruiter"].get(LIST, {"position": application.position_id}).json()
    assert [row["id"] for row in answer["results"]] == [application.pk]
    assert apis["recruiter"].get(LIST, {"position": 2**62}).json()["results"] == []


@pytest.mark.parametrize(
    "query", [{"status": "gone"}, {"position": "x"}, {"position": 0}, {"position": 2**63}]
)
def test_a_filter_that_makes_no_sense_is_a_422_that_names_it(apis, application, query):
    answer = apis["recruiter"].get(LIST, query)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, list(query))


# Bodies


APPLY = [
    ({}, ["position_id"]),
    ({"position_id": "x"}, ["position_id"]),
    ({"position_id": 0}, ["position_id"]),
    ({"position_id": 2**63}, ["position_id"]),
    ({"position_id": 1, "note": "字" * 1001}, ["note"]),
    ({"position_id": 1, "resume_id": 0}, ["resume_id"]),
    ({"position_id": None, "resume_id": "x", "note": None}, ["note", "position_id", "resume_id"]),
]


@pytest.mark.parametrize(("body", "named"), APPLY)
def test_a_wrong_application_names_the_fields(apis, application, body, named):
    before = contents(*ROWS)
    answer = apis["student"].post(LIST, body, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert contents(*ROWS) == before


BODIES = {
    "move": [({}, ["to"]), ({"to": "hired"}, ["to"]), ({"to": "viewed", "message": "字" * 1001}, ["message"])],
    "notes": [({}, ["text"]), ({"text": ""}, ["text"]), ({"text": "字" * 2001}, ["text"])],
    "rate": [({}, ["rating"]), ({"rating": 0}, ["rating"]), ({"rating": 6}, ["rating"]), ({"rating": "x"}, ["rating"])],
    "offer": [
        ({}, ["deadline", "salary", "starts_on"]),
        ({"salary": 0, "starts_on": "2026-07-01", "deadline": "2026-04-01T10:00:00Z"}, ["salary"]),
        ({"salary": 10_000_001, "starts_on": "x", "deadline": "x"}, ["deadline", "salary", "starts_on"]),
        ({"salary": 5000, "starts_on": "2026-03-01", "deadline": "2026-03-01T10:00:00Z"}, ["deadline", "starts_on"]),
    ],
}  # fmt: skip
CASES = [(name, body, named) for name, cases in BODIES.items() for body, named in cases]


@pytest.mark.parametrize(("name", "body", "named"), CASES)
def test_a_wrong_answer_of_the_company_names_the_fields(apis, application, name, body, named):
    put(application, S.SHORTLISTED)
    before = contents(*ROWS)
    answer = apis["recruiter"].post(f"{one(application)}{name}/", body, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert contents(*ROWS) == before


BULK = [
    ({}, ["application_ids", "to"]),
    ({"to": "declined", "application_ids": []}, ["application_ids"]),
    ({"to": "declined", "application_ids": list(range(1, 202))}, ["application_ids"]),
    ({"to": "declined", "application_ids": [0]}, ["application_ids"]),
    ({"to": "declined", "application_ids": "1"}, ["application_ids"]),
    ({"to": "offer", "application_ids": [1]}, ["to"]),
]


@pytest.mark.parametrize(("body", "named"), BULK)
def test_a_wrong_bulk_answer_names_the_fields(apis, application, body, named):
    before = contents(*ROWS)
    answer = apis["recruiter"].post(f"{LIST}bulk-move/", body, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert contents(*ROWS) == before


def test_a_bulk_answer_moves_what_it_can_and_says_why_not_in_the_readers_language(apis, application):
    company = application.position.company
    ended = ApplicationFactory(student__school=company.school, position=application.position, status="hired")
    foreign = ApplicationFactory()
    body = {
        "application_ids": [application.pk, ended.pk, foreign.pk, 2**62],
        "to": "declined",
        "message": "谢谢",
    }
    said = {}
    for language in ("en", "zh-hans"):
        answer = apis["recruiter"].post(
            f"{LIST}bulk-move/", body, format="json", headers={"Accept-Language": language}
        )
        said[language] = answer.json()
    assert said["en"]["moved"] == [application.pk]
    assert said["en"]["refused"] == {str(ended.pk): "Not possible from “Hired”."}
    assert said["zh-hans"]["moved"] == []
    assert set(said["zh-hans"]["refused"]) == {str(ended.pk), str(application.pk)}
    assert not said["zh-hans"]["refused"][str(ended.pk)].isascii()
    foreign.refresh_from_db()
    assert foreign.status == "new"


TIMES = [
    ({}, ["place", "position_id", "times"]),
    ({"times": []}, ["times"]),
    ({"times": [{"starts_at": "x", "ends_at": "x"}]}, ["times"]),
    ({"place": ""}, ["place"]),
    ({"place": "字" * 201}, ["place"]),
    ({"position_id": "x"}, ["position_id"]),
]


@pytest.mark.parametrize(("change", "named"), TIMES)
def test_wrong_times_name_the_fields(apis, application, change, named):
    body = {
        "position_id": application.position_id, "place": "A 座",
        "times": [{"starts_at": at(1), "ends_at": at(1, 30)}], **change,
    } if change else {}  # fmt: skip
    answer = apis["recruiter"].post(SLOTS, body, format="json")
    assert (answer.status_code, sorted(answer.json()["fields"])) == (422, named)
    assert InterviewSlot.objects.count() == 0


@pytest.mark.parametrize(
    "times",
    [
        [{"starts_at": "2026-03-01T01:00:00Z", "ends_at": "2026-03-01T02:00:00Z"}],
        [{"starts_at": "2026-03-05T02:00:00Z", "ends_at": "2026-03-05T01:00:00Z"}],
        [{"starts_at": "2026-03-05T02:00:00Z", "ends_at": "2026-03-05T02:00:00Z"}],
    ],
)
def test_times_that_are_past_or_backward_are_refused_by_the_domain(apis, application, times):
    body = {"position_id": application.position_id, "place": "A", "times": times}
    answer = apis["recruiter"].post(SLOTS, body, format="json")
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["times"])
    assert InterviewSlot.objects.count() == 0


# Roles


ACTS = {
    "withdraw": ({}, "student"),
    "accept": ({}, "student"),
    "refuse": ({}, "student"),
    "move": ({"to": "declined"}, "recruiter"),
    "notes": ({"text": "x"}, "recruiter"),
    "rate": ({"rating": 3}, "recruiter"),
    "offer": ({"salary": 5000, "starts_on": "2026-07-01", "deadline": "2026-04-01T10:00:00Z"}, "recruiter"),
}


@pytest.mark.parametrize("who", ["student", "recruiter", "staff", "visitor"])
@pytest.mark.parametrize("name", ACTS)
def test_each_step_is_for_its_side_alone(apis, application, name, who):
    body, side = ACTS[name]
    put(application, S.SHORTLISTED)
    if name in ("accept", "refuse"):
        put(application, S.OFFER)
    before = contents(*ROWS)
    client = apis.get(who) or APIClient()
    answer = client.post(f"{one(application)}{name}/", body, format="json")
    if who == side:
        assert answer.status_code in (200, 201)
        assert contents(*ROWS) != before
    else:
        assert answer.status_code == (401 if who == "visitor" else 403)
        assert contents(*ROWS) == before


@pytest.mark.parametrize("name", ["", *ACTS])
def test_what_belongs_to_others_is_not_found(application, name):
    strangers = {
        "student": MembershipFactory(of_student=True, student__school=application.student.school).user,
        "recruiter": RecruiterFactory(
            company=CompanyFactory(verified=True, school=application.student.school)
        ).user,
    }
    before = contents(*ROWS)
    side = ACTS[name][1] if name else "student"
    client = browser(strangers[side], APIClient)
    address = f"{one(application)}{name}/" if name else one(application)
    answer = client.post(address, ACTS[name][0], format="json") if name else client.get(address)
    assert (answer.status_code, answer.json()["error"]) == (404, "not_found")
    assert contents(*ROWS) == before


def test_nothing_is_put_patched_or_deleted(apis, application):
    for client in apis.values():
        codes = [
            getattr(client, method)(one(application)).status_code for method in ("put", "patch", "delete")
        ]
        assert set(codes) <= {403, 405}
    assert Application.objects.count() == 1


# One key, one write


def created(apis, application):
    """The creating POSTs: who sends what where."""
    position = PositionFactory(published=True, company=application.position.company, majors=[])
    put(application, S.SHORTLISTED)
    offer = {"salary": 5000, "starts_on": "2026-07-01", "deadline": "2026-04-01T10:00:00Z"}
    times = [{"starts_at": at(1), "ends_at": at(1, 30)}]
    return {
        "apply": (apis["student"], LIST, {"position_id": position.pk}),
        "note": (apis["recruiter"], f"{one(application)}notes/", {"text": "不错"}),
        "offer": (apis["recruiter"], f"{one(application)}offer/", offer),
        "times": (apis["recruiter"], SLOTS, {"position_id": position.pk, "place": "A", "times": times}),
    }


@pytest.mark.parametrize("what", ["apply", "note", "offer", "times"])
def test_the_same_key_gives_the_same_answer_and_writes_once(apis, application, what):
    client, address, body = created(apis, application)[what]
    ask = {"path": address, "format": "json", "headers": {"Idempotency-Key": f"key-{what}"}}
    first = client.post(data=body, **ask)
    after = contents(*ROWS)
    second = client.post(data=body, **ask)
    assert (first.status_code, second.status_code, second["Idempotent-Replay"]) == (201, 201, "true")
    assert second.json() == first.json()
    assert contents(*ROWS) == after


@pytest.mark.parametrize("what", ["apply", "note", "offer", "times"])
def test_the_same_key_for_something_else_is_refused(apis, application, what):
    client, address, body = created(apis, application)[what]
    ask = {"path": address, "format": "json", "headers": {"Idempotency-Key": f"key-{what}"}}
    client.post(data=body, **ask)
    after = contents(*ROWS)
    other = client.post(data={**body, "text": "别的", "note": "别的"}, **ask)
    assert (other.status_code, other.json()["error"]) == (422, "idempotency_key_reused")
    assert contents(*ROWS) == after


def test_a_refused_write_keeps_no_key(apis, application):
    ask = {"path": f"{one(application)}offer/", "format": "json", "headers": {"Idempotency-Key": "k"}}
    terms = {"salary": 5000, "starts_on": "2026-07-01", "deadline": "2026-04-01T10:00:00Z"}
    refused = apis["recruiter"].post(data=terms, **ask)
    put(application, S.SHORTLISTED)
    again = apis["recruiter"].post(data=terms, **ask)
    assert (refused.status_code, again.status_code) == (409, 201)


# Interview times


def test_times_say_that_they_are_taken_but_not_by_whom(apis, application):
    put(application, S.INTERVIEW)
    rival = ApplicationFactory(
        interview=True, position=application.position, student__school=application.student.school
    )
    free = InterviewSlotFactory(position=application.position)
    taken = InterviewSlotFactory(position=application.position, application=rival)
    rows = apis["student"].get(SLOTS).json()["results"]
    assert [(row["id"], row["taken"]) for row in rows] == [(free.pk, False), (taken.pk, True)]
    assert set(rows[0]) == {"id", "position", "starts_at", "ends_at", "place", "taken"}


def test_a_student_books_changes_and_cancels(apis, application):
    put(application, S.INTERVIEW)
    first, second = InterviewSlotFactory.create_batch(2, position=application.position)
    client = apis["student"]
    assert client.post(f"{SLOTS}{first.pk}/book/").json()["taken"] is True
    assert client.post(f"{SLOTS}{second.pk}/book/").json()["id"] == second.pk
    assert [row["taken"] for row in client.get(SLOTS).json()["results"]] == [False, True]
    assert client.post(f"{SLOTS}{second.pk}/cancel/").json()["taken"] is False
    assert client.post(f"{SLOTS}{second.pk}/cancel/").status_code == 404


def test_a_time_of_another_position_is_no_time(apis, application):
    put(application, S.INTERVIEW)
    elsewhere = InterviewSlotFactory()
    for name in ("book", "cancel"):
        assert apis["student"].post(f"{SLOTS}{elsewhere.pk}/{name}/").status_code == 404


def test_a_free_time_is_taken_back_and_a_booked_one_is_not(apis, application):
    free = InterviewSlotFactory(position=application.position)
    booked = InterviewSlotFactory(position=application.position, application=application)
    assert apis["recruiter"].delete(f"{SLOTS}{free.pk}/").status_code == 204
    refused = apis["recruiter"].delete(f"{SLOTS}{booked.pk}/")
    assert (refused.status_code, refused.json()["error"]) == (409, "slot_taken")
    assert list(InterviewSlot.objects.all()) == [booked]


def test_an_interview_that_took_place_is_not_cancelled(apis, application):
    put(application, S.INTERVIEW)
    slot = InterviewSlotFactory(position=application.position, application=application)
    clock.advance(slot.ends_at - clock.now())
    for who in ("student", "recruiter"):
        answer = apis[who].post(f"{SLOTS}{slot.pk}/cancel/")
        assert (answer.status_code, answer.json()["error"]) == (409, "slot_past")
    slot.refresh_from_db()
    assert slot.application == application


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("path", [LIST, f"{LIST}overdue/", SLOTS])
def test_lists_take_the_same_queries(apis, application, django_assert_max_num_queries, path, rows):
    company = application.position.company
    for _ in range(rows - 1):
        ApplicationFactory(student=application.student, position__company=company)
    for row in Application.objects.all():
        InterviewSlotFactory(position=row.position, application=row)
    Application.objects.update(due_at=clock.now() - timedelta(days=1))
    client = apis["staff" if "overdue" in path else "recruiter"]
    client.get(path)
    with django_assert_max_num_queries(6) as asked:
        answer = client.get(path)
    assert (len(answer.json()["results"]), len(asked)) == (rows, 4)
