"""Around the console: whom a booth finds in the hall and invites, what its team says, and its talks followed up."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.common import clock
from backend.common.errors import Invalid, NotFound
from backend.students.queries import complete, profiles_of
from backend.web.downloads import spreadsheet
from backend.web.forms import add_errors, number_of
from backend.web.paging import page
from fairs import invitations, present, queries, talks
from fairs.domain import follow, invitation, team
from fairs.enums import RUNNING, Outcome
from fairs.interfaces import labels
from fairs.interfaces.console_forms import TEMPLATES, FollowForm, PresentForm, SayForm
from fairs.interfaces.views.company import own_booth
from fairs.models import Booth
from fairs.protocol import MESSAGES

SENT = 20
"""Invitations shown below the search, the newest."""


@login_required
@require_GET
def in_the_hall(request: HttpRequest, pk: int) -> HttpResponse:
    """Who is in the hall, without names, the best fit first; each can be invited."""
    booth = own_booth(request, pk)
    people = present.visitors(request.actor, booth)
    majors, departments = present.choices(people)
    form = PresentForm(request.GET, majors=majors, departments=departments)
    rows = page(request, present.found(booth, people, form.wanted()), size=20)
    rows.object_list = present.shown(request.actor, booth, list(rows.object_list))
    context = {
        "booth": booth,
        "form": form,
        "rows": rows,
        "asked": any(value for key, value in request.GET.items() if key in form.fields),
        "sent": labels.toned(list(invitations.sent_by(booth)[:SENT]), labels.INVITATION),
        "templates": TEMPLATES,
        "open": booth.fair.status in RUNNING,
    }
    return render(request, "fairs/present.html", context)


@login_required
@require_POST
def invite(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask somebody of the hall into the line; back to the same search."""
    own_booth(request, pk)
    invitation.invite(
        actor=request.actor,
        booth_id=pk,
        registration_id=number_of(request.POST, "registration"),
        text=request.POST.get("text", ""),
    )
    messages.success(request, _("Invited. You see here when the student answers."))
    query = request.POST.get("query", "")[:500]
    return redirect(reverse("fairs:present", args=[pk]) + (f"?{query}" if query else ""))


@login_required
@require_GET
def team_lines(request: HttpRequest, pk: int) -> HttpResponse:
    """What the team says: a page of its own, or to htmx its live part."""
    template = "fairs/_said.html" if request.htmx and not request.htmx.boosted else "fairs/said.html"
    return render(request, template, _said(own_booth(request, pk)))


@login_required
@require_POST
def team_say(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something to the team; htmx gets what was said, a plain form the console."""
    booth = own_booth(request, pk)
    team.say_to_team(actor=request.actor, booth_id=pk, text=request.POST.get("text", ""))
    if request.htmx and not request.htmx.boosted:
        return render(request, "fairs/_said.html", _said(booth))
    return redirect("fairs:team_said", pk)


def _said(booth: Booth) -> dict:
    """The newest of it, oldest first."""
    newest = booth.said.select_related("author").order_by("-pk")[:MESSAGES]
    return {"booth": booth, "said": list(newest)[::-1], "team_form": SayForm()}


@login_required
@require_GET
def talk_list(request: HttpRequest, pk: int) -> HttpResponse:
    """The booth's talks to follow up."""
    booth = own_booth(request, pk)
    return render(request, "fairs/talks.html", _talks(request, booth))


@login_required
@require_GET
def talk_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The same as a file."""
    booth = own_booth(request, pk)
    headers, rows = follow.take_talks(actor=request.actor, booth_id=pk, wanted=request.GET.get("show", ""))
    return spreadsheet(f"talks-{booth.pk}-{clock.today():%Y%m%d}.xlsx", headers, rows)


@login_required
@require_POST
def talk_follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer the student, and keep note, rating and next step, from the list."""
    found = queries.meetings_visible_to(request.actor).filter(pk=pk).first()
    if found is None:
        raise NotFound
    booth = own_booth(request, found.ticket.booth_id)
    form = FollowForm(request.POST, instance=found, prefix=str(pk))
    if form.is_valid():
        try:
            follow.follow_talk(actor=request.actor, meeting_id=pk, **form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("fairs:talks", booth.pk)
    return render(request, "fairs/talks.html", _talks(request, booth, form), status=422)


def _talks(request: HttpRequest, booth: Booth, bound: FollowForm | None = None) -> dict:
    show = request.GET.get("show", "")
    show = show if show in talks.FILTERS else ""
    rows = page(request, complete(talks.talks_of(booth, show), "ticket__student__"), size=20)
    found = list(rows)
    for talk, profile in zip(
        found, profiles_of(request.actor, [t.ticket.student for t in found]), strict=True
    ):
        talk.profile = profile
        mine = bound is not None and bound.instance.pk == talk.pk
        talk.form = bound if mine else FollowForm(instance=talk, prefix=str(talk.pk))
        talk.late = talk.due_at is not None and talk.due_at < clock.now()
    rows.object_list = labels.toned(found, labels.OUTCOME, "outcome")
    counts = talks.counts_of(booth)
    words = {
        "": _("All"),
        "unanswered": _("Unanswered"),
        "step": _("With a next step"),
        **dict(Outcome.choices),
    }
    tabs = [
        (words[name], f"?show={name}" if name else "?", name == show, counts[name]) for name in talks.FILTERS
    ]
    return {"booth": booth, "rows": rows, "tabs": tabs, "show": show, "total": counts[""]}
