"""A booth's line beside its console: pause it with a message, say when it is open; and a student's swap of lines."""

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from backend.accounts.enums import Role
from backend.common.errors import Invalid, NotFound
from backend.web.forms import add_errors, number_of
from fairs import queries
from fairs.domain import booth as booths
from fairs.domain import hours, swap
from fairs.enums import IN_LINE, BoothStatus
from fairs.interfaces import labels
from fairs.interfaces.line_forms import HoursForm, PauseForm
from fairs.interfaces.views.company import own_booth
from fairs.models import Booth


@login_required
@require_GET
def settings(request: HttpRequest, pk: int) -> HttpResponse:
    """The booth's line: a message with the pause, and the opening hours."""
    return _settings(request, own_booth(request, pk))


@login_required
@require_http_methods(["POST"])
def pause(request: HttpRequest, pk: int) -> HttpResponse:
    """Pause with a message to those who wait."""
    booth = own_booth(request, pk)
    form = PauseForm(request.POST)
    if form.is_valid():
        booths.pause_booth(
            actor=request.actor, booth_id=pk, paused=True, message=form.cleaned_data["message"]
        )
        messages.success(request, _("Paused. Everybody in line reads your message."))
        return redirect("fairs:console", pk)
    return _settings(request, booth, pausing=form)


@login_required
@require_http_methods(["POST"])
def set_hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Say when the booth is open."""
    booth = own_booth(request, pk)
    form = HoursForm(request.POST)
    if form.is_valid():
        try:
            hours.set_hours(actor=request.actor, booth_id=pk, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("fairs:line_settings", pk)
    return _settings(request, booth, opening=form)


def _settings(
    request: HttpRequest,
    booth: Booth,
    *,
    pausing: forms.Form | None = None,
    opening: forms.Form | None = None,
) -> HttpResponse:
    said = {"opens_at": booth.opens_at, "closes_at": booth.closes_at}
    context = {
        "booth": booth,
        "pausing": pausing or PauseForm(initial={"message": booth.pause_message}),
        "opening": opening or HoursForm(initial=said),
    }
    return render(request, "fairs/line_settings.html", context, status=422 if pausing or opening else 200)


@login_required
@require_http_methods(["GET", "POST"])
def swap_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose which of my lines I give up for a number at this booth."""
    if request.actor.role != Role.STUDENT:
        raise NotFound
    if request.method == "POST":
        ticket = swap.swap_line(actor=request.actor, ticket_id=number_of(request.POST, "ticket"), booth_id=pk)
        messages.success(request, _("Your number is %(number)s.") % {"number": ticket.number})
        return redirect("fairs:lines", ticket.booth.fair_id)
    booth = queries.booths_visible_to(request.actor).filter(pk=pk, status=BoothStatus.APPROVED).first()
    if booth is None:
        raise NotFound
    mine = [t for t in queries.my_live_tickets(request.actor, booth.fair) if t.status in IN_LINE]
    context = {"booth": booth, "rows": labels.toned(queries.with_waits(mine), labels.TICKET)}
    return render(request, "fairs/swap.html", context)
