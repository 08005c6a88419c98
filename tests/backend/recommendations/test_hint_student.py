"""One click from the students who fit a position: staff tell one of them about it, once."""

from contextlib import suppress

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.accounts.actor import actor_of
from backend.audit.models import AuditEntry
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.notifications.models import Notification
from backend.recommendations.domain import hint_student, interact, refresh_pairs
from backend.recommendations.models import StrongPair
from matching import api as matching
from tests.backend.recommendations.reading import reader, text
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory, recruiter_actor, student_actor
from tests.factories.companies import RecruiterFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

pytestmark = pytest.mark.usefixtures("frozen_now")
API = "/api/v1/matches/positions"


@pytest.fixture
def me(student):
    """The student's account."""
    return MembershipFactory(of_student=True, student=student, school=student.school)


@pytest.fixture
def clerk(student):
    """Somebody of the school's office."""
    return MembershipFactory(school=student.school)


def told() -> list[tuple]:
    return list(Notification.objects.order_by("pk").values_list("user_id", "kind", "url"))


def test_the_student_is_told_and_the_pair_is_kept_with_its_score(me, student, fitting, clerk):
    row = hint_student(actor=actor_of(clerk.user), student_id=student.pk, position_id=fitting.pk)
    kept = StrongPair.objects.get()
    assert (kept.pk, kept.student, kept.position, kept.hinted_by) == (row.pk, student, fitting, clerk.user)
    assert kept.hinted_at is not None
    assert (kept.model, 0 < kept.mutual <= 1) == (matching.active_model(), True)
    assert told() == [(me.user_id, "position_hinted", f"/positions/{fitting.pk}/")]
    assert AuditEntry.objects.filter(verb="pair.hinted").count() == 1


def test_a_pair_that_was_found_before_is_the_same_pair(me, student, fitting, clerk):
    refresh_pairs(student.school)
    found = StrongPair.objects.get(student=student, position=fitting)
    hint_student(actor=actor_of(clerk.user), student_id=student.pk, position_id=fitting.pk)
    found.refresh_from_db()
    assert found.hinted_at is not None
    assert StrongPair.objects.filter(student=student, position=fitting).count() == 1


def test_twice_is_a_conflict_and_tells_once(me, student, fitting, clerk):
    asked = {"actor": actor_of(clerk.user), "student_id": student.pk, "position_id": fitting.pk}
    hint_student(**asked)
    with pytest.raises(Conflict) as refusal:
        hint_student(**asked)
    assert refusal.value.code == "already_hinted"
    assert (len(told()), StrongPair.objects.count()) == (1, 1)


ACTED = {
    "looked": lambda student, fitting: interact(
        actor=student_actor(student), position_id=fitting.pk, kind="view"
    ),
    "applied": lambda student, fitting: ApplicationFactory(student=student, position=fitting),
    "switched off": lambda student, fitting: type(student).objects.filter(pk=student.pk).update(personalised=False),
    "seeks nothing": lambda student, fitting: type(student).objects.filter(pk=student.pk).update(seeking=False),
    "closed": lambda student, fitting: type(fitting).objects.filter(pk=fitting.pk).update(status="closed"),
}  # fmt: skip


@pytest.mark.parametrize("what", ACTED)
def test_whom_there_is_nothing_to_tell_is_told_nothing(me, student, fitting, clerk, what):
    ACTED[what](student, fitting)
    before = told()
    with pytest.raises(NotFound):
        hint_student(actor=actor_of(clerk.user), student_id=student.pk, position_id=fitting.pk)
    assert (told(), StrongPair.objects.count()) == (before, 0)


@pytest.mark.parametrize("what", [*ACTED, "withdrew", "nothing"])
def test_it_is_offered_only_where_it_can_be_done(student, fitting, clerk, what):
    """Beside somebody of whom nothing stands in the way."""
    other = StudentFactory(school=student.school, major=student.major)
    if what == "withdrew":
        ApplicationFactory(student=student, position=fitting, status="withdrawn")
    elif what != "nothing":
        ACTED[what](student, fitting)
    address = f"/company/positions/{fitting.pk}/students/"
    page = reader(clerk).get(address)
    offered = {pk for pk in (student.pk, other.pk) if f"{address}{pk}/hint/" in page.content.decode()}
    assert offered == {"nothing": {student.pk, other.pk}, "closed": set()}.get(what, {other.pk})
    done = set()
    for pk in (student.pk, other.pk):
        with suppress(NotFound):
            done.add(
                hint_student(actor=actor_of(clerk.user), student_id=pk, position_id=fitting.pk).student_id
            )
    assert done == offered


def test_the_pair_is_scored_before_anybody_who_writes_has_to_wait(student, fitting, clerk):
    with CaptureQueriesContext(connection) as seen:
        hint_student(actor=actor_of(clerk.user), student_id=student.pk, position_id=fitting.pk)
    said = [query["sql"] for query in seen]
    begun = next(place for place, sql in enumerate(said) if sql.startswith("SAVEPOINT"))
    read = [place for place, sql in enumerate(said) if "applicants" in sql and "positions_position" in sql]
    assert read
    assert max(read) < begun
    assert "recommendations_strongpair" in said[begun + 1]


@pytest.mark.parametrize("who", ["student", "recruiter"])
def test_only_staff_tell(me, student, fitting, who):
    actor = student_actor(student) if who == "student" else recruiter_actor(fitting.company)
    with pytest.raises(NotAllowed):
        hint_student(actor=actor, student_id=student.pk, position_id=fitting.pk)
    assert (told(), StrongPair.objects.count()) == ([], 0)


def test_staff_reach_neither_students_nor_positions_of_others(me, student, fitting, clerk):
    stranger = MembershipFactory(school=SchoolFactory())
    other = StudentFactory(school=stranger.school)
    for actor, pk, position in (
        (stranger, student.pk, fitting.pk), (clerk, other.pk, fitting.pk), (clerk, student.pk, 0),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            hint_student(actor=actor_of(actor.user), student_id=pk, position_id=position)
    assert (told(), StrongPair.objects.count()) == ([], 0)


@pytest.mark.parametrize(("language", "word"), [("en", "Tell the student"), ("zh-hans", "告知学生")])
def test_the_page_offers_it_to_staff_and_says_afterwards_that_it_is_done(
    student, fitting, clerk, language, word
):
    browser, address = reader(clerk, language), f"/company/positions/{fitting.pk}/students/"
    before = browser.get(address)
    assert f"{address}{student.pk}/hint/" in before.content.decode()
    assert word in text(before)
    answer = browser.post(f"{address}{student.pk}/hint/")
    assert (answer.status_code, answer.url) == (302, address)
    after = browser.get(address)
    assert f"{address}{student.pk}/hint/" not in after.content.decode()
    assert [item.hinted for item in after.context["found"].shown] == [True]
    assert browser.get(f"{address}{student.pk}/hint/").status_code == 405


def test_companies_are_neither_offered_it_nor_told(student, fitting, clerk):
    hint_student(actor=actor_of(clerk.user), student_id=student.pk, position_id=fitting.pk)
    student.visibility = "named"
    student.save()
    browser = reader(RecruiterFactory(company=fitting.company))
    page = browser.get(f"/company/positions/{fitting.pk}/students/")
    assert "hint" not in page.content.decode()
    assert {item.hinted for item in page.context["found"].shown} <= {False}


def test_json_tells_too(me, student, fitting, clerk):
    client = APIClient()
    client.force_authenticate(clerk.user)
    address = f"{API}/{fitting.pk}/students/{student.pk}/hint/"
    answers = [client.post(address) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    body = answers[0].json()
    assert (body["student"], body["position"], body["hinted_at"] is not None) == (
        student.pk,
        fitting.pk,
        True,
    )
    assert answers[1].json()["error"] == "already_hinted"
    assert len(told()) == 1
