"""Group sessions in the same moment as each other, a call, or a student who comes, over real connections."""

import threading
from functools import partial

import pytest
from django.db import OperationalError, connection

from fairs.domain import group, line, meeting
from fairs.enums import BUSY
from fairs.models import GroupSession, Meeting, Ticket
from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, student_at
from tests.racing import codes, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meet():
    """Both arrive here, or the other one waits for a lock."""
    together = threading.Barrier(2)

    def wait():
        try:
            together.wait(0.5)
        except threading.BrokenBarrierError:
            return

    return wait


def _then(meet, work):
    """Meet once a function has done its work, before anything is committed."""

    def met(*args, **named):
        done = work(*args, **named)
        meet()
        return done

    return met


def _broken(guard):
    """With the guard off it breaks where writers run side by side: SQLite lets in one."""
    return not guard and connection.vendor == "postgresql"


def test_two_groups_of_one_line_take_everybody_once():
    booth = BoothFactory()
    recruiters = [recruiter_at(booth) for _ in range(2)]
    TicketFactory.create_batch(6, booth=booth)
    opened = race(*[partial(group.open_group, actor=a, booth_id=booth.pk, size=3) for a in recruiters])
    assert codes(opened) == []
    taken = Ticket.objects.filter(status="called").values_list("group", flat=True)
    assert sorted(taken) == sorted([session.pk for session in opened] * 3)


@pytest.mark.parametrize("guard", [True, False])
def test_a_recruiter_in_two_windows_calls_or_opens_a_group(monkeypatch, meet, guard):
    """The control looks without holding the recruiter's row."""
    booth = BoothFactory()
    recruiter = recruiter_at(booth)
    TicketFactory.create_batch(5, booth=booth)
    looks = line.free_to_call

    def unlocked(user_id):
        busy = Ticket.objects.filter(called_by_id=user_id, status__in=BUSY).exists()
        return not busy and not GroupSession.objects.filter(recruiter_id=user_id, status="open").exists()

    monkeypatch.setattr(line, "free_to_call", _then(meet, looks if guard else unlocked))
    results = race(
        partial(line.call_next, actor=recruiter, booth_id=booth.pk),
        partial(group.open_group, actor=recruiter, booth_id=booth.pk, size=3),
    )
    assert codes(results) == ([] if _broken(guard) else ["finish_first"])
    leads = GroupSession.objects.filter(recruiter_id=recruiter.user_id, status="open").exists()
    calls = Ticket.objects.filter(called_by_id=recruiter.user_id, status="called", group=None).exists()
    assert (leads and calls) == _broken(guard)


@pytest.mark.parametrize("guard", [True, False])
def test_groups_of_two_booths_never_wait_for_each_other(monkeypatch, meet, guard):
    """The same two students in two lines, in opposite order; the control calls them in the order of the line."""
    fair = FairFactory()
    booths = [BoothFactory(fair=fair) for _ in range(2)]
    students = [student_at(fair) for _ in range(2)]
    for booth, order in zip(booths, (students, students[::-1]), strict=True):
        for actor in order:
            line.join_line(actor=actor, booth_id=booth.pk)
    monkeypatch.setattr(group, "_claim", _then(meet, group._claim))
    if not guard:
        monkeypatch.setattr(group, "sorted", lambda rows, key: list(rows), raising=False)
    works = [partial(group.open_group, actor=recruiter_at(b), booth_id=b.pk, size=2) for b in booths]
    results = race(*works)
    dead = [result for result in results if isinstance(result, OperationalError)]
    assert len(dead) == _broken(guard)
    refused = [result.code for result in results if hasattr(result, "code")]
    assert refused == ([] if _broken(guard) else ["too_few_for_group"])
    assert Ticket.objects.filter(status="called").count() == 2


@pytest.mark.parametrize("guard", [True, False])
def test_who_comes_while_it_ends_is_not_left_behind(monkeypatch, meet, guard):
    """The control comes in without holding the session."""
    booth = BoothFactory()
    recruiter, students = recruiter_at(booth), [student_at(booth.fair) for _ in range(2)]
    tickets = [line.join_line(actor=actor, booth_id=booth.pk) for actor in students]
    session = group.open_group(actor=recruiter, booth_id=booth.pk, size=2)
    monkeypatch.setattr(meeting, "set_ticket", _then(meet, meeting.set_ticket))
    monkeypatch.setattr(group, "_locked_talks", _then(meet, group._locked_talks))
    if not guard:
        monkeypatch.setattr(meeting, "_into_group", lambda _pk: session.ends_at)
    results = race(
        partial(meeting.accept_call, actor=students[0], ticket_id=tickets[0].pk),
        partial(group.end_group, actor=recruiter, group_id=session.pk),
    )
    assert set(codes(results)) <= {"not_called"}
    left_open = Meeting.objects.filter(status="open").exists()
    assert left_open == _broken(guard)
    assert GroupSession.objects.get().status == "ended"


def test_the_database_has_the_last_word_on_one_session_per_recruiter():
    booth = BoothFactory()
    recruiter = recruiter_at(booth)

    def blind():
        row = {"booth": booth, "recruiter_id": recruiter.user_id, "size": 2}
        now = booth.fair.starts_at
        return GroupSession.objects.create(started_at=now, ends_at=booth.fair.ends_at, **row)

    results = race(blind, blind)
    assert sorted(type(result).__name__ for result in results) == ["GroupSession", "IntegrityError"]
