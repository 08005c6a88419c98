"""The company's fair: sign up with positions, and the console of a booth."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts.enums import Role
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.recommendations.queries import at_booth, sides_with
from backend.students.queries import complete, profiles_of
from backend.web.forms import add_errors
from backend.web.paging import page
from fairs import groups, plans, pulse, queries, readiness, rules, screens
from fairs.domain import booth as booths
from fairs.domain import line
from fairs.enums import TicketStatus
from fairs.interfaces import labels, turn_words
from fairs.interfaces.console_forms import SayForm
from fairs.interfaces.forms import BoothForm
from fairs.interfaces.views.public import fair_for
from fairs.models import Booth, Ticket

SHOWN = 30
REASONED = 10
"""Tickets shown, and of these the first that come with match reasons."""


def _recruiter(request: HttpRequest) -> None:
    if request.actor.role != Role.RECRUITER:
        raise NotFound


def own_booth(request: HttpRequest, pk: int) -> Booth:
    """A booth of this recruiter's company, while the company is vetted."""
    _recruiter(request)
    rows = queries.booths_worked_by(request.actor).annotate(leads=groups.led_by(request.actor.user_id))
    found = rows.select_related("team").filter(pk=pk).first()
    if found is None:
        raise NotFound
    if not rules.can_meet_people(request.actor, found):
        raise NotAllowed("company_unverified", _("Your company has to pass vetting first."))
    pulse.note(found.pk, request.actor.user_id)
    return found


@login_required
@require_GET
def booth_list(request: HttpRequest) -> HttpResponse:
    """Our booths at all fairs."""
    _recruiter(request)
    rows = page(request, queries.booths_worked_by(request.actor).order_by("-fair__starts_at", "-pk"))
    gaps = readiness.of_booths([row for row in rows if row.fair.status in plans.BEFORE])
    for row in rows:
        row.gaps, row.screen = gaps.get(row.pk), screens.link(row.fair, row)
    return render(request, "fairs/booths_mine.html", {"rows": labels.toned(rows, labels.BOOTH)})


@login_required
@require_http_methods(["GET", "POST"])
def sign_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a booth and say which positions come."""
    _recruiter(request)
    fair = fair_for(request.actor, pk)
    form = BoothForm(request.POST if request.method == "POST" else None, actor=request.actor)
    if request.method == "POST" and form.is_valid():
        division = form.cleaned_data["division"]
        try:
            booths.request_booth(
                actor=request.actor,
                fair_id=pk,
                position_ids=[row.pk for row in form.cleaned_data["positions"]],
                division_id=division.pk if division else None,
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Sent. The school decides and gives your booth its number."))
            return redirect("fairs:detail", pk)
    status = 422 if form.errors else 200
    return render(request, "fairs/sign_up.html", {"form": form, "fair": fair}, status=status)


@login_required
@require_GET
def console(request: HttpRequest, pk: int) -> HttpResponse:
    """The booth's console."""
    return render(request, "fairs/console.html", _console(request, pk) | {"team_form": SayForm()})


@login_required
@require_GET
def console_rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the console."""
    return render(request, "fairs/_console.html", _console(request, pk))


def _reasons(booth: Booth, tickets: list[Ticket]) -> None:
    """Give the first tickets the booth's position that fits the student best, and why; nothing private."""
    sides = {ticket.student_id: (ticket.follows, ticket.noticed) for ticket in tickets}
    found = at_booth([ticket.student for ticket in tickets], list(queries.offered_at(booth)), sides)
    for ticket, told in zip(tickets, found, strict=True):
        ticket.fit, ticket.reasons = told, told.reasons


def _console(request: HttpRequest, pk: int) -> dict:
    actor = request.actor
    booth = own_booth(request, pk)
    rows = queries.live_tickets(booth).select_related(
        "called_by", "meeting", "planned__plan", "invitation", "group__recruiter"
    )
    rows = rows.annotate(**sides_with(booth.company_id))
    tickets = list(complete(rows, "student__")[:SHOWN])
    for ticket, profile in zip(tickets, profiles_of(actor, [t.student for t in tickets]), strict=True):
        ticket.profile = profile
        ticket.why = turn_words.call(ticket) if ticket.status in queries.BUSY else turn_words.place(ticket)
        mine = ticket.called_by_id == actor.user_id and ticket.status in queries.BUSY
        ticket.mine = mine and ticket.group_id is None
    _reasons(booth, tickets[:REASONED])
    labels.toned(tickets, labels.TICKET)
    booth.hours = labels.hours(booth)
    open_answers = queries.unanswered().filter(ticket__booth=booth).select_related("ticket")
    return {
        "booth": labels.toned([booth], labels.BOOTH)[0],
        "figures": queries.figures_without_wait([booth])[booth.pk],
        "rule": turn_words.rule(booth.fair),
        "busy": [t for t in tickets if t.status in queries.BUSY],
        "waiting": [t for t in tickets if t.status not in queries.BUSY],
        "mine": next((t for t in tickets if t.mine), None),
        "sessions": groups.of_tickets(tickets),
        "unanswered": labels.toned(open_answers[:20], labels.OUTCOME, "outcome"),
        "streams": f"booth-{booth.pk} fair-{booth.fair_id}",
        "quiet": f"line-{booth.pk}",
    }


@login_required
@require_POST
def act(request: HttpRequest, pk: int, what: str) -> HttpResponse:
    """Call the next, pause or go on, take a call back."""
    booth = own_booth(request, pk)
    if what == "call":
        called = line.call_next(actor=request.actor, booth_id=pk)
        messages.success(request, _("Number %(number)s is called.") % {"number": called.number})
    elif what in ("pause", "resume"):
        booths.pause_booth(actor=request.actor, booth_id=pk, paused=what == "pause")
    elif what == "put-back":
        called_by_me = queries.live_tickets(booth).filter(
            status=TicketStatus.CALLED, called_by_id=request.actor.user_id
        )
        found = called_by_me.first()
        if found is None:
            raise NotFound
        line.put_back(actor=request.actor, ticket_id=found.pk)
    else:
        raise NotFound
    console = reverse("fairs:console", args=[pk])
    # htmx asks so that a refusal, such as that nobody is in the line, comes as a toast.
    asked = request.htmx and not request.htmx.boosted
    return HttpResponseClientRedirect(console) if asked else redirect(console)
