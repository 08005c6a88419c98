"""What a browser may ask: one frozen dataclass per command, extra fields refused."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, ClassVar

from fairs.protocol.errors import BadCommand


@dataclass(frozen=True)
class Command:
    """Base of all commands; `name` is what travels on the wire, `who` whom the page says it is for."""

    name: ClassVar[str] = ""
    who: ClassVar[str] = ""


@dataclass(frozen=True)
class JoinLine(Command):
    """Draw a number in the line of a booth."""

    name: ClassVar[str] = "join_line"
    who: ClassVar[str] = "student"
    booth: int


@dataclass(frozen=True)
class StepAway(Command):
    """Leave for a while without losing the place."""

    name: ClassVar[str] = "step_away"
    who: ClassVar[str] = "student"
    ticket: int


@dataclass(frozen=True)
class ComeBack(Command):
    """Be callable again, at the same place."""

    name: ClassVar[str] = "come_back"
    who: ClassVar[str] = "student"
    ticket: int


@dataclass(frozen=True)
class LeaveLine(Command):
    """Give the place up."""

    name: ClassVar[str] = "leave_line"
    who: ClassVar[str] = "student"
    ticket: int


@dataclass(frozen=True)
class AcceptCall(Command):
    """Come when called: the meeting opens."""

    name: ClassVar[str] = "accept_call"
    who: ClassVar[str] = "student"
    ticket: int


@dataclass(frozen=True)
class CallNext(Command):
    """Call the first student of the line who is free."""

    name: ClassVar[str] = "call_next"
    who: ClassVar[str] = "recruiter"
    booth: int


@dataclass(frozen=True)
class PutBack(Command):
    """Take a call back: the student waits again at the same place."""

    name: ClassVar[str] = "put_back"
    who: ClassVar[str] = "recruiter"
    ticket: int


@dataclass(frozen=True)
class PauseBooth(Command):
    """Pause the line of a booth, with a message to those who wait, or go on with it."""

    name: ClassVar[str] = "pause_booth"
    who: ClassVar[str] = "recruiter"
    booth: int
    paused: bool
    message: str = ""


@dataclass(frozen=True)
class SendMessage(Command):
    """Say something in a meeting."""

    name: ClassVar[str] = "send_message"
    who: ClassVar[str] = "both sides of the meeting"
    meeting: int
    text: str


@dataclass(frozen=True)
class EndMeeting(Command):
    """End a meeting; the recruiter's outcome and message to the student go with it."""

    name: ClassVar[str] = "end_meeting"
    who: ClassVar[str] = "both sides of the meeting"
    meeting: int
    outcome: str
    message: str = ""


@dataclass(frozen=True)
class Signal(Command):
    """Tell the other browser how to reach this one: `what` is ring, accept, offer, answer, candidate or bye."""

    name: ClassVar[str] = "signal"
    who: ClassVar[str] = "both sides of the meeting"
    meeting: int
    call: str
    what: str
    data: str


@dataclass(frozen=True)
class AskExtension(Command):
    """Ask the other side for 1 to 30 minutes more."""

    name: ClassVar[str] = "ask_extension"
    who: ClassVar[str] = "both sides of the meeting"
    meeting: int
    minutes: int


@dataclass(frozen=True)
class AnswerExtension(Command):
    """Agree to the minutes that the other side asked for, or not."""

    name: ClassVar[str] = "answer_extension"
    who: ClassVar[str] = "both sides of the meeting"
    meeting: int
    agreed: bool


@dataclass(frozen=True)
class Invite(Command):
    """Invite somebody of the hall, known by the number of their registration, into the line."""

    name: ClassVar[str] = "invite"
    who: ClassVar[str] = "recruiter"
    booth: int
    registration: int
    text: str = ""


@dataclass(frozen=True)
class AnswerInvitation(Command):
    """Come into the line of the booth that invited me, or decline."""

    name: ClassVar[str] = "answer_invitation"
    who: ClassVar[str] = "student"
    invitation: int
    accept: bool


@dataclass(frozen=True)
class SayToTeam(Command):
    """Say something to the team of the booth."""

    name: ClassVar[str] = "say_to_team"
    who: ClassVar[str] = "recruiter"
    booth: int
    text: str


@dataclass(frozen=True)
class ReportPerson(Command):
    """Tell the school that runs the fair about the other side of a meeting."""

    name: ClassVar[str] = "report_person"
    who: ClassVar[str] = "both sides of the meeting"
    meeting: int
    reason: str
    text: str = ""


@dataclass(frozen=True)
class BlockPerson(Command):
    """Meet the other side of a meeting no more, at any fair; an open meeting ends."""

    name: ClassVar[str] = "block_person"
    who: ClassVar[str] = "both sides of the meeting"
    meeting: int


@dataclass(frozen=True)
class SwapLine(Command):
    """Give one place up for a number in another line; where that is refused, the place stays."""

    name: ClassVar[str] = "swap_line"
    who: ClassVar[str] = "student"
    ticket: int
    booth: int


@dataclass(frozen=True)
class AskHandover(Command):
    """Ask a student of one's line or talk to go on at another booth of the company."""

    name: ClassVar[str] = "ask_handover"
    who: ClassVar[str] = "recruiter"
    ticket: int
    booth: int
    reason: str


@dataclass(frozen=True)
class AnswerHandover(Command):
    """Agree, and stand there with the place one has; or stay."""

    name: ClassVar[str] = "answer_handover"
    who: ClassVar[str] = "student"
    ticket: int
    agree: bool


@dataclass(frozen=True)
class HandMeeting(Command):
    """Let a colleague who is free go on with a meeting."""

    name: ClassVar[str] = "hand_meeting"
    who: ClassVar[str] = "recruiter"
    meeting: int
    user: int


@dataclass(frozen=True)
class OpenGroup(Command):
    """Call the first free students of the line together into a group session, at most `size` (2 to 20)."""

    name: ClassVar[str] = "open_group"
    who: ClassVar[str] = "recruiter"
    booth: int
    size: int
    topic: str = ""


@dataclass(frozen=True)
class FillGroup(Command):
    """Call the next free students into the free seats of a group session."""

    name: ClassVar[str] = "fill_group"
    who: ClassVar[str] = "recruiter"
    group: int


@dataclass(frozen=True)
class DeclineGroup(Command):
    """Rather talk alone: the number waits again at the same place."""

    name: ClassVar[str] = "decline_group"
    who: ClassVar[str] = "student"
    ticket: int


@dataclass(frozen=True)
class SayToGroup(Command):
    """Say something that everybody in a group session reads."""

    name: ClassVar[str] = "say_to_group"
    who: ClassVar[str] = "both sides of the group"
    group: int
    text: str


@dataclass(frozen=True)
class EndGroup(Command):
    """End a group session for all who are in it, with one outcome and message; who had not come yet waits again."""

    name: ClassVar[str] = "end_group"
    who: ClassVar[str] = "recruiter"
    group: int
    outcome: str
    message: str = ""


ALL: dict[str, type[Command]] = {
    command.name: command
    for command in (
        JoinLine,
        StepAway,
        ComeBack,
        LeaveLine,
        AcceptCall,
        CallNext,
        PutBack,
        PauseBooth,
        SendMessage,
        EndMeeting,
        Signal,
        AskExtension,
        AnswerExtension,
        Invite,
        AnswerInvitation,
        SayToTeam,
        ReportPerson,
        BlockPerson,
        SwapLine,
        AskHandover,
        AnswerHandover,
        HandMeeting,
        OpenGroup,
        FillGroup,
        DeclineGroup,
        SayToGroup,
        EndGroup,
    )
}


def storable(text: str) -> bool:
    """Whether every database takes the text: no NUL, and no half of a surrogate pair, which JSON can spell."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def parse(name: Any, args: Any) -> Command:
    """Make the command of a name and its arguments; BadCommand names what is wrong."""
    if not isinstance(name, str) or name not in ALL:
        raise BadCommand("unknown command")
    if not isinstance(args, dict):
        raise BadCommand("args must be an object")
    kind = ALL[name]
    known = {field.name: field for field in fields(kind)}
    for given in args:
        if given not in known:
            raise BadCommand(f"unknown field {ascii(given)[1:-1]}"[:80])
    for key, field in known.items():
        if key not in args:
            if field.default is MISSING:
                raise BadCommand(f"missing field {key}")
        elif type(args[key]) is not field.type:
            # `type is`, not isinstance: JSON's true must not pass for the number 1.
            raise BadCommand(f"field {key} must be {getattr(field.type, '__name__', field.type)}")
        elif isinstance(args[key], int) and not 0 <= args[key] < 2**63:
            raise BadCommand(f"field {key} is out of range")
        elif isinstance(args[key], str) and not storable(args[key]):
            raise BadCommand(f"field {key} has characters that cannot be stored")
    return kind(**args)
