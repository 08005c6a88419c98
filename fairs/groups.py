"""Group sessions read: which may this person see, who is in one, and what was said in it."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from fairs import queries, turns
from fairs.enums import MeetingStatus, TicketStatus
from fairs.models import GroupMessage, GroupSession, Ticket
from fairs.protocol import MESSAGES


def groups_visible_to(actor: Actor) -> QuerySet[GroupSession]:
    """A recruiter's company's sessions, those a student was called into, a circle's for staff."""
    rows = GroupSession.objects.select_related("booth__fair", "booth__company", "recruiter")
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STUDENT:
            mine = Ticket.objects.filter(student_id=actor.student_id, group__isnull=False)
            return rows.filter(pk__in=mine.values("group_id"))
        case Role.RECRUITER:
            return rows.filter(booth__company_id=actor.company_id)
        case Role.STAFF:
            return rows.filter(booth__fair__in=queries.fairs_visible_to(actor))
        case _:
            return rows.none()


def seat_of(actor: Actor, session: GroupSession) -> Ticket | None:
    """The number with which a student is in a session at this moment."""
    if actor.role != Role.STUDENT:
        return None
    return session.tickets.filter(student_id=actor.student_id, status=TicketStatus.MEETING).first()


def seated(sessions: Collection[int]) -> set[tuple[int, int]]:
    """(account, session) of the students who are in one of these sessions at this moment."""
    rows = Ticket.objects.filter(group_id__in=sessions, status=TicketStatus.MEETING)
    return set(rows.values_list("student__membership__user_id", "group_id"))


def people_in(session: GroupSession) -> QuerySet[Ticket]:
    """Everybody who was called into a session and has not gone back to the line, in the order of the line."""
    return session.tickets.select_related("meeting", "student__major").order_by(*turns.ORDER)


def newest_lines(session: GroupSession, until: datetime | None = None) -> list[GroupMessage]:
    """What was said in a session, oldest first: the newest MESSAGES, to whoever left it those until then."""
    lines = session.lines.select_related("ticket", "author").order_by("-pk")
    if until is not None:
        lines = lines.filter(at__lte=until)
    return list(lines[:MESSAGES])[::-1]


def of_tickets(tickets: Iterable[Ticket]) -> list[GroupSession]:
    """The sessions that these tickets are called into, each with how many are `called` and how many `came`."""
    found: dict[int, GroupSession] = {}
    for ticket in tickets:
        if ticket.group is not None:
            session = found.setdefault(ticket.group.pk, ticket.group)
            session.called = getattr(session, "called", 0) + (ticket.status == TicketStatus.CALLED)
            session.came = getattr(session, "came", 0) + (ticket.status == TicketStatus.MEETING)
    return list(found.values())


def led_by(user_id: int | None) -> Subquery:
    """The number of the session that a recruiter leads at a booth, for a query of booths."""
    rows = GroupSession.objects.filter(booth=OuterRef("pk"), recruiter_id=user_id, status=MeetingStatus.OPEN)
    return Subquery(rows.values("pk")[:1])


def goes_on() -> Exists:
    """Whether a group session goes on at a booth, for a query of booths."""
    return Exists(GroupSession.objects.filter(booth=OuterRef("pk"), status=MeetingStatus.OPEN))
