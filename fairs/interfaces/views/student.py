"""The student's fair: register, walk through the hall, stand in lines, come when called, read the results."""

from collections.abc import Iterable
from datetime import timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.enums import Role
from backend.common import clock
from backend.common.errors import NotFound
from backend.recommendations.queries import BoothFit
from backend.web.paging import page
from fairs import hall as hall_order
from fairs import invitations, queries
from fairs.blocking import with_barred
from fairs.domain import fair as fairs
from fairs.domain import group, guests, handover, line
from fairs.domain import meeting as meetings
from fairs.enums import FairStatus, TicketStatus
from fairs.interfaces import labels, turn_words
from fairs.interfaces.views.public import fair_told
from fairs.models import Booth, Fair, FairRegistration, Ticket

ACTS = {
    "away": line.step_away,
    "back": line.come_back,
    "leave": line.leave_line,
    "alone": group.decline_group,
}

JUST_NOW = timedelta(minutes=15)
"""How long a call that was missed is told above everything else."""


def _student(request: HttpRequest) -> None:
    if request.actor.role != Role.STUDENT:
        raise NotFound


@login_required
@require_POST
def register(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign up for a fair."""
    registration = fairs.register_for_fair(actor=request.actor, fair_id=pk)
    messages.success(request, _("You are registered for %(fair)s.") % {"fair": registration.fair.name})
    return redirect("fairs:detail", pk)


@login_required
@require_GET
def hall(request: HttpRequest, pk: int) -> HttpResponse:
    """The hall: every booth with its line, its wait, and a number to draw."""
    _student(request)
    context = _hall(request, pk)
    fairs.enter_fair(actor=request.actor, fair_id=pk)
    # Here alone: the live part below is the same list, read again every few seconds.
    hall_order.record_shown(request.actor, context["rows"])
    return render(request, "fairs/hall.html", context)


@login_required
@require_GET
def hall_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the hall."""
    _student(request)
    return render(request, "fairs/_hall.html", _hall(request, pk))


def _hall(request: HttpRequest, pk: int) -> dict:
    actor = request.actor
    fair = fair_told(actor, pk)
    if fair.invites:
        guests.must_be_let_in(actor, fair)
    text = request.GET.get("q", "")[:60]
    found = with_barred(queries.hall_booths(actor, fair, text=text), actor.student_id)
    sort = request.GET.get("sort", "")
    order = hall_order.ordered(actor, fair, found, sort)
    rows = page(request, order.rows, size=20)
    if order.fits:
        rows.object_list = hall_order.loaded(found, rows.object_list)
    coming = queries.coming_talks([booth.pk for booth in rows], actor.student_id)
    figures = queries.figures_of(rows, coming)
    mine = {ticket.booth_id: ticket for ticket in queries.my_live_tickets(actor, fair)}
    for booth in rows:
        booth.figures = figures[booth.pk]
        booth.ticket = mine.get(booth.pk)
        booth.best = _best(order, booth)
        booth.hours = labels.hours(booth)
    labels.toned([fair], labels.FAIR)
    streams = f"fair-{fair.pk} person-{actor.user_id}"
    context = {"fair": fair, "rows": rows, "q": text, "lines": len(mine), "streams": streams}
    context["quiet"] = " ".join(f"line-{number}" for number in mine)
    context["planned"] = [
        talk for talk in coming if talk.student == actor.student_id and talk.fair == fair.pk
    ][:3]
    return context | {"sort": sort, "sorts": _sorts(text, sort), "no_fit": order.refused}


def _best(order: hall_order.Order, booth: Booth) -> BoothFit | None:
    """The fit of the booth's best position, unless that one has closed since the order was made."""
    best = order.fits.get(booth.pk)
    return best if best and any(row.pk == best.position for row in booth.positions.all()) else None


def _sorts(text: str, sort: str) -> list[tuple[str, str, bool]]:
    """Each order in words, with its address and whether the hall stands in it."""
    words = dict(
        zip(hall_order.SORTS, (_("By number"), _("Shortest line"), _("Best fit for me")), strict=True)
    )
    now = sort if sort in hall_order.SORTS else "number"
    asked = {"q": text} if text else {}
    return [(label, f"?{urlencode({**asked, 'sort': name})}", name == now) for name, label in words.items()]


@login_required
@require_POST
def join(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw a number."""
    ticket = line.join_line(actor=request.actor, booth_id=pk)
    messages.success(request, _("Your number is %(number)s.") % {"number": ticket.number})
    return redirect("fairs:lines", ticket.booth.fair_id)


@login_required
@require_GET
def lines(request: HttpRequest, pk: int) -> HttpResponse:
    """My lines at a fair: place, wait, and what I can do."""
    _student(request)
    context = _lines(request, pk)
    mine = FairRegistration.objects.filter(fair=pk, student_id=request.actor.student_id)
    return render(request, "fairs/lines.html", context | {"registration": mine.first()})


@login_required
@require_GET
def lines_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of my lines."""
    _student(request)
    return render(request, "fairs/_lines.html", _lines(request, pk))


def _lines(request: HttpRequest, pk: int) -> dict:
    actor = request.actor
    fair = fair_told(actor, pk)
    live = labels.toned(
        queries.with_waits(queries.my_live_tickets(actor, fair, asks=handover.asks())), labels.TICKET
    )
    for ticket in live:
        ticket.why = turn_words.place(ticket)
        ticket.hours = labels.hours(ticket.booth)
    past = queries.tickets_visible_to(actor).filter(booth__fair=fair, ended_at__isnull=False)
    past = past.annotate(asks=handover.asks()).select_related("meeting")
    rows = page(request, past.order_by("-ended_at", "-pk"), size=20)
    labels.toned(rows, labels.TICKET)
    _offer_again(fair, live, rows)
    asked = any(ticket.asks for ticket in (*live, *rows))
    streams = " ".join([f"person-{actor.user_id}", *(f"line-{t.booth_id}" for t in live)])
    context = {"fair": fair, "live": live, "rows": rows, "streams": streams, "quiet": f"fair-{fair.pk}"}
    context["handovers"] = handover.open_handovers(actor, pk) if asked else ()
    return context | {"rule": turn_words.rule(fair), "invited": invitations.open_for(actor, fair)}


def _offer_again(fair: Fair, live: list[Ticket], past: Iterable[Ticket]) -> None:
    """Whoever did not come finds the way back: at the newest number of a booth, unless one stands there again."""
    seen = {ticket.booth_id for ticket in live}
    for ticket in past:
        missed = ticket.status == TicketStatus.NO_SHOW
        ticket.again = missed and fair.status == FairStatus.LIVE and ticket.booth_id not in seen
        ticket.just = ticket.again and ticket.ended_at > clock.now() - JUST_NOW
        seen.add(ticket.booth_id)


@login_required
@require_POST
def ticket(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Step away, come back, leave, or come when called."""
    if act == "accept":
        return redirect("fairs:meeting", meetings.accept_call(actor=request.actor, ticket_id=pk).pk)
    if act not in ACTS:
        raise NotFound
    moved = ACTS[act](actor=request.actor, ticket_id=pk)
    return redirect("fairs:lines", moved.booth.fair_id)
