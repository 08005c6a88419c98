"""The state of a stream at a sequence number, for whoever may follow it; the same rows the pages show."""

from typing import Any

from backend.accounts.actor import Actor
from backend.common.errors import NotFound
from fairs import queries, rules, turns
from fairs.domain import journal
from fairs.enums import LIVE_TICKET, BoothStatus
from fairs.models import Booth, Meeting, Ticket
from fairs.protocol.state import State


def may_follow(actor: Actor, stream: str) -> bool:  # noqa: PLR0911 - one line per audience
    """Whether the audience of a stream includes this person, by fresh rows."""
    audience, _, tail = stream.partition("-")
    # One spelling per stream: "fair-007" would be a journal of its own that nothing is ever written to.
    if not (tail.isascii() and tail.isdecimal()) or len(tail) > 18 or str(int(tail)) != tail:
        return False
    number = int(tail)
    match audience:
        case "person":
            return actor.user_id == number
        case "fair":
            return queries.fairs_visible_to(actor).filter(pk=number).exists()
        case "line":
            return queries.booths_visible_to(actor).filter(pk=number, status=BoothStatus.APPROVED).exists()
        case "booth":
            booth = queries.booths_visible_to(actor).filter(pk=number).first()
            return booth is not None and (
                rules.can_meet_people(actor, booth) or rules.can_watch_fair(actor, booth.fair)
            )
        case "meeting":
            meeting = queries.meetings_visible_to(actor).filter(pk=number).first()
            return meeting is not None and rules.takes_part(actor, meeting)
    return False


def take(actor: Actor, stream: str) -> tuple[int, State]:
    """Number and state of a stream, read while it is held still; NotFound where one may not follow."""
    if not may_follow(actor, stream):
        raise NotFound
    audience, _, tail = stream.partition("-")
    with journal.held(stream) as seq:
        return seq, _STATES[audience](actor, int(tail))


def _fair(actor: Actor, number: int) -> State:
    fair = queries.fairs_visible_to(actor).get(pk=number)
    # The same for everybody, as the stream is: what the digest tells, and nothing of a suspended company.
    booths = list(
        Booth.objects.filter(queries.open_booths(), fair=fair).select_related("fair").order_by("pk")
    )
    figures = queries.figures_without_wait(booths)
    rows = {str(b.pk): [figures[b.pk].waiting, figures[b.pk].meetings, b.paused] for b in booths}
    return {"status": fair.status, "booths": rows}


def _line(actor: Actor, number: int) -> State:
    booth = queries.booths_visible_to(actor).get(pk=number)
    line = queries.line_of(booth)
    # The number drawn last stays one's own, whatever became of it: only in line it has a place. A planned talk's
    # number is lower than one drawn before it.
    mine = None
    if rules.can_stand_in_line(actor):
        mine = Ticket.objects.filter(booth=booth, student_id=actor.student_id).order_by("-pk").first()
    return {
        "length": line.count(),
        "paused": booth.paused,
        "number": mine.number if mine else None,
        "place": queries.place_of(mine) if mine else None,
    }


def _booth(actor: Actor, number: int) -> State:
    rows = Ticket.objects.filter(booth_id=number, status__in=LIVE_TICKET).order_by(*turns.ORDER)
    return {"tickets": {str(pk): [n, status] for pk, n, status in rows.values_list("pk", "number", "status")}}


def _person(actor: Actor, number: int) -> State:
    tickets: dict[str, list[Any]] = {}
    if rules.can_stand_in_line(actor):
        rows = Ticket.objects.filter(student_id=actor.student_id, status__in=LIVE_TICKET)
        for ticket in rows.select_related("meeting").order_by("pk"):
            until = ticket.answer_by.isoformat() if ticket.status == "called" and ticket.answer_by else None
            meeting = ticket.meeting.pk if hasattr(ticket, "meeting") else None
            tickets[str(ticket.pk)] = [ticket.booth_id, ticket.number, ticket.status, until, meeting]
    return {"tickets": tickets}


def _meeting(actor: Actor, number: int) -> State:
    meeting = Meeting.objects.get(pk=number)
    newest = queries.newest_messages(meeting)
    lines = [[m.pk, m.by_student, m.kind, m.text, m.at.isoformat()] for m in newest]
    return {
        "status": meeting.status,
        "outcome": meeting.outcome,
        "message": meeting.message,
        "messages": lines,
    }


_STATES = {"fair": _fair, "line": _line, "booth": _booth, "person": _person, "meeting": _meeting}
