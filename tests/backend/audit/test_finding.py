"""Finding something in the trail: by what it was about on the page; by verb, row and time over JSON; page after page."""

from datetime import timedelta

import pytest
from django.test import Client
from rest_framework.test import APIClient

from backend.accounts.actor import actor_of
from backend.audit.domain import record
from backend.audit.labels import NOUNS
from backend.audit.models import AuditEntry
from backend.common import clock
from tests.factories.accounts import MembershipFactory
from tests.factories.schools import DepartmentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def staff():
    return MembershipFactory()


@pytest.fixture
def api(staff):
    client = APIClient()
    client.force_login(staff.user)
    return client


@pytest.fixture
def page(staff):
    """The page as its reader gets it, in English."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(staff.user)
    return lambda query="": client.get(f"/trail/{query}")


def did(staff, verb, target=None, **details):
    return record(actor=actor_of(staff.user), verb=verb, target=target or staff.school, **details)


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


# The page


@pytest.mark.parametrize(
    ("noun", "found"),
    [
        ("school", ["school.changed"]),
        ("student", ["student.confirmed"]),
        ("position", ["position.published"]),
        ("position_import", ["position_import.done"]),
        ("", ["position_import.done", "position.published", "student.confirmed", "school.changed"]),
        ("sch", None),
        ("%", None),
        ("school.changed", None),
    ],
)
def test_the_page_is_narrowed_to_a_whole_noun(staff, page, noun, found):
    """ "position" is no beginning of "position_import"; what is no noun narrows nothing."""
    for verb in ("school.changed", "student.confirmed", "position.published", "position_import.done"):
        did(staff, verb)
    shown = [row.verb for row in page(f"?noun={noun}").context["rows"]]
    assert shown == (
        found or ["position_import.done", "position.published", "student.confirmed", "school.changed"]
    )


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_choice_names_every_noun_in_the_order_of_its_words(staff, language):
    client = Client(HTTP_ACCEPT_LANGUAGE=language)
    client.force_login(staff.user)
    nouns = client.get("/trail/").context["nouns"]
    assert [label for _code, label in nouns] == sorted(label for _code, label in nouns)
    assert {code for code, _label in nouns} == set(NOUNS)


def test_a_page_holds_fifty_and_keeps_the_noun(staff, page):
    made = [did(staff, "school.changed") for _ in range(53)]
    did(staff, "student.confirmed")
    first, second = page("?noun=school"), page("?noun=school&page=2")
    assert list(first.context["rows"]) == made[:2:-1]
    assert list(second.context["rows"]) == made[2::-1]
    assert "noun=school&amp;page=2" in first.content.decode()


@pytest.mark.parametrize(("number", "shown"), [("0", 3), ("-1", 3), ("99", 3), ("x", 50)])
def test_a_page_out_of_reach_is_the_nearest_one(staff, page, number, shown):
    for _ in range(53):
        did(staff, "school.changed")
    assert len(page(f"?page={number}").context["rows"]) == shown


def test_an_empty_trail_says_so(page):
    assert "Nothing has been done yet" in page().content.decode()


def test_a_line_says_when_who_what_and_why_as_text(staff, page):
    did(staff, "company.suspended", reason="<b>投诉</b>", before="verified", after="suspended")
    drawn = page().content.decode()
    for part in (
        'datetime="2026-03-02T09:00:00+08:00">2026-03-02 09:00<',
        staff.user.name,
        "Company: suspended",
        f"schools.school {staff.school_id}",
        "&lt;b&gt;投诉&lt;/b&gt;",
    ):
        assert part in drawn
    assert "<b>投诉" not in drawn


# JSON


def test_a_row_as_json_is_complete_and_holds_no_data(staff, api):
    row = did(
        staff, "company.suspended", reason="投诉", before="verified", after="suspended", data={"x": "canary"}
    )
    assert api.get(f"/api/v1/trail/{row.pk}/").json() == {
        "id": row.pk,
        "at": "2026-03-02T09:00:00+08:00",
        "verb": "company.suspended",
        "actor": staff.user.name,
        "actor_role": "staff",
        "target": "schools.school",
        "target_id": staff.school_id,
        "before": "verified",
        "after": "suspended",
        "reason": "投诉",
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("verb=school.changed", [0, 2]),
        ("verb=school", []),
        ("verb=SCHOOL.CHANGED", []),
        ("target=schools.school", [0]),
        ("target=schools.department", [1, 2]),
        ("target=schools.department&verb=school.changed", [2]),
        ("target_id={school}", None),
        ("since=2026-03-02T09:00:00%2B08:00", [0, 1, 2]),
        ("since=2026-03-02T01:00:01Z", [1, 2]),
        ("since=2026-03-02T10:00:00%2B08:00", [1, 2]),
        ("since=2026-03-02T03:00:00Z", [2]),
        ("since=2026-03-02T03:00:01Z", []),
        ("unknown=1", [0, 1, 2]),
        ("target_id=99999999999999999999", []),
    ],
)
def test_json_is_narrowed_by_verb_row_and_time(staff, api, query, found):
    department = DepartmentFactory(school=staff.school)
    rows = [did(staff, "school.changed")]
    clock.advance(timedelta(hours=1))
    rows.append(did(staff, "department.changed", department))
    clock.advance(timedelta(hours=1))
    rows.append(did(staff, "school.changed", department))
    wanted = [row.pk for row in rows] if found is None else [rows[n].pk for n in found]
    if found is None:
        wanted = [row.pk for row in rows if row.target_id == staff.school_id]
    assert ids(api.get(f"/api/v1/trail/?{query.format(school=staff.school_id)}")) == wanted[::-1]


@pytest.mark.parametrize(
    ("query", "field"),
    [("since=yesterday", "since"), ("target_id=x", "target_id")],
)
def test_a_filter_that_cannot_be_read_is_named(api, query, field):
    answer = api.get(f"/api/v1/trail/?{query}")
    assert (answer.status_code, answer.json()["error"], list(answer.json()["fields"])) == (
        422,
        "invalid",
        [field],
    )


def test_pages_of_json_stay_put_while_more_is_done(staff, api):
    made = [did(staff, "school.changed") for _ in range(5)]
    first = api.get("/api/v1/trail/?page_size=2&verb=school.changed")
    did(staff, "school.changed")
    second = api.get(first.json()["next"])
    third = api.get(second.json()["next"])
    assert [*ids(first), *ids(second), *ids(third)] == [row.pk for row in reversed(made)]
    assert third.json()["next"] is None


@pytest.mark.parametrize("rows", [1, 3])
def test_json_costs_the_same_whatever_the_rows(staff, api, rows, django_assert_num_queries):
    for _ in range(rows):
        did(staff, "school.changed")
    with django_assert_num_queries(4):  # session, user, membership, rows
        assert len(ids(api.get("/api/v1/trail/"))) == rows


# A write that is rolled back


def test_what_was_rolled_back_was_never_done(staff):
    from django.db import transaction

    with transaction.atomic():
        did(staff, "school.changed")
        transaction.set_rollback(True)
    assert AuditEntry.objects.count() == 0
