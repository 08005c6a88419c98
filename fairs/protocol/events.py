"""What a browser is told: one frozen dataclass per event; its audience decides the stream."""

from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar


@dataclass(frozen=True)
class HallEvent:
    """Told to everyone at the fair, on `fair-<id>`."""

    kind: ClassVar[str] = ""
    audience: ClassVar[str] = "fair"


@dataclass(frozen=True)
class LineEvent:
    """Told to whoever watches one line, on `line-<booth id>`: numbers only, never a person."""

    kind: ClassVar[str] = ""
    audience: ClassVar[str] = "line"


@dataclass(frozen=True)
class BoothEvent:
    """Told to the team of one booth and to staff, on `booth-<id>`."""

    kind: ClassVar[str] = ""
    audience: ClassVar[str] = "booth"


@dataclass(frozen=True)
class PersonEvent:
    """Told to one person, on `person-<user id>`."""

    kind: ClassVar[str] = ""
    audience: ClassVar[str] = "person"


@dataclass(frozen=True)
class MeetingEvent:
    """Told to both sides of one meeting, on `meeting-<id>`."""

    kind: ClassVar[str] = ""
    audience: ClassVar[str] = "meeting"


@dataclass(frozen=True)
class GroupEvent:
    """Told to everybody in one group session, on `group-<id>`: what was said in it, the page reads."""

    kind: ClassVar[str] = ""
    audience: ClassVar[str] = "group"


AnyEvent = HallEvent | LineEvent | BoothEvent | PersonEvent | MeetingEvent | GroupEvent


@dataclass(frozen=True)
class FairChanged(HallEvent):
    """The fair opened, paused, went on or closed."""

    kind: ClassVar[str] = "fair_changed"
    status: str


@dataclass(frozen=True)
class HallDigest(HallEvent):
    """Lines that changed, at most one digest every 2 s: [[booth, waiting, meetings, paused], …]."""

    kind: ClassVar[str] = "hall_digest"
    booths: list[list[Any]]


@dataclass(frozen=True)
class LineJoined(LineEvent):
    """A number stands in the line (again), at `place`: those behind it move one place back."""

    kind: ClassVar[str] = "line_joined"
    number: int
    place: int


@dataclass(frozen=True)
class LineLeft(LineEvent):
    """A number left the line (called or gone) from `place`: those behind it move one place forward."""

    kind: ClassVar[str] = "line_left"
    number: int
    place: int


@dataclass(frozen=True)
class LinePaused(LineEvent):
    """The booth paused its line, with a message to those who wait, or goes on."""

    kind: ClassVar[str] = "line_paused"
    paused: bool
    message: str = ""


@dataclass(frozen=True)
class TicketMoved(BoothEvent):
    """A ticket of the booth has a new status; the name behind it is read by the console, not sent."""

    kind: ClassVar[str] = "ticket_moved"
    ticket: int
    number: int
    status: str


@dataclass(frozen=True)
class MyTicketMoved(PersonEvent):
    """One of my tickets has a new status; `answer_by` (ISO 8601) is set while I am called."""

    kind: ClassVar[str] = "my_ticket_moved"
    ticket: int
    booth: int
    number: int
    status: str
    answer_by: str | None = None
    meeting: int | None = None


@dataclass(frozen=True)
class MessageSent(MeetingEvent):
    """Something was said, or shared, in the meeting."""

    kind: ClassVar[str] = "message_sent"
    message: int
    by_student: bool
    what: str
    text: str
    at: str


@dataclass(frozen=True)
class MeetingEnded(MeetingEvent):
    """The meeting is over."""

    kind: ClassVar[str] = "meeting_ended"
    outcome: str
    message: str


@dataclass(frozen=True)
class Signalled(MeetingEvent):
    """A browser of one side tells those of the other how to reach it; changes no state, `erased` when the meeting ends."""

    kind: ClassVar[str] = "signalled"
    by_student: bool
    call: str
    what: str
    data: str


@dataclass(frozen=True)
class ExtensionAsked(MeetingEvent):
    """One side asks for more minutes."""

    kind: ClassVar[str] = "extension_asked"
    by_student: bool
    minutes: int


@dataclass(frozen=True)
class ExtensionRefused(MeetingEvent):
    """The other side cannot stay longer."""

    kind: ClassVar[str] = "extension_refused"
    by_student: bool


@dataclass(frozen=True)
class MeetingExtended(MeetingEvent):
    """Both sides agreed: the planned end (ISO 8601) moved."""

    kind: ClassVar[str] = "meeting_extended"
    minutes: int
    ends_at: str


@dataclass(frozen=True)
class InvitationMoved(BoothEvent):
    """An invitation of the booth has a new status; whom it is for is not said."""

    kind: ClassVar[str] = "invitation_moved"
    invitation: int
    status: str


@dataclass(frozen=True)
class TeamSaid(BoothEvent):
    """The booth's team said something; what, the console reads."""

    kind: ClassVar[str] = "team_said"
    message: int


@dataclass(frozen=True)
class MyInvitationMoved(PersonEvent):
    """An invitation to me has a new status; open ones are to be answered by `answer_by` (ISO 8601)."""

    kind: ClassVar[str] = "my_invitation_moved"
    invitation: int
    booth: int
    status: str
    answer_by: str


@dataclass(frozen=True)
class HallAnnounced(HallEvent):
    """Staff told everybody something, or took it back (`standing` false); the words are read by the page, in its language."""

    kind: ClassVar[str] = "hall_announced"
    announcement: int
    standing: bool


@dataclass(frozen=True)
class LineAnnounced(LineEvent):
    """Staff told those at this booth something, or took it back."""

    kind: ClassVar[str] = "line_announced"
    announcement: int
    standing: bool


@dataclass(frozen=True)
class LineClosed(LineEvent):
    """The line takes nobody in any more, or does again; those in it keep their places."""

    kind: ClassVar[str] = "line_closed"
    closed: bool


@dataclass(frozen=True)
class SilenceChanged(PersonEvent):
    """I may not write at this fair any more, or may again; the reason is in my notifications."""

    kind: ClassVar[str] = "silence_changed"
    fair: int
    silenced: bool


SIGNALS = (HallAnnounced, LineAnnounced, LineClosed, SilenceChanged)
"""Events that change no state: they say that something can be read anew."""


@dataclass(frozen=True)
class HandoverMoved(BoothEvent):
    """A student of the booth was asked to go on at another one (`booth`), or has answered."""

    kind: ClassVar[str] = "handover_moved"
    handover: int
    ticket: int
    booth: int
    status: str


@dataclass(frozen=True)
class MyHandoverMoved(PersonEvent):
    """I was asked to go on at another booth (`booth`) with the place I have, or have answered."""

    kind: ClassVar[str] = "my_handover_moved"
    handover: int
    ticket: int
    booth: int
    status: str


@dataclass(frozen=True)
class GroupMoved(BoothEvent):
    """A group session of the booth opened or ended, or goes on with somebody else."""

    kind: ClassVar[str] = "group_moved"
    group: int
    status: str


@dataclass(frozen=True)
class MyGroupCalled(PersonEvent):
    """The call of one of my tickets is into a group session, not to a talk alone."""

    kind: ClassVar[str] = "my_group_called"
    ticket: int
    group: int


@dataclass(frozen=True)
class GroupSaid(GroupEvent):
    """Something was said in the group session; what, and under which number, the page reads."""

    kind: ClassVar[str] = "group_said"
    message: int


@dataclass(frozen=True)
class GroupEnded(GroupEvent):
    """The group session is over."""

    kind: ClassVar[str] = "group_ended"
    status: str


ALL: dict[str, type[AnyEvent]] = {
    event.kind: event
    for event in (
        FairChanged,
        HallDigest,
        LineJoined,
        LineLeft,
        LinePaused,
        TicketMoved,
        MyTicketMoved,
        MessageSent,
        MeetingEnded,
        Signalled,
        ExtensionAsked,
        ExtensionRefused,
        MeetingExtended,
        InvitationMoved,
        TeamSaid,
        MyInvitationMoved,
        HallAnnounced,
        LineAnnounced,
        LineClosed,
        SilenceChanged,
        HandoverMoved,
        MyHandoverMoved,
        GroupMoved,
        MyGroupCalled,
        GroupSaid,
        GroupEnded,
    )
}


def payload_of(event: AnyEvent) -> dict[str, Any]:
    """The event as it travels."""
    return asdict(event)


def read(kind: str, payload: dict[str, Any]) -> AnyEvent:
    """The typed event of a journal row; a TypeError means that row and code disagree."""
    wanted = ALL[kind]
    if set(payload) != {field.name for field in fields(wanted)}:
        raise TypeError(f"{kind} does not carry {sorted(payload)}")
    return wanted(**payload)


def stream_name(audience: str, number: int) -> str:
    """The stream of an audience: letters, digits and `-` only."""
    return f"{audience}-{number}"
