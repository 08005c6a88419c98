"""Hand over: where a recruiter sends a student or a talk on, and the student's answer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.common.errors import Conflict, Invalid, NotFound
from backend.web.forms import add_errors
from fairs import queries
from fairs.domain import handover as handovers
from fairs.enums import TicketStatus
from fairs.interfaces.line_forms import ColleagueForm, HandoverForm
from fairs.interfaces.views.company import own_booth
from fairs.models import Ticket


@login_required
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask a student to go on at another booth, or let a colleague go on with the talk."""
    ticket = queries.tickets_visible_to(request.actor).select_related("meeting").filter(pk=pk).first()
    if ticket is None:
        raise NotFound
    own_booth(request, ticket.booth_id)
    if request.method == "GET":
        return _page(request, ticket)
    form = HandoverForm(request.POST, booth=ticket.booth)
    if form.is_valid():
        try:
            handovers.ask_handover(
                actor=request.actor,
                ticket_id=pk,
                booth_id=form.cleaned_data["booth"].pk,
                reason=form.cleaned_data["reason"],
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The student is asked."))
            return redirect("fairs:console", ticket.booth_id)
    return _page(request, ticket, going=form)


@login_required
@require_POST
def hand_meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a colleague go on with the talk."""
    meeting = queries.meetings_visible_to(request.actor).filter(pk=pk).first()
    if meeting is None:
        raise NotFound
    booth = own_booth(request, meeting.ticket.booth_id)
    form = ColleagueForm(request.POST, ticket=meeting.ticket)
    if form.is_valid():
        user = form.cleaned_data["user"]
        try:
            handovers.hand_meeting(actor=request.actor, meeting_id=pk, user_id=user.pk)
        except Invalid as error:
            add_errors(form, error)
        except Conflict as error:
            if error.code != "colleague_busy":
                raise
            form.add_error("user", error.text)
            return _page(request, meeting.ticket, passing=form, status=error.status)
        else:
            messages.success(request, _("%(name)s goes on with the talk.") % {"name": user})
            return redirect("fairs:console", booth.pk)
    return _page(request, meeting.ticket, passing=form)


def _page(
    request: HttpRequest,
    ticket: Ticket,
    *,
    going: HandoverForm | None = None,
    passing: ColleagueForm | None = None,
    status: int = 422,
) -> HttpResponse:
    context = {
        "ticket": ticket,
        "booths": handovers.booths_beside(ticket.booth),
        "going": going or HandoverForm(booth=ticket.booth),
        "passing": passing or ColleagueForm(ticket=ticket),
        "talks": ticket.status == TicketStatus.MEETING,
    }
    return render(request, "fairs/hand_over.html", context, status=status if going or passing else 200)


@login_required
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree to go on elsewhere, or stay."""
    if request.actor.role != Role.STUDENT:
        raise NotFound
    agree = request.POST.get("agree") == "yes"
    asked = handovers.answer_handover(actor=request.actor, ticket_id=pk, agree=agree)
    if asked.new_ticket is not None:
        messages.success(request, _("Your number is %(number)s.") % {"number": asked.new_ticket.number})
    return redirect("fairs:lines", asked.booth.fair_id)
