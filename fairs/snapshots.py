"""The state of a stream at a sequence number, for whoever may follow it; the same rows the pages show."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from dataclasses import replace

from django.db.models import Max

from backend.accounts.actor import Actor
from backend.common.errors import NotFound
from fairs import groups, queries, rules, turns
from fairs.domain import journal
from fairs.enums import (
    IN_LINE,
    LIVE_TICKET,
    BoothStatus,
    HandoverStatus,
    InvitationStatus,
    MeetingStatus,
    TicketStatus,
)
from fairs.models import (
    Booth,
    Fair,
    FairRegistration,
    GroupSession,
    Handover,
    Invitation,
    Meeting,
    TeamMessage,
    Ticket,
)
from fairs.protocol.state import State

TRIES = 3
"""So often a state is read anew because its stream moved meanwhile; after that the stream is held still."""

Pair = tuple[Actor, str]
"""Somebody and a stream."""


def may_follow(actor: Actor, stream: str) -> bool:
    """Whether the audience of a stream includes this person, by fresh rows."""
    return bool(followable([(actor, stream)]))


def followable(pairs: Iterable[Pair]) -> set[Pair]:
    """Those who may follow what they ask for; people who see the same are asked for by one of them, a query per kind of stream."""
    asked = [(pair, *parted(pair[1])) for pair in pairs]
    may = {pair for pair, audience, number in asked if audience == "person" and pair[0].user_id == number}
    alike = _alike(
        {actor for (actor, _stream), audience, _ in asked if audience in ("fair", "line", "booth")}
    )
    together: dict[tuple[str, Hashable], dict[int, list[Pair]]] = defaultdict(lambda: defaultdict(list))
    for pair, audience, number in asked:
        if audience in _SEEN:
            # A talk is its people's own.
            together[audience, pair[0] if audience in ("meeting", "group") else alike[pair[0]]][
                number
            ].append(pair)
    for (audience, _scope), wanted in together.items():
        one = next(iter(wanted.values()))[0][0]
        for number in _SEEN[audience](one, wanted):
            may.update(wanted[number])
    return may


def _alike(actors: Collection[Actor]) -> dict[Actor, Hashable]:
    """What decides which fairs and booths each of them sees: role, school, company, and the fairs a student registered for."""
    students = {actor.student_id for actor in actors if actor.student_id is not None}
    fairs: dict[int | None, set[int]] = defaultdict(set)
    if students:
        rows = FairRegistration.objects.filter(student_id__in=students).order_by()
        for student, fair in rows.values_list("student_id", "fair_id"):
            fairs[student].add(fair)
    return {
        actor: (replace(actor, user_id=None, student_id=None), frozenset(fairs[actor.student_id]))
        for actor in actors
    }


def parted(stream: str) -> tuple[str, int]:
    """Audience and number of a stream's name; ("", 0) for what is no name."""
    audience, _, tail = stream.partition("-")
    # One spelling per stream: "fair-007" would be a journal of its own that nothing is ever written to.
    if not (tail.isascii() and tail.isdecimal()) or len(tail) > 18 or str(int(tail)) != tail:
        return "", 0
    return audience, int(tail)


def _seen_fairs(actor: Actor, ids: Collection[int]) -> Iterable[int]:
    return queries.fairs_visible_to(actor).filter(pk__in=ids).order_by().values_list("pk", flat=True)


def _seen_lines(actor: Actor, ids: Collection[int]) -> Iterable[int]:
    rows = queries.booths_visible_to(actor).filter(pk__in=ids, status=BoothStatus.APPROVED)
    return rows.order_by().values_list("pk", flat=True)


def _seen_booths(actor: Actor, ids: Collection[int]) -> Iterable[int]:
    for booth in queries.booths_visible_to(actor).filter(pk__in=ids):
        if rules.can_meet_people(actor, booth) or rules.can_watch_fair(actor, booth.fair):
            yield booth.pk


def _seen_meetings(actor: Actor, ids: Collection[int]) -> Iterable[int]:
    for meeting in queries.meetings_visible_to(actor).filter(pk__in=ids):
        if rules.takes_part(actor, meeting):
            yield meeting.pk


def _seen_groups(actor: Actor, ids: Collection[int]) -> Iterable[int]:
    for session in groups.groups_visible_to(actor).filter(pk__in=ids):
        if groups.seat_of(actor, session) or rules.can_meet_people(actor, session.booth):
            yield session.pk


_SEEN: dict[str, Callable[[Actor, Collection[int]], Iterable[int]]] = {
    "fair": _seen_fairs,
    "line": _seen_lines,
    "booth": _seen_booths,
    "meeting": _seen_meetings,
    "group": _seen_groups,
}


def take(actor: Actor, stream: str) -> tuple[int, State]:
    """Number and state of a stream; NotFound where one may not follow."""
    found = take_all(followable([(actor, stream)]))
    if not found:
        raise NotFound
    return found[actor, stream]


def take_all(pairs: Collection[Pair]) -> dict[Pair, tuple[int, State]]:
    """Number and state of each, for people who may follow; what is gone meanwhile is left out.

    Nothing is locked. What changes a state moves its stream's number in the same transaction, so a state read between
    two looks that show one number is the state at that number; where they differ it is read again.
    """
    found: dict[Pair, tuple[int, State]] = {}
    left = list(pairs)
    for _ in range(TRIES):
        if not left:
            return found
        streams = {stream for _actor, stream in left}
        before, states, after = journal.reached(streams), _states(left), journal.reached(streams)
        still = {stream for stream in streams if before.get(stream, 0) == after.get(stream, 0)}
        found |= {pair: (after.get(pair[1], 0), state) for pair, state in states.items() if pair[1] in still}
        left = [pair for pair in left if pair[1] not in still]
    for pair in left:
        with journal.held(pair[1]) as seq:
            found |= {pair: (seq, state) for pair, state in _states([pair]).items()}
    return found


def _states(pairs: Collection[Pair]) -> dict[Pair, State]:
    """The states at this moment, a few queries per kind of stream; one that is the same for several is one value."""
    by_audience: dict[str, list[tuple[Actor, int]]] = defaultdict(list)
    for actor, stream in pairs:
        audience, number = parted(stream)
        by_audience[audience].append((actor, number))
    return {
        (actor, f"{audience}-{number}"): state
        for audience, wanted in by_audience.items()
        for (actor, number), state in _STATES[audience](wanted).items()
    }


Wanted = list[tuple[Actor, int]]
Read = dict[tuple[Actor, int], State]


def _same(wanted: Wanted, states: dict[int, State]) -> Read:
    """One state for everybody who asks for that number."""
    return {(actor, number): states[number] for actor, number in wanted if number in states}


def _fairs(wanted: Wanted) -> Read:
    halls = dict(
        Fair.objects.filter(pk__in={number for _actor, number in wanted}).values_list("pk", "status")
    )
    # The same for everybody, as the stream is: what the digest tells, and nothing of a suspended company.
    booths = list(Booth.objects.filter(queries.open_booths(), fair__in=halls).order_by("pk"))
    figures = queries.figures_without_wait(booths)
    states: dict[int, State] = {pk: {"status": status, "booths": {}} for pk, status in halls.items()}
    for booth in booths:
        found = figures[booth.pk]
        states[booth.fair_id]["booths"][str(booth.pk)] = [found.waiting, found.meetings, booth.paused]
    return _same(wanted, states)


def _lines(wanted: Wanted) -> Read:
    ids = {number for _actor, number in wanted}
    booths = Booth.objects.only("paused", "pause_message").in_bulk(ids)
    places: dict[int, dict[int, int]] = {pk: {} for pk in booths}
    rows = Ticket.objects.filter(booth__in=places, status__in=IN_LINE).order_by(*turns.ORDER)
    for booth, number in rows.values_list("booth_id", "number"):
        places[booth][number] = len(places[booth]) + 1
    mine = _last_drawn(wanted)
    found: Read = {}
    for actor, booth in wanted:
        if booth in booths:
            number, standing = mine.get((actor.student_id, booth)), places[booth]
            # Only who stands in line has a place.
            place = standing.get(number) if number is not None else None
            found[actor, booth] = {
                "length": len(standing),
                "paused": booths[booth].paused,
                "message": booths[booth].pause_message,
                "number": number,
                "place": place,
            }
    return found


def _last_drawn(wanted: Wanted) -> dict[tuple[int | None, int], int]:
    """The number each student drew last at a booth, by both. It stays one's own, whatever became of it.

    Not the highest: a planned talk's number is lower than one drawn before it.
    """
    students = {actor.student_id for actor, _booth in wanted if rules.can_stand_in_line(actor)}
    if not students:
        return {}
    rows = Ticket.objects.filter(student_id__in=students, booth_id__in={booth for _actor, booth in wanted})
    return {
        (student, booth): number
        for student, booth, number in rows.order_by("pk").values_list("student_id", "booth_id", "number")
    }


def _booths(wanted: Wanted) -> Read:
    states: dict[int, State] = {
        number: {"tickets": {}, "invitations": [], "said": None, "groups": []} for _actor, number in wanted
    }
    rows = Ticket.objects.filter(booth_id__in=states, status__in=LIVE_TICKET).order_by(*turns.ORDER)
    for pk, booth, number, status in rows.values_list("pk", "booth_id", "number", "status"):
        states[booth]["tickets"][str(pk)] = [number, status]
    asked = Invitation.objects.filter(booth_id__in=states, status=InvitationStatus.OPEN).order_by("pk")
    for pk, booth in asked.values_list("pk", "booth_id"):
        states[booth]["invitations"].append(pk)
    open_groups = GroupSession.objects.filter(booth_id__in=states, status=MeetingStatus.OPEN).order_by("pk")
    for pk, booth in open_groups.values_list("pk", "booth_id"):
        states[booth]["groups"].append(pk)
    said = TeamMessage.objects.filter(booth_id__in=states).order_by().values("booth_id")
    for booth, newest in said.annotate(newest=Max("pk")).values_list("booth_id", "newest"):
        states[booth]["said"] = newest
    return _same(wanted, states)


def _persons(wanted: Wanted) -> Read:
    found: Read = {pair: {"tickets": {}, "invitations": {}, "handovers": {}, "groups": {}} for pair in wanted}
    whose = {pair[0].student_id: pair for pair in wanted if rules.can_stand_in_line(pair[0])}
    if not whose:
        return found
    handed = Handover.objects.filter(ticket__student__in=whose, status=HandoverStatus.ASKED)
    # A question ends with its place; of a talk that is over it can be answered for a while.
    handed = handed.exclude(ticket__status__in=[TicketStatus.LEFT, TicketStatus.NO_SHOW]).order_by("pk")
    for pk, student, ticket, booth in handed.values_list("pk", "ticket__student_id", "ticket_id", "booth_id"):
        found[whose[student]]["handovers"][str(pk)] = [ticket, booth]
    rows = Ticket.objects.filter(student_id__in=whose, status__in=LIVE_TICKET).order_by("pk")
    for pk, student, booth, number, status, answer_by, meeting, group in rows.values_list(
        "pk", "student_id", "booth_id", "number", "status", "answer_by", "meeting", "group_id"
    ):
        until = answer_by.isoformat() if status == TicketStatus.CALLED and answer_by else None
        found[whose[student]]["tickets"][str(pk)] = [booth, number, status, until, meeting]
        if group is not None:  # only of a number that is called or talks, as its constraint says
            found[whose[student]]["groups"][str(pk)] = group
    asked = Invitation.objects.filter(student_id__in=whose, status=InvitationStatus.OPEN).order_by("pk")
    for pk, student, booth, ends in asked.values_list("pk", "student_id", "booth_id", "expires_at"):
        found[whose[student]]["invitations"][str(pk)] = [booth, ends.isoformat()]
    return found


def _meetings(wanted: Wanted) -> Read:
    meetings = queries.with_extension(Meeting.objects.filter(pk__in={number for _actor, number in wanted}))
    return _same(wanted, {meeting.pk: _meeting(meeting) for meeting in meetings})


def _meeting(meeting: Meeting) -> State:
    newest = queries.newest_messages(meeting)
    asked = queries.extension_asked(meeting)
    return {
        "status": meeting.status,
        "outcome": meeting.outcome,
        "message": meeting.message,
        "ends_at": meeting.ends_at.isoformat(),
        "asked": list(asked) if asked else None,
        "messages": [[m.pk, m.by_student, m.kind, m.text, m.at.isoformat()] for m in newest],
    }


def _groups(wanted: Wanted) -> Read:
    rows = GroupSession.objects.filter(pk__in={number for _actor, number in wanted})
    rows = rows.annotate(said=Max("lines"))
    return _same(
        wanted,
        {pk: {"status": to, "said": said} for pk, to, said in rows.values_list("pk", "status", "said")},
    )


_STATES: dict[str, Callable[[Wanted], Read]] = {
    "fair": _fairs,
    "line": _lines,
    "booth": _booths,
    "person": _persons,
    "meeting": _meetings,
    "group": _groups,
}
