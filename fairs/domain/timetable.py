"""The timetable on the day: when a planned talk's time has come, its number is drawn, below all that the line draws."""

import structlog
from django.db import transaction

from backend.accounts.actor import SYSTEM
from backend.common import clock
from fairs import plans, queries, turns
from fairs.blocking import blocked
from fairs.domain.line import announce, set_ticket, user_ids
from fairs.domain.plan import number_of
from fairs.enums import BUSY, LIVE_TICKET, FairStatus, PlanStatus, TicketStatus
from fairs.models import Booth, FairRegistration, Plan, PlannedTalk, Ticket

log = structlog.get_logger(__name__)
AT_ONCE = 500
"""Talks begun in one round of the clock; the rest follow in the next."""


def begin_due() -> int:
    """Draw the numbers of talks whose time is now, for students who have come to the hall; how many were drawn.

    Who has not come gets no number, so nobody calls into the void; who comes before the time is over gets it then.
    """
    now, begun = clock.now(), 0
    for plan in Plan.objects.filter(status=PlanStatus.PUBLISHED, fair__status=FairStatus.LIVE).order_by("pk"):
        slot = int((now - plan.starts_at).total_seconds() // (60 * plan.minutes))
        if not 0 <= slot < plan.slots:
            continue
        here = FairRegistration.objects.filter(fair=plan.fair_id, entered_at__isnull=False)
        due = plan.talks.filter(slot=slot, ticket__isnull=True, student__in=here.values("student_id"))
        for pk in list(due.order_by("booth_id", "seat").values_list("pk", flat=True)[:AT_ONCE]):
            try:
                begun += _begin(pk)
            except Exception:  # one talk that cannot begin may not keep the others waiting
                log.exception("fairs.talk_not_begun", talk=pk)
    return begun


@transaction.atomic
def _begin(pk: int) -> bool:
    """Draw one number, unless the talk was moved, dropped or begun in this very moment."""
    plan_id = PlannedTalk.objects.filter(pk=pk).values_list("plan_id", flat=True).first()
    plan = Plan.objects.select_for_update().filter(pk=plan_id, status=PlanStatus.PUBLISHED).first()
    talk = PlannedTalk.objects.filter(pk=pk, plan=plan, ticket__isnull=True).first() if plan else None
    if talk is None or not talk.starts_at <= clock.now() < talk.ends_at:
        return False
    places = Booth.objects.select_for_update(of=("self",)).select_related("fair", "team")
    booth = places.filter(queries.open_booths(), pk=talk.booth_id, fair__status=FairStatus.LIVE).first()
    if booth is None or blocked(talk.student_id, booth.company_id):
        return False
    rows = Ticket.objects.filter(booth=booth, student_id=talk.student_id, status__in=LIVE_TICKET)
    standing = rows.first()
    if standing is not None and standing.status == TicketStatus.AWAY:
        return False  # whoever stepped away is not called: when they come back, the talk begins
    if standing is not None and standing.status in BUSY and standing.group_id is not None:
        return False  # a group session is no talk of one's own: it begins after it, in its time
    if standing is not None and standing.status in BUSY:
        ticket = standing  # they talk already
    else:
        if standing is not None:
            standing.booth = booth
            set_ticket(SYSTEM, standing, TicketStatus.LEFT, ended_at=clock.now())
        ticket = _draw(talk, booth)
    return bool(PlannedTalk.objects.filter(pk=pk).update(ticket=ticket))


def _draw(talk: PlannedTalk, booth: Booth) -> Ticket:
    """The number kept for this time, lower than all that the line draws; it stands before everybody, and is called first."""
    number = number_of(talk, plans.stand(talk.plan, booth).seats)
    ticket = Ticket.objects.create(
        booth=booth, student_id=talk.student_id, number=number, stands_since=turns.PLANNED
    )
    announce(ticket, SYSTEM, before="", user_id=user_ids([talk.student_id]).get(talk.student_id))
    return ticket
