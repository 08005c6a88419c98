"""Group sessions: opened from the console, led on a page of their own, read and written by all who are in one."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from backend.accounts.enums import Role
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from backend.students.queries import complete, profiles_of
from backend.web.forms import add_errors
from fairs import groups
from fairs.domain import group
from fairs.enums import BUSY, MeetingStatus
from fairs.interfaces import labels
from fairs.interfaces.forms import MessageForm
from fairs.interfaces.group_words import lines_of
from fairs.interfaces.line_forms import GroupEndForm, GroupForm
from fairs.interfaces.views.company import own_booth
from fairs.interfaces.views.public import meeting_talk_fresh
from fairs.models import GroupSession


@login_required
@require_http_methods(["GET", "POST"])
def open_group(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how many, and to what; call the first free students of the line together."""
    booth = own_booth(request, pk)
    form, status = GroupForm(request.POST or None), 0
    if request.method == "POST" and form.is_valid():
        try:
            made = group.open_group(actor=request.actor, booth_id=pk, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        except Conflict as error:
            if request.htmx and not request.htmx.boosted:  # a toast
                raise
            form.add_error(None, error.text)
            status = error.status
        else:
            return redirect("fairs:group", made.pk)
    status = status or (422 if form.errors else 200)
    return render(request, "fairs/group_open.html", {"booth": booth, "group_form": form}, status=status)


@login_required
@require_GET
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """The session as its recruiters lead it."""
    return _shown(request, pk, GroupEndForm())


@login_required
@require_GET
def rows(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of that page."""
    return render(request, "fairs/_group.html", _led(request, pk))


@login_required
@require_POST
def fill(request: HttpRequest, pk: int) -> HttpResponse:
    """Call others into the free seats."""
    # htmx asks so that a refusal, such as that nobody is free to come, comes as a toast.
    asked = request.htmx and not request.htmx.boosted
    try:
        called = group.fill_group(actor=request.actor, group_id=pk)
    except Conflict as error:
        if asked:
            raise
        messages.error(request, error.text)
        return _shown(request, pk, GroupEndForm(), status=error.status)
    messages.success(request, _("Called into the group: %(count)d.") % {"count": len(called)})
    there = reverse("fairs:group", args=[pk])
    return HttpResponseClientRedirect(there) if asked else redirect(there)


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End the session for all."""
    found = _session(request, pk)
    form = GroupEndForm(request.POST)
    if form.is_valid():
        try:
            group.end_group(actor=request.actor, group_id=pk, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("The group session is over for everybody."))
            return redirect("fairs:console", found.booth_id)
    return _shown(request, pk, form, status=422)


@login_required
@require_POST
def say(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something to all; htmx gets the live part of the page one wrote on, a plain form that page."""
    group.say_to_group(actor=request.actor, group_id=pk, text=request.POST.get("text", ""))
    asked = request.htmx and not request.htmx.boosted
    if request.actor.role != Role.STUDENT:
        return (
            render(request, "fairs/_group.html", _led(request, pk)) if asked else redirect("fairs:group", pk)
        )
    found = _session(request, pk)
    mine = groups.seat_of(request.actor, found)
    if mine is None:
        return redirect("fairs:lines", found.booth.fair_id)
    return (
        meeting_talk_fresh(request, mine.meeting.pk) if asked else redirect("fairs:meeting", mine.meeting.pk)
    )


def _shown(request: HttpRequest, pk: int, end_form: GroupEndForm, *, status: int = 200) -> HttpResponse:
    context = _led(request, pk) | {"form": MessageForm(), "end_form": end_form}
    return render(request, "fairs/group.html", context, status=status)


def _session(request: HttpRequest, pk: int) -> GroupSession:
    found = groups.groups_visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise NotFound
    return found


def _led(request: HttpRequest, pk: int) -> dict:
    """What both the page and its live part show."""
    found = _session(request, pk)
    own_booth(request, found.booth_id)
    tickets = list(complete(groups.people_in(found), "student__"))
    for ticket, profile in zip(
        tickets, profiles_of(request.actor, [t.student for t in tickets]), strict=True
    ):
        ticket.profile = profile
    names = {ticket.pk: ticket.profile.name for ticket in tickets}
    busy = sum(ticket.status in BUSY for ticket in tickets)
    return {
        "session": found,
        "booth": found.booth,
        "tickets": labels.toned(tickets, labels.TICKET),
        "came": sum(ticket.status == "meeting" for ticket in tickets),
        "seats": max(0, found.size - busy),
        "lines": lines_of(found, names=names),
        "open": found.status == MeetingStatus.OPEN,
        "over_time": found.ends_at < clock.now(),
        "streams": f"group-{found.pk} booth-{found.booth_id}",
        "quiet": f"fair-{found.booth.fair_id} line-{found.booth_id}",
    }
