"""Fairs for everybody: the list, the page of one fair, and a meeting, which both sides share."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotFound
from backend.students.domain.grants import record_profile_view
from backend.students.queries import complete, profiles_of, resumes_visible_to
from backend.web.forms import add_errors, number_or_none
from backend.web.paging import page
from fairs import plans, pulse, queries, readiness, relay, reports, rules, windows
from fairs.domain import chat
from fairs.domain import meeting as meetings
from fairs.enums import RUNNING, FairStatus, MeetingStatus, Outcome
from fairs.interfaces import labels, turn_words
from fairs.interfaces.forms import MessageForm, OutcomeForm
from fairs.interfaces.group_words import lines_of
from fairs.models import Booth, Fair, FairRegistration, Meeting
from fairs.protocol import MESSAGES

WARNINGS = (timedelta(minutes=2), timedelta(seconds=30))
"""So long before the planned end both sides are told."""


def fair_for(actor: Actor, pk: int) -> Fair:
    """A fair this person sees."""
    fair = queries.fairs_visible_to(actor).filter(pk=pk).first()
    if fair is None:
        raise NotFound
    return fair


def fair_told(actor: Actor, pk: int) -> Fair:
    """The same with what its windows and guests say of it (`windows.told`)."""
    fair = windows.told(queries.fairs_visible_to(actor)).filter(pk=pk).first()
    if fair is None:
        raise NotFound
    return fair


@require_GET
def fair_list(request: HttpRequest) -> HttpResponse:
    """All fairs one sees, the next and live ones first."""
    rows = page(request, queries.fairs_listed(request.actor), size=12)
    labels.toned(rows, labels.FAIR)
    return render(
        request, "fairs/list.html", {"rows": rows, "may_create": rules.can_run_fairs(request.actor)}
    )


@require_GET
def fair_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One fair: when, where, who comes, and the next step of whoever looks."""
    actor = request.actor
    fair = fair_told(actor, pk)
    labels.toned([fair], labels.FAIR)
    booths = queries.hall_booths(actor, fair, text=request.GET.get("q", ""))
    mine = (
        Booth.objects.filter(fair=fair, company_id=actor.company_id) if actor.role == Role.RECRUITER else ()
    )
    manages = rules.can_manage_fair(actor, fair)
    context = {
        "fair": fair,
        "rows": page(request, booths, size=20),
        "counts": reports.counts(fair),
        "rule": turn_words.rule(fair),
        "registered": FairRegistration.objects.filter(fair=fair, student_id=actor.student_id).first()
        if actor.student_id
        else None,
        "mine": labels.toned(list(mine), labels.BOOTH),
        "manages": manages,
        "hours": fair.hours() if fair.several else (),
        "guests": queries.guests_named(fair) if fair.invites else (),
        "gaps": len(readiness.of_fair(fair)) if manages and fair.status in plans.BEFORE else None,
        "not_over": fair.status in (FairStatus.SIGN_UP, FairStatus.READY, *RUNNING),
        "watches": rules.can_watch_fair(actor, fair),
    }
    return render(request, "fairs/detail.html", context)


@login_required
@require_GET
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """A talk: what was said, what was shared, how it ends. After the end: its result."""
    found = part_of(request.actor, pk)
    context = _talk(request, found) | {"form": MessageForm(), "outcome_form": OutcomeForm()}
    return render(request, "fairs/meeting.html", context)


@login_required
@require_GET
def meeting_talk(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of a meeting's page."""
    return render(request, "fairs/_talk.html", _talk(request, part_of(request.actor, pk)))


@login_required
@require_POST
def meeting_say(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something; htmx gets the talk back, a plain form the page."""
    chat.send_message(actor=request.actor, meeting_id=pk, text=request.POST.get("text", ""))
    return meeting_talk_fresh(request, pk) if request.htmx else redirect("fairs:meeting", pk)


def meeting_talk_fresh(request: HttpRequest, pk: int) -> HttpResponse:
    """The talk as it stands after a write."""
    return render(request, "fairs/_talk.html", _talk(request, part_of(request.actor, pk)))


@login_required
@require_POST
def meeting_share(request: HttpRequest, pk: int) -> HttpResponse:
    """The student hands over a resume or contact data: an explicit grant each."""
    if request.POST.get("what") == "contact":
        chat.share_contact(actor=request.actor, meeting_id=pk)
        messages.success(
            request, _("The company now sees your name, e-mail and telephone. You can take it back.")
        )
    else:
        chosen = number_or_none(request.POST.get("resume"))
        if chosen is None:
            raise Invalid(fields={"resume": [_("Choose one of your resumes.")]})
        chat.share_resume(actor=request.actor, meeting_id=pk, resume_id=chosen)
        messages.success(request, _("The company can now open this resume. You can take it back."))
    return redirect("fairs:meeting", pk)


@login_required
@require_POST
def meeting_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a talk, or give the answer that was due."""
    found = part_of(request.actor, pk)
    if request.actor.role == Role.STUDENT:
        meetings.end_meeting(actor=request.actor, meeting_id=pk)
        return redirect("fairs:meeting", pk)
    form = OutcomeForm(request.POST)
    if form.is_valid():
        try:
            ended = _ended(request.actor, found, form.cleaned_data)
        except Invalid as error:
            add_errors(form, error)
        else:
            return (
                redirect("fairs:console", found.ticket.booth_id) if ended else redirect("fairs:meeting", pk)
            )
    context = _talk(request, found) | {"form": MessageForm(), "outcome_form": form}
    return render(request, "fairs/meeting.html", context, status=422)


def _ended(actor: Actor, found: Meeting, values: dict) -> bool:
    """Whether this ended the talk; else it gave the answer of one that was over, be it since a moment ago."""
    if found.status == MeetingStatus.OPEN:
        try:
            meetings.end_meeting(actor=actor, meeting_id=found.pk, **values)
        except Conflict:
            found.refresh_from_db(fields=["status", "outcome", "due_at"])
            if found.status == MeetingStatus.OPEN:
                raise
        else:
            return True
    meetings.answer_meeting(actor=actor, meeting_id=found.pk, **values)
    return False


def part_of(actor: Actor, pk: int) -> Meeting:
    """A meeting this person takes part in."""
    rows = queries.with_extension(queries.meetings_visible_to(actor))
    if actor.role == Role.RECRUITER:
        rows = complete(rows, "ticket__student__")
    found = rows.filter(pk=pk).first()
    if found is None or not rules.takes_part(actor, found):
        raise NotFound
    if actor.role == Role.RECRUITER:
        pulse.note(found.ticket.booth_id, actor.user_id)
    return found


def _left(found: Meeting, now: datetime) -> str:
    """How near the planned end of a talk is, in steps that are told: long, minutes, seconds, over."""
    left = found.ends_at - now
    if left <= timedelta(0):
        return "over"
    return "seconds" if left <= WARNINGS[1] else "minutes" if left <= WARNINGS[0] else "long"


def _group(found: Meeting, *, as_student: bool) -> dict:
    """The group session that a talk is part of: to its student what was said in it."""
    session = found.ticket.group
    if session is None:
        return {"streams": f"meeting-{found.pk}"}
    streams = f"meeting-{found.pk}"
    if found.status == MeetingStatus.OPEN:
        streams += f" group-{session.pk}"
    said = lines_of(session, mine=found.ticket) if as_student else ()
    return {"session": session, "group_lines": said, "streams": streams}


def _talk(request: HttpRequest, found: Meeting) -> dict:
    """What both the page and its live part show."""
    actor = request.actor
    as_student = actor.role == Role.STUDENT
    profile = None
    if not as_student:
        student = found.ticket.student
        if not request.htmx:
            record_profile_view(actor=actor, student=student, where="fair")
        (profile,) = profiles_of(actor, [student])
    return {
        "meeting": labels.toned([found], labels.OUTCOME, "outcome")[0],
        **_group(found, as_student=as_student),
        "lines": queries.newest_messages(found, everything="all" in request.GET),
        "shown": MESSAGES,
        "quiet": f"fair-{found.ticket.booth.fair_id} line-{found.ticket.booth_id} person-{actor.user_id}",
        "as_student": as_student,
        "profile": profile,
        "open": found.status == MeetingStatus.OPEN,
        "relayed": relay.configured(),
        "asked": (asked := queries.extension_asked(found)),
        "asks_me": asked is not None and asked.by_student != as_student,
        "now": (now := clock.now()),
        "left": _left(found, now),
        "unanswered": found.status == MeetingStatus.ENDED and found.outcome == Outcome.PENDING,
        "resumes": resumes_visible_to(actor) if as_student else (),
    }
