"""Signals of a call: who may send them, what is refused, and that nothing of them outlives the meeting."""

from datetime import timedelta

import pytest

from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from fairs.domain import call, journal, meeting, stand_in
from fairs.enums import SIGNALS
from fairs.models import CommandReceipt, Event
from fairs.protocol import MAX_SIGNAL, commands
from fairs.realtime import handlers
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at
from tests.fairs.support import refused, talk_at, told

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]


@pytest.fixture
def talk():
    """(student, recruiter, open meeting)."""
    return talk_at(BoothFactory())


def _say(actor, opened, call_id="c-1", what="offer", data="v=0 192.168.7.7"):
    call.send_signal(actor=actor, meeting_id=opened.pk, call=call_id, what=what, data=data)


def _heard(opened):
    return [payload for kind, payload in told(f"meeting-{opened.pk}") if kind == "signalled"]


@pytest.mark.parametrize("what", SIGNALS)
def test_both_sides_signal_and_the_other_learns_which_side_it_was(talk, what):
    student, recruiter, opened = talk
    _say(student, opened, what=what)
    _say(recruiter, opened, what=what, data="")
    assert _heard(opened) == [
        {"by_student": True, "call": "c-1", "what": what, "data": "v=0 192.168.7.7"},
        {"by_student": False, "call": "c-1", "what": what, "data": ""},
    ]


def test_nobody_else_signals(talk):
    booth = talk[2].ticket.booth
    outside = {
        student_at(booth.fair): NotFound,
        student_at(FairFactory()): NotFound,
        recruiter_at(BoothFactory(fair=booth.fair)): NotFound,
        recruiter_at(BoothFactory()): NotFound,
        staff_of(FairFactory()): NotFound,
        staff_of(booth.fair): NotAllowed,
    }
    for actor, error in outside.items():
        with refused(error, error.code):
            _say(actor, talk[2])


def test_an_ended_meeting_hears_no_more(talk):
    student, recruiter, opened = talk
    meeting.end_meeting(actor=student, meeting_id=opened.pk)
    for actor in (student, recruiter):
        with refused(Conflict, "meeting_over"):
            _say(actor, opened)


@pytest.mark.parametrize(
    "wrong",
    [
        {"what": "erased"},
        {"what": ""},
        {"call_id": ""},
        {"call_id": "c" * 65},
        {"call_id": "号"},
        {"data": "x" * (MAX_SIGNAL + 1)},
        {"data": "好" * (MAX_SIGNAL // 3 + 1)},
    ],
)
def test_what_is_no_signal_is_refused(talk, wrong):
    with refused(Invalid, "invalid"):
        _say(talk[0], talk[2], **wrong)


def test_the_longest_signal_is_taken(talk):
    _say(talk[0], talk[2], data="x" * MAX_SIGNAL)
    assert len(_heard(talk[2])[0]["data"]) == MAX_SIGNAL


def test_a_meeting_takes_so_many_a_minute(talk, monkeypatch):
    monkeypatch.setattr(call, "MOST_A_MINUTE", 3)
    student, recruiter, opened = talk
    for _ in range(3):
        _say(student, opened)
    with refused(Conflict, "too_many_signals"):
        _say(recruiter, opened)
    clock.advance(timedelta(minutes=1))
    _say(recruiter, opened)
    assert len(_heard(opened)) == 4


def _addresses():
    """Rows in which a signal's data still stands, receipts included."""
    rows = [
        *Event.objects.values_list("payload", flat=True),
        *CommandReceipt.objects.values_list("answer", flat=True),
    ]
    return [row for row in rows if "192.168.7.7" in str(row)]


def test_nothing_of_a_call_outlives_a_talk_that_staff_end(talk):
    _student, recruiter, opened = talk
    _say(recruiter, opened)
    booth, staff = opened.ticket.booth, staff_of(opened.ticket.booth.fair)
    stand_in.free_recruiter(actor=staff, booth_id=booth.pk, user_id=recruiter.user_id)
    assert _heard(opened) == [{"by_student": False, "call": "", "what": "erased", "data": ""}]


def test_nothing_of_a_call_outlives_its_meeting(talk):
    student, recruiter, opened = talk
    other = talk_at(BoothFactory())
    command = commands.parse(
        "signal", {"meeting": opened.pk, "call": "c-1", "what": "offer", "data": "v=0 192.168.7.7"}
    )
    assert handlers.run(student.user_id, "k1", command) == {"ok": True, "result": {}}
    _say(other[0], other[2])
    before = [(kind, None) for kind, _payload in told(f"meeting-{opened.pk}")]
    meeting.end_meeting(actor=recruiter, meeting_id=opened.pk, outcome="declined")
    assert _addresses() == _heard(other[2])
    # The rows stay: a reader that was away goes on without a gap, and learns nothing.
    assert _heard(opened) == [{"by_student": False, "call": "", "what": "erased", "data": ""}]
    assert [(kind, None) for kind, _payload in told(f"meeting-{opened.pk}")] == [
        *before,
        ("meeting_ended", None),
    ]


@pytest.mark.parametrize(("hours", "left"), [(24, 1), (25, 0)])
def test_a_meeting_that_nobody_ends_keeps_them_a_day(talk, hours, left):
    _say(talk[0], talk[2])
    clock.advance(timedelta(hours=hours))
    journal.forget_old()
    assert len(_addresses()) == left
    assert len(_heard(talk[2])) == 1
