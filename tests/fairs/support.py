"""What the tests of the fair share: refusals that leave no trace, and the journal read back."""

from contextlib import contextmanager
from datetime import timedelta

import pytest

from backend.audit.models import AuditEntry
from backend.common import clock
from backend.students.models import DisclosureGrant
from fairs.domain import line, meeting
from fairs.models import (
    Announcement,
    Block,
    Booth,
    BoothChoice,
    BoothMark,
    BoothPosition,
    BoothTeam,
    CameraCheck,
    CheckIn,
    Event,
    Extension,
    Fair,
    FairGuests,
    FairRegistration,
    FairWindow,
    GroupMessage,
    GroupSession,
    Invitation,
    Meeting,
    Message,
    Plan,
    PlannedTalk,
    Question,
    Report,
    Silence,
    StandIn,
    Stream,
    TeamMessage,
    Ticket,
)
from tests.backend.refusals import contents
from tests.factories.fairs import recruiter_at, student_at

WRITTEN = (
    Announcement,
    Question,
    Silence,
    StandIn,
    Fair,
    Booth,
    BoothPosition,
    BoothChoice,
    BoothMark,
    BoothTeam,
    CameraCheck,
    FairRegistration,
    CheckIn,
    FairWindow,
    FairGuests,
    Plan,
    PlannedTalk,
    Ticket,
    Meeting,
    Message,
    GroupSession,
    GroupMessage,
    Extension,
    Invitation,
    TeamMessage,
    Report,
    Block,
    Stream,
    Event,
    DisclosureGrant,
)


def rows() -> dict[str, list[dict]]:
    """Every row a command of the fair could write, table by table, traces and what is to be sent included."""
    return contents(*WRITTEN)


@contextmanager
def refused(error, code: str):
    """The block is refused with this code, and leaves every table as it was; gives the refusal."""
    before = rows()
    with pytest.raises(error) as refusal:
        yield refusal
    assert refusal.value.code == code
    assert rows() == before


def told(stream: str, after: int = 0) -> list[tuple[str, dict]]:
    """What a stream heard past a number: (kind, payload) in order."""
    found = Event.objects.filter(stream__name=stream, seq__gt=after).order_by("seq")
    return list(found.values_list("kind", "payload"))


def heard_anywhere() -> set[str]:
    """Names of the streams that have events."""
    return set(Event.objects.values_list("stream__name", flat=True))


def trail(target: str | None = None) -> list[tuple]:
    """The audit trail: (verb, before, after, user id), oldest first."""
    found = AuditEntry.objects.order_by("pk")
    if target is not None:
        found = found.filter(target=target)
    return list(found.values_list("verb", "before", "after", "actor_user_id"))


def talk_at(booth, *, student=None, recruiter=None):
    """An open meeting reached the way people reach it: (student, recruiter, meeting)."""
    student = student or student_at(booth.fair)
    recruiter = recruiter or recruiter_at(booth)
    ticket = line.join_line(actor=student, booth_id=booth.pk)
    line.call_next(actor=recruiter, booth_id=booth.pk)
    return student, recruiter, meeting.accept_call(actor=student, ticket_id=ticket.pk)


def called_fields(recruiter=None) -> dict:
    """The columns a called ticket has to have."""
    return {
        "called_at": clock.now(),
        "answer_by": clock.now() + timedelta(seconds=90),
        "called_by_id": recruiter.user_id if recruiter else None,
    }
