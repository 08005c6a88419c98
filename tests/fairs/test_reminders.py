"""Reminders before a fair, once each, in the zone of the school; and what befalls a published plan by itself."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from backend.accounts.models import User
from backend.common import clock
from backend.common.models import OutboxEntry
from backend.notifications import kinds
from backend.notifications.domain import MAIL_TOPIC
from backend.notifications.models import Notification
from backend.students.models import Student
from fairs import reminder_links
from fairs.domain import fair as fairs
from fairs.domain import plan as planner
from fairs.domain import reminders, upkeep
from fairs.models import BoothTeam, Fair, FairRegistration, PlannedTalk
from tests.factories.fairs import (
    BoothFactory,
    FairFactory,
    PlannedTalkFactory,
    recruiter_at,
    staff_of,
    student_at,
)
from tests.factories.schools import SchoolFactory

pytestmark = pytest.mark.django_db
STARTS = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, eight in the evening of the day before in New York."""


def fair_at(zone="Asia/Shanghai", **fields):
    school = SchoolFactory(time_zone=zone)
    times = {"starts_at": STARTS, "ends_at": STARTS + timedelta(hours=4)}
    return FairFactory(**({"school": school, "sign_up": True, "address": "体育馆"} | times | fields))


def said(user_id):
    """Kind, dedupe key and sentence of what somebody was told, oldest first, in English."""
    with translation.override("en"):
        return [
            (row.kind, row.dedupe_key, kinds.text_of(row.kind, row.params))
            for row in Notification.objects.filter(user_id=user_id).order_by("pk")
        ]


def before(**length):
    return clock.frozen(STARTS - timedelta(**length))


@pytest.mark.parametrize(
    ("length", "companies", "students"),
    [
        ({"days": 7, "seconds": 1}, None, None),
        ({"days": 7}, "week", None),
        ({"days": 1, "seconds": 1}, "week", None),
        ({"days": 1}, "day", "day"),
        ({"hours": 9}, "day", "day"),  # midnight in Shanghai
        ({"hours": 1, "seconds": 1}, "day", "day"),
        ({"hours": 1}, "day", "hour"),
        ({"seconds": 0}, None, None),
    ],
)
def test_what_is_due_when_and_once(length, companies, students):
    with before(days=30):
        booth = BoothFactory(fair=fair_at())
        recruiter, student = recruiter_at(booth), student_at(booth.fair)
    with before(**length):
        reminders.send_due()
        reminders.send_due()
        clock.advance(timedelta(0))
    key = f"fairs.reminder:{booth.fair_id}:"
    assert [row[1] for row in said(recruiter.user_id)] == (
        [f"{key}{companies}:2026-11-20:{booth.pk}"] if companies else []
    )
    assert [row[1] for row in said(student.user_id)] == ([f"{key}{students}:2026-11-20"] if students else [])


@pytest.mark.parametrize("status", ["draft", "sign_up", "ready", "live", "closed", "archived"])
def test_of_fairs_to_come_alone(status):
    with before(days=30):
        fair = fair_at(status=status)
        student = student_at(fair)
    with before(days=1):
        reminders.send_due()
    assert len(said(student.user_id)) == (status in ("sign_up", "ready"))


def test_a_company_reads_what_its_booth_lacks_in_its_language():
    with before(days=7):
        booth = BoothFactory(fair=fair_at())
        recruiter = recruiter_at(booth)
        other = BoothFactory(fair=booth.fair, status="refused")
        refused = recruiter_at(other)
        reminders.send_due()
    ((kind, _key, sentence),) = said(recruiter.user_id)
    assert (kind, sentence) == (
        "fairs.reminder_company",
        f"“{booth.fair.name}” begins on 2026-11-20 09:00. Your booth: The booth brings no open position; "
        "Recruiters who have never signed in: 1; Recruiters whose camera test has not passed: 1.",
    )
    row = Notification.objects.get(user_id=recruiter.user_id)
    with translation.override("zh-hans"):
        assert "您的展位：展位没有在招的岗位; " in kinds.text_of(row.kind, row.params)
    assert row.url == reverse("fairs:booth_readiness", args=[booth.pk])
    assert said(refused.user_id) == []


@pytest.mark.parametrize(
    ("zone", "time"), [("Asia/Shanghai", "2026-11-20 09:00"), ("America/New_York", "2026-11-19 20:00")]
)
def test_a_student_reads_time_place_talks_and_the_way_in(zone, time):
    with before(days=2):
        talk = PlannedTalkFactory(plan__fair=fair_at(zone, status="ready"), slot=0, plan__published=True)
        with_talk, without = student_at(talk.plan.fair), student_at(talk.plan.fair)
        PlannedTalk.objects.update(student_id=with_talk.student_id)
    with before(days=1):
        reminders.send_due()
    start = f"“{talk.plan.fair.name}” begins on {time}: 体育馆. "
    door = " At the door show your code, which stands on the page of the fair."
    assert (
        said(with_talk.user_id)[0][2] == f"{start}Your planned talks: {time} {talk.booth.company.name}.{door}"
    )
    assert said(without.user_id)[0][2] == f"{start}You have no planned talks: join a line in the hall.{door}"
    Fair.objects.update(place="online")
    with before(hours=1):
        reminders.send_due()
    assert said(without.user_id)[1][2].endswith("You enter the hall on the page of the fair.")


def test_who_registers_late_or_wants_none_is_not_reminded_and_a_moved_fair_is_told_anew(client):
    with before(days=30):
        fair = fair_at()
        student, quiet = student_at(fair), student_at(fair)
        reminders.set_reminders(actor=quiet, fair_id=fair.pk, wanted=False)
    with before(hours=20):
        late = student_at(fair)
        reminders.send_due()
    assert [len(said(who.user_id)) for who in (student, quiet, late)] == [1, 0, 0]
    Fair.objects.update(starts_at=STARTS + timedelta(days=2), ends_at=STARTS + timedelta(days=3))
    with clock.frozen(STARTS + timedelta(days=1)):
        reminders.send_due()
    assert [len(said(who.user_id)) for who in (student, quiet, late)] == [2, 0, 1]


def test_the_link_of_the_mail_and_the_button_of_the_page_stop_them(client):
    with before(days=30):
        fair = fair_at()
        student = student_at(fair)
        row = FairRegistration.objects.get()
    (out,) = reminder_links.of_reminder({"registration": row.pk})
    assert client.get(out[1]).status_code == 200
    assert FairRegistration.objects.get().reminders is True
    assert client.post(out[1]).status_code == 200
    assert FairRegistration.objects.get().reminders is False
    assert client.post(out[1][:-2] + "x/").status_code == 404
    client.force_login(User.objects.get(pk=student.user_id))
    button = reverse("fairs:reminders", args=[fair.pk])
    assert client.post(button, {"wanted": "yes"}).status_code == 302
    assert FairRegistration.objects.get().reminders is True
    client.force_login(User.objects.get(pk=student_at(fair, registered=False).user_id))
    assert client.post(button, {"wanted": "no"}).status_code == 404


@pytest.mark.parametrize("size", [1, 3])
def test_reminding_costs_one_insert_a_person_and_no_more_queries(size, django_assert_num_queries):
    with before(days=30):
        fair = fair_at()
        for _ in range(size):
            student_at(fair)
    # The fairs, their booths and teams, the people and their talks in two transactions; for each person two rows.
    with before(days=1), django_assert_num_queries(8 + 2 * size):
        assert reminders.send_due() == size


def test_another_round_mails_nobody_anew(frozen_now):
    with before(days=30):
        fair = fair_at()
        student, recruiter = student_at(fair), recruiter_at(BoothFactory(fair=fair))
    with before(days=1):
        assert reminders.send_due() == 2
        mailed = OutboxEntry.objects.filter(topic=MAIL_TOPIC)
        assert {row.payload["user"] for row in mailed} == {student.user_id, recruiter.user_id}
        mailed.delete()  # delivered
        assert (reminders.send_due(), mailed.count()) == (0, 0)


class TestUpkeep:
    @pytest.fixture
    def talk(self):
        """A published plan with a talk at nine, at a booth with a recruiter; the student has come."""
        with before(hours=2):
            talk = PlannedTalkFactory(plan__fair=fair_at(status="ready"), slot=0)
            student = student_at(talk.plan.fair)
            PlannedTalk.objects.update(student_id=student.student_id)
            BoothTeam.objects.create(booth=talk.booth, recruiters=1)
            talk.staff, talk.recruiter, talk.who = staff_of(talk.plan.fair), recruiter_at(talk.booth), student
            planner.publish_plan(actor=talk.staff, fair_id=talk.plan.fair_id)
            Notification.objects.all().delete()
        return talk

    @pytest.mark.parametrize(("chosen", "kept"), [(False, False), (True, True)])
    def test_who_hides_leaves_the_booths_they_have_not_chosen(self, talk, chosen, kept):
        PlannedTalk.objects.update(chosen=chosen)
        with before(hours=1):
            assert upkeep.drop_hidden() == 0
            Student.objects.update(visibility="hidden")
            assert (upkeep.drop_hidden(), upkeep.drop_hidden()) == (int(not kept), 0)
        assert PlannedTalk.objects.exists() is kept
        people = {"staff": talk.staff, "recruiter": talk.recruiter, "student": talk.who}
        heard = {name: [row[0] for row in said(who.user_id)] for name, who in people.items()}
        changed = ["fairs.plan_changed"]
        assert heard == (
            {"staff": [], "recruiter": [], "student": []}
            if kept
            else {"staff": ["fairs.talks_hidden"], "recruiter": changed, "student": changed}
        )

    def test_a_talk_that_is_over_is_left_as_it_is(self, talk):
        Student.objects.update(visibility="hidden")
        with clock.frozen(STARTS + timedelta(minutes=10)):
            assert upkeep.drop_hidden() == 0

    @pytest.mark.parametrize(
        ("paused", "now", "lost"),
        [
            (-1, 9, 0),  # its time is not over: it begins when the fair goes on
            (-1, 10, 1),
            (9, 10, 1),
            (10, 30, 0),  # its time was over before the pause: the student did not come
        ],
    )
    def test_times_that_pass_in_a_pause_are_told_to_both_sides(self, talk, paused, now, lost):
        fair = talk.plan.fair_id
        FairRegistration.objects.update(entered_at=STARTS)
        with clock.frozen(STARTS + timedelta(minutes=paused)):
            fairs.move_fair(actor=talk.staff, fair_id=fair, to="live")
            fairs.move_fair(actor=talk.staff, fair_id=fair, to="paused")
        with clock.frozen(STARTS + timedelta(minutes=now)):
            assert upkeep.tell_lost() == lost
            with CaptureQueriesContext(connection) as asked:
                assert upkeep.tell_lost() == lost
            assert not [row["sql"] for row in asked if row["sql"].startswith("INSERT")]
        assert [row[0] for row in said(talk.who.user_id)] == ["fairs.talk_lost"] * lost
        assert [row[0] for row in said(talk.recruiter.user_id)] == ["fairs.talk_lost_here"] * lost
        if lost:
            company = talk.booth.company.name
            assert f"to talk with {company} at 09:00" in said(talk.who.user_id)[0][2]

    def test_nobody_who_stayed_away_and_nobody_of_a_fair_that_goes_on_is_told(self, talk):
        fair = talk.plan.fair_id
        with before(minutes=1):
            fairs.move_fair(actor=talk.staff, fair_id=fair, to="live")
            fairs.move_fair(actor=talk.staff, fair_id=fair, to="paused")
        with clock.frozen(STARTS + timedelta(minutes=10)):
            assert upkeep.tell_lost() == 0
            FairRegistration.objects.update(entered_at=STARTS)
            fairs.move_fair(actor=talk.staff, fair_id=fair, to="live")
            assert (upkeep.tell_lost(), Fair.objects.get().paused_at) == (0, None)
