"""The message of Monday morning: what is new and fits, to whoever seeks, once a week, in the reader's language."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import translation

from backend.accounts.models import Membership
from backend.common import clock, outbox
from backend.notifications.domain import notify
from backend.notifications.models import Notification
from backend.positions.models import Position
from backend.recommendations.domain import send_digests
from backend.recommendations.domain.digest import MOST, is_time
from backend.recommendations.market import market_of
from backend.recommendations.models import Impression, Interaction
from backend.students.models import Student
from matching import api as matching
from tests.backend.racing import race
from tests.backend.refusals import contents
from tests.factories.accounts import MembershipFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import SchoolFactory
from tests.factories.students import StudentFactory

# The frozen clock says Monday, 2 March 2026, nine in the morning.
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def me(student):
    return MembershipFactory(of_student=True, student=student).user


def told() -> list[tuple]:
    return list(
        Notification.objects.order_by("pk").values_list("user_id", "kind", "url", "params", "dedupe_key")
    )


def test_who_seeks_is_told_what_is_new_and_fits(me, fitting, strange):
    """What does not fit is not told, however new; nothing is recorded as shown."""
    assert send_digests() == 1
    words = {"positions": f"Java 开发工程师（{fitting.company.name}）：职业与求职意向相近"}
    assert told() == [(me.pk, "matches_new", "/matches/", words, "digest:2026-10")]
    assert (Impression.objects.count(), Interaction.objects.count()) == (0, 0)


def test_the_best_come_first_and_no_more_than_five(me, student, fitting, strange):
    twins = [
        PositionFactory(
            published=True,
            company=fitting.company,
            title=f"Java {number}",
            majors=["软件技术"],
            skills=["Java", "SQL"][: 1 + number % 2],
            city_code=["320500", "310000"][number // 4],
            occupation=fitting.occupation,
        )
        for number in range(7)
    ]
    send_digests()
    rows = {
        match.position_id: match.score for match in matching.rank_positions(*seen(student), on=clock.today())
    }
    best = sorted(rows, key=lambda pk: (-round(rows[pk], 12), pk))[:MOST]
    titles = {row.pk: row.title for row in (fitting, strange, *twins)}
    ((_user, _kind, _url, params, _key),) = told()
    assert [one.split("（")[0] for one in params["positions"].split("；")] == [titles[pk] for pk in best]


def seen(student):
    found = market_of(student.school)
    return found.students[0], found.positions


@pytest.mark.parametrize(
    ("hours", "due"),
    [
        (-2, False),
        (-1, True),
        (0, True),
        (2, True),
        (3, False),
        (24, False),
        (-24, False),
        (168, True),
        (167, True),
    ],
)
def test_messages_are_sent_on_monday_mornings(hours, due):
    """From eight to before twelve in the platform's time zone."""
    assert is_time(clock.now() + timedelta(hours=hours)) is due


def test_at_any_other_time_nobody_is_told(me, fitting):
    clock.advance(timedelta(days=1))
    before = contents()
    assert (send_digests(), contents()) == (0, before)


def test_once_a_week_and_what_is_a_week_old_is_no_news(me, fitting):
    assert [send_digests() for _ in range(2)] == [1, 0]
    clock.advance(timedelta(days=7))
    assert send_digests() == 0
    PositionFactory(
        published=True,
        company=fitting.company,
        title="后端工程师",
        majors=["软件技术"],
        skills=["Java"],
        city_code="320500",
        occupation=fitting.occupation,
    )
    assert send_digests() == 1
    assert [(row[3]["positions"].split("（")[0], row[4]) for row in told()] == [
        ("Java 开发工程师", "digest:2026-10"),
        ("后端工程师", "digest:2026-11"),
    ]


@pytest.mark.parametrize(
    "change",
    [{"seeking": False}, {"personalised": False}, {"status": "pending"}, {"status": "left"}],
)
def test_who_does_not_seek_or_switched_off_is_not_told(me, student, fitting, change):
    Student.objects.filter(pk=student.pk).update(**change, version=9, updated_at=clock.now())
    assert (send_digests(), told()) == (0, [])


@pytest.mark.parametrize("kind", ["view", "save", "not_interested", "apply", "talk"])
def test_what_was_answered_is_not_told(me, student, fitting, kind):
    Interaction.objects.create(student=student, position=fitting, kind=kind)
    assert (send_digests(), told()) == (0, [])


@pytest.mark.parametrize("status", ["new", "withdrawn", "declined"])
def test_what_was_applied_for_is_not_told_however_it_ended(me, student, fitting, status):
    ApplicationFactory(student=student, position=fitting, status=status)
    assert (send_digests(), told()) == (0, [])


@pytest.mark.parametrize("state", ["suspended", "expired", "paused", "other school"])
def test_only_what_the_student_may_see_is_told(me, fitting, state):
    if state == "other school":
        fitting.company.school = SchoolFactory()
        fitting.company.save()
    elif state == "paused":
        Position.objects.filter(pk=fitting.pk).update(status="paused")
    else:
        Position.objects.filter(pk=fitting.pk).update(
            company=CompanyFactory(school=fitting.company.school, **{state: True})
        )
    assert (send_digests(), told()) == (0, [])


def test_people_of_a_suspended_school_are_not_told(me, student, fitting):
    school = student.school
    school.suspended_at, school.suspended_reason = clock.now(), "欠费"
    school.save()
    assert (send_digests(), told()) == (0, [])


def test_an_account_that_ended_is_not_told(me, student, fitting):
    Membership.objects.filter(user=me).update(ended_at=clock.now())
    assert (send_digests(), told()) == (0, [])


@pytest.mark.parametrize(
    ("language", "words"), [("en", "New positions that fit you: "), ("zh-hans", "有新岗位适合您：")]
)
def test_the_mail_is_in_the_readers_language(me, fitting, language, words):
    me.language = language
    me.save()
    send_digests()
    outbox.drain()
    (sent,) = mail.outbox
    assert (sent.to, words in f"{sent.subject}{sent.body}", fitting.title in sent.body) == (
        [me.email],
        True,
        True,
    )


@pytest.mark.parametrize("copies", [1, 3])
def test_each_message_costs_the_same(student, fitting, copies, django_assert_num_queries):
    """Nine for the school, and for each message a savepoint, the row and its entry to be mailed."""
    for person in StudentFactory.create_batch(
        copies, school=student.school, wanted_occupations=["2-02-10-03"]
    ):
        MembershipFactory(of_student=True, student=person)
    market_of(student.school)
    with django_assert_num_queries(9 + 4 * copies):
        assert send_digests() == copies


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_send_at_once_each_student_hears_once():
    position = PositionFactory(published=True, majors=[], skills=["Java"], city_code="320500")
    people = StudentFactory.create_batch(3, school=position.company.school)
    users = [MembershipFactory(of_student=True, student=person).user_id for person in people]
    race(lambda _: send_digests(), threads=3)
    assert sorted(row[0] for row in told()) == sorted(users)


@pytest.mark.django_db(transaction=True)
def test_without_one_key_for_the_week_each_worker_would_be_heard():
    """The control: what keeps it to one message is the key that all workers share."""
    user = MembershipFactory(of_student=True).user_id
    race(
        lambda n: notify(user_ids=[user], kind="matches_new", dedupe_key=f"digest:{n}", positions=""),
        threads=3,
    )
    assert [row[0] for row in told()] == [user] * 3


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_position_comes_with_its_main_reason_in_the_readers_language(me, student, fitting, language):
    """And the best reason is the one the page of matches begins with."""
    twin = PositionFactory(
        published=True, company=fitting.company, title="Java 二", majors=[], skills=["Java"], city_code="320500",
        occupation=fitting.occupation,
    )  # fmt: skip
    type(me).objects.filter(pk=me.pk).update(language=language)
    with translation.override("zh-hans" if language == "en" else "en"):
        send_digests()
    ((_user, _kind, _url, params, _key),) = told()
    person, places = seen(student)
    found = {match.position_id: match.why()[0] for match in matching.rank_positions(person, places)}
    lines = params["positions"].split("；")
    assert len(lines) == 2
    for row in (fitting, twin):
        reason = found[row.pk].en if language == "en" else found[row.pk].zh
        assert f"{row.title}（{row.company.name}）：{reason}" in lines
