"""The journal: events as rows with numbers of their own stream, in the transaction of the change, for a week."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.common import clock
from fairs.domain import journal
from fairs.models import CommandReceipt, Event, Stream
from fairs.protocol.events import FairChanged, LineJoined, LineLeft, LinePaused, TicketMoved
from tests.factories.accounts import UserFactory
from tests.factories.fairs import BoothFactory, FairFactory
from tests.fairs.support import heard_anywhere, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def rung(monkeypatch):
    """What the doorbell was told, ring by ring."""
    rings = []
    monkeypatch.setattr(journal, "bells", [rings.append])
    return rings


class TestAppend:
    def test_events_are_numbered_from_one_within_their_stream(self, frozen_now):
        assert journal.append("line-1", LineLeft(number=4, place=1)) == 1
        assert journal.append("line-2", LineLeft(number=5, place=1)) == 1
        assert journal.append("line-1", LineLeft(number=6, place=1), LinePaused(paused=True)) == 3
        rows = Event.objects.filter(stream__name="line-1").order_by("seq")
        assert list(rows.values_list("seq", "kind", "payload", "at")) == [
            (1, "line_left", {"number": 4, "place": 1}, frozen_now),
            (2, "line_left", {"number": 6, "place": 1}, frozen_now),
            (3, "line_paused", {"paused": True, "message": ""}, frozen_now),
        ]
        assert dict(Stream.objects.values_list("name", "last_seq")) == {"line-1": 3, "line-2": 1}

    def test_the_database_refuses_a_number_given_twice(self):
        journal.append("line-1", LineLeft(number=1, place=1))
        stream = Stream.objects.get()
        with pytest.raises(IntegrityError), transaction.atomic():
            Event.objects.create(stream=stream, seq=1, kind="line_left")

    @pytest.mark.parametrize("inner", [True, False])
    def test_a_rollback_takes_number_event_and_ring_back(
        self, rung, django_capture_on_commit_callbacks, inner
    ):
        with django_capture_on_commit_callbacks(execute=True):
            journal.append("line-1", LineLeft(number=1, place=1))
            with transaction.atomic():
                journal.append("line-1", LineLeft(number=2, place=1))
                transaction.set_rollback(True)
            if inner:
                journal.append("line-1", LineLeft(number=3, place=1))
        assert [payload["number"] for _kind, payload in told("line-1")] == [1, *([3] if inner else [])]
        assert rung == [{"line-1": n + 1} for n in range(2 if inner else 1)]


class TestTell:
    def test_each_event_goes_to_the_stream_of_its_audience(self):
        journal.tell(
            (LineLeft(number=1, place=1), 7),
            (TicketMoved(ticket=3, number=1, status="called"), 7),
            (LineJoined(number=2, place=1), 7),
            (FairChanged(status="live"), 2),
        )
        assert heard_anywhere() == {"line-7", "booth-7", "fair-2"}
        assert [kind for kind, _payload in told("line-7")] == ["line_left", "line_joined"]
        assert told("booth-7") == [("ticket_moved", {"ticket": 3, "number": 1, "status": "called"})]
        assert told("fair-2") == [("fair_changed", {"status": "live"})]

    def test_nothing_told_is_nothing_written(self, rung, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            journal.tell()
        assert (Stream.objects.count(), rung) == (0, [])

    def test_streams_are_written_in_one_order(self, rung, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            journal.tell(
                (LineLeft(number=1, place=1), 9),
                (LineLeft(number=1, place=1), 10),
                (FairChanged(status="live"), 1),
            )
        assert rung == [{"fair-1": 1}, {"line-10": 1}, {"line-9": 1}]


class TestHeld:
    def test_a_stream_nobody_wrote_stands_at_nought(self):
        with journal.held("line-1") as seq:
            assert seq == 0
        assert list(Stream.objects.values_list("name", "last_seq")) == [("line-1", 0)]

    def test_it_gives_the_number_the_next_event_follows(self):
        journal.append("line-1", LineLeft(number=1, place=1), LineLeft(number=2, place=1))
        with journal.held("line-1") as seq:
            assert seq == 2
        assert journal.append("line-1", LineLeft(number=3, place=1)) == 3


def _week_old(*streams):
    """One event on each stream, a week and a second ago."""
    for name in streams:
        journal.append(name, LineLeft(number=1, place=1))
    Event.objects.update(at=clock.now() - journal.KEPT - timedelta(seconds=1))


class TestForgetting:
    def test_a_week_is_kept_to_the_second(self):
        journal.append("line-1", LineLeft(number=1, place=1))
        clock.advance(journal.KEPT)
        journal.append("line-1", LineLeft(number=2, place=1))
        assert journal.forget_old() == 0
        clock.advance(timedelta(seconds=1))
        assert journal.forget_old() == 1
        assert [payload["number"] for _kind, payload in told("line-1")] == [2]
        assert Stream.objects.get().last_seq == 2  # numbers go on, and a reader of old ones gets a snapshot
        assert journal.append("line-1", LineLeft(number=3, place=1)) == 3

    @pytest.mark.parametrize(
        ("status", "opened", "closed", "kept"),
        [
            ("live", 10, None, True),
            ("paused", 10, None, True),
            ("closed", 10, 6, True),
            ("archived", 10, 6, True),
            ("closed", 10, 8, False),
            ("ready", None, None, False),
            ("draft", None, None, False),
        ],
    )
    def test_hall_lines_and_booths_live_as_long_as_the_fair_and_a_week(self, status, opened, closed, kept):
        days = {n: clock.now() - timedelta(days=n) for n in (6, 8, 10)}
        fair = FairFactory(status=status, opened_at=days.get(opened), closed_at=days.get(closed))
        booth = BoothFactory(fair=fair)
        streams = {f"fair-{fair.pk}", f"line-{booth.pk}", f"booth-{booth.pk}"}
        _week_old(*streams)
        journal.forget_old()
        assert heard_anywhere() == (streams if kept else set())

    def test_what_was_told_to_a_person_or_said_is_not_kept_longer_for_a_fair(self):
        booth = BoothFactory(fair__opened_at=clock.now() - timedelta(days=30))
        _week_old("person-1", "meeting-1", f"line-{booth.pk}")
        assert journal.forget_old() == 2
        assert heard_anywhere() == {f"line-{booth.pk}"}

    def test_one_fair_left_open_keeps_nothing_of_the_others(self):
        open_one, over = (
            BoothFactory(fair__opened_at=clock.now() - timedelta(days=60)),
            BoothFactory(fair__closed=True),
        )
        _week_old(f"line-{open_one.pk}", f"line-{over.pk}")
        assert journal.forget_old() == 1
        assert heard_anywhere() == {f"line-{open_one.pk}"}

    def test_first_answers_are_forgotten_after_a_week(self):
        user = UserFactory()
        CommandReceipt.objects.create(user=user, command_id="old")
        clock.advance(journal.KEPT + timedelta(seconds=1))
        CommandReceipt.objects.create(user=user, command_id="new")
        journal.forget_old()
        assert list(CommandReceipt.objects.values_list("command_id", flat=True)) == ["new"]
