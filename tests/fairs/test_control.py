"""The control room: what is wrong at which line, in which order, how servers fare, and the day in figures."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from backend.accounts.models import Membership, User
from backend.common import clock
from fairs import control, pulse
from fairs.domain import line
from fairs.models import Booth, BoothPosition, BoothPresence, Fair, FairSample, ServerProcess
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.factories.positions import PositionFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture(autouse=True)
def nothing_noted():
    pulse._seen.clear()
    pulse._written.clear()
    pulse._past.clear()


def seen(booth, recruiter, ago=0):
    at = clock.now() - timedelta(minutes=ago)
    BoothPresence.objects.update_or_create(booth=booth, user_id=recruiter.user_id, defaults={"seen_at": at})


def flags(booth):
    (row,) = [row for row in control.watched(booth.fair) if row.booth.pk == booth.pk]
    return row.flags


class TestFlags:
    @pytest.mark.parametrize(("minutes", "wanted"), [(9, ()), (10, ("idle",))])
    def test_idle_is_who_calls_nobody_while_people_wait(self, minutes, wanted):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        clock.advance(timedelta(minutes=minutes))
        seen(booth, recruiter)
        assert flags(booth) == wanted

    def test_not_idle_are_a_call_a_talk_a_pause_a_fair_that_is_paused_and_a_line_of_nobody(self):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        clock.advance(timedelta(minutes=30))
        seen(booth, recruiter)
        assert flags(booth) == ()
        for _n in range(2):
            line.join_line(actor=student_at(booth.fair), booth_id=booth.pk)
        clock.advance(timedelta(minutes=30))
        seen(booth, recruiter)
        assert flags(booth) == ("idle",)
        Booth.objects.update(paused=True)
        assert flags(booth) == ("paused",)
        Booth.objects.update(paused=False)
        ticket = line.call_next(actor=recruiter, booth_id=booth.pk)
        assert flags(booth) == ()
        line.put_back(actor=recruiter, ticket_id=ticket.pk)
        Fair.objects.update(status="paused")
        booth.fair.refresh_from_db()
        assert flags(booth) == ()

    @pytest.mark.parametrize(("ago", "wanted"), [(4, ()), (5, ("absent",))])
    def test_absent_is_whose_company_nobody_was_seen_of(self, ago, wanted):
        booth = BoothFactory()
        seen(booth, recruiter_at(booth), ago)
        # Staff who look at the booth's stream, and who has left the company, are nobody of its team.
        seen(booth, staff_of(booth.fair))
        gone = recruiter_at(booth)
        seen(booth, gone)
        Membership.objects.filter(user_id=gone.user_id).update(ended_at=clock.now())
        assert flags(booth) == wanted

    def test_a_closed_line_that_is_served_needs_nobody_and_is_nothing_to_mend(self):
        booth = BoothFactory(line_closed=True)
        (row,) = control.watched(booth.fair)
        assert (row.flags, row.is_flagged) == (("closed",), False)
        line.Ticket.objects.create(booth=booth, student_id=student_at(booth.fair).student_id, number=1)
        assert flags(booth) == ("absent", "closed")


class TestOrder:
    def test_lines_are_sorted_and_narrowed(self, client):
        fair = FairFactory()
        first, second, third = (
            BoothFactory(fair=fair, label=label, zone=zone) for label, zone in zip("CBA", "XYX", strict=True)
        )
        for booth in (first, second, third):
            seen(booth, recruiter_at(booth))
        line.join_line(actor=student_at(fair), booth_id=second.pk)
        recruiter = recruiter_at(third)
        line.join_line(actor=student_at(fair), booth_id=third.pk)
        line.call_next(actor=recruiter, booth_id=third.pk)
        Booth.objects.filter(pk=first.pk).update(paused=True)
        client.force_login(User.objects.get(pk=staff_of(fair).user_id))
        shown = {
            asked: "".join(
                row.booth.label
                for row in client.get(f"/staff/fairs/{fair.pk}/control/rows/?{asked}").context["rows"]
            )
            for asked in ("", "sort=number", "sort=call", "sort=salary", "zone=X&sort=number", "flagged=1")
        }
        assert shown == {
            "": "BAC",
            "sort=number": "ABC",
            "sort=call": "BCA",
            "sort=salary": "BAC",
            "zone=X&sort=number": "AC",
            "flagged=1": "C",
        }


class TestPulse:
    def test_a_person_is_written_once_a_minute_whatever_they_do(self):
        booth = BoothFactory()
        user = recruiter_at(booth).user_id
        for seconds in (0, 30, 29, 1):
            clock.advance(timedelta(seconds=seconds))
            pulse.note(booth.pk, user)
            pulse.beat()
        assert list(BoothPresence.objects.values_list("booth_id", "user_id", "seen_at")) == [
            (booth.pk, user, clock.now())
        ]
        clock.advance(timedelta(seconds=59))
        pulse.note(booth.pk, user)
        pulse.beat()
        assert BoothPresence.objects.get().seen_at == clock.now() - timedelta(seconds=59)

    def test_who_erased_the_account_or_is_gone_keeps_nobody_else_from_being_written(self):
        booth = BoothFactory()
        here, erased = recruiter_at(booth).user_id, recruiter_at(booth).user_id
        User.objects.filter(pk=erased).update(is_active=False)
        for user in (here, erased, User.objects.order_by("-pk")[0].pk + 1):
            pulse.note(booth.pk, user)
        pulse.beat()
        assert list(BoothPresence.objects.values_list("user_id", flat=True)) == [here]

    def test_what_could_not_be_written_is_written_when_the_person_is_next_seen(self):
        booth = BoothFactory()
        user = recruiter_at(booth).user_id

        def refuse(execute, sql, *rest):
            if sql.startswith("INSERT"):
                raise OperationalError
            return execute(sql, *rest)

        pulse.note(booth.pk, user)
        with connection.execute_wrapper(refuse), pytest.raises(OperationalError):
            pulse.beat()
        clock.advance(timedelta(seconds=5))
        pulse.note(booth.pk, user)
        pulse.beat()
        assert BoothPresence.objects.get().seen_at == clock.now()

    def test_a_page_of_the_console_notes_who_is_there_without_a_query(self, client):
        booth = BoothFactory()
        recruiter = recruiter_at(booth)
        client.force_login(User.objects.get(pk=recruiter.user_id))
        assert client.get(f"/company/fairs/booths/{booth.pk}/rows/").status_code == 200
        assert BoothPresence.objects.count() == 0
        pulse.beat()
        assert flags(booth) == ()

    def test_the_room_adds_up_the_processes_that_still_beat(self):
        pulse.beat()
        clock.advance(timedelta(seconds=30))
        ServerProcess.objects.create(name="b:1", sockets=7, answers=200, errors=3)
        assert control.servers() == control.Servers(processes=2, sockets=7, answers=200, errors=3)
        assert control.servers().error_rate == 1.5
        clock.advance(timedelta(seconds=31))
        assert control.servers() == control.Servers(processes=1, sockets=7, answers=200, errors=3)
        clock.advance(timedelta(days=2))
        pulse.beat()
        assert (ServerProcess.objects.count(), control.servers().error_rate) == (1, None)

    def test_faults_are_counted_from_the_answers_of_this_process(self, client, settings):
        pulse.beat()
        client.get("/healthz")
        pulse.Metrics.get_instance().responses_by_status.labels(status="503").inc()
        pulse.beat()
        (row,) = ServerProcess.objects.values_list("answers", "errors")
        assert row == (2, 1)


class TestCourse:
    def test_a_running_fair_is_noted_once_in_five_minutes(self):
        booth = BoothFactory()
        fair = booth.fair
        shared = PositionFactory(company=booth.company, published=True, openings=4)
        BoothPosition.objects.create(booth=booth, position=shared)
        # A position at two booths counts once, one of a company that is not vetted not at all.
        division = BoothFactory(fair=fair)
        BoothPosition.objects.create(booth=division, position=shared)
        unvetted = BoothFactory(fair=fair, company__verified=False)
        BoothPosition.objects.create(
            booth=unvetted, position=PositionFactory(company=unvetted.company, openings=9)
        )
        FairFactory(ready=True)
        line.join_line(actor=student_at(fair), booth_id=booth.pk)
        assert [control.sample_fairs(), control.sample_fairs()] == [1, 0]
        clock.advance(timedelta(minutes=5))
        line.join_line(actor=student_at(fair), booth_id=booth.pk)
        assert control.sample_fairs() == 1
        rows = FairSample.objects.order_by("at").values_list("openings", "seekers", "waiting", "meetings")
        assert list(rows) == [(4, 1, 1, 0), (4, 2, 2, 0)]
        day = control.course(fair)
        assert (day.openings, day.seekers, day.ratio) == (4, 2, 2.0)
        assert (day.openings_line, day.seekers_line) == ("0,0 600,0", "0,90 600,60")

    def test_it_costs_the_same_whatever_the_number_of_samples_and_booths(self, client):
        fair = FairFactory()
        client.force_login(User.objects.get(pk=staff_of(fair).user_id))
        costs = []
        for n in range(3):
            booth = BoothFactory(fair=fair)
            position = PositionFactory(company=booth.company, published=True)
            BoothPosition.objects.create(booth=booth, position=position)
            FairSample.objects.create(
                fair=fair, at=clock.now() + timedelta(minutes=n), openings=n, seekers=n, waiting=0, meetings=0
            )
            with CaptureQueriesContext(connection) as captured:
                page = client.get(f"/staff/fairs/{fair.pk}/control/course/")
            assert ("polyline" in page.content.decode()) == (n > 0)
            costs.append(len(captured))
        assert costs == [9, 9, 9]
