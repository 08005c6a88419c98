"""What staff do from the control room: tell, extend, steer a booth, silence; and what everybody at the fair is told."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.actor import Actor
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.web.forms import add_errors, number_of, number_or_none, values_of
from fairs import control as room
from fairs import groups, queries, rules
from fairs.domain import announcements, silence, stand_in, steering
from fairs.domain import booth as booths
from fairs.enums import BoothStatus
from fairs.interfaces import labels
from fairs.interfaces.control_forms import (
    AnnouncementForm,
    ExtendForm,
    MoveBoothForm,
    SilenceForm,
    StandInForm,
)
from fairs.interfaces.views.company import own_booth
from fairs.interfaces.views.public import fair_for
from fairs.interfaces.views.staff import watched_fair
from fairs.models import Booth, Fair, Silence


def managed(request: HttpRequest, pk: int) -> Fair:
    """A fair that this person runs."""
    fair = watched_fair(request, pk)
    if not rules.can_manage_fair(request.actor, fair):
        raise NotAllowed
    return fair


@login_required
@require_GET
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """What stands at a fair for whoever looks, in their language; a part of other pages, and a page of its own."""
    fair = fair_for(request.actor, pk)
    rows = list(announcements.shown_to(request.actor, fair))
    language = get_language() or ""
    context = {
        "fair": fair,
        "rows": [(row, row.text(language)) for row in rows],
        "silence": Silence.objects.filter(
            fair=fair, user_id=request.actor.user_id, lifted_at__isnull=True
        ).first(),
    }
    return render(request, "fairs/_told.html" if request.htmx else "fairs/told_page.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def announce(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell everybody, a zone or a booth; what stands already."""
    fair = managed(request, pk)
    form = AnnouncementForm(request.POST if request.method == "POST" else None, fair=fair)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        booth = values.pop("booth")
        try:
            announcements.announce(
                actor=request.actor, fair_id=pk, booth_id=booth.pk if booth else None, **values
            )
        except Invalid as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Told."))
            return redirect("fairs:announce", pk)
    rows = announcements.shown_to(request.actor, fair).prefetch_related("booths")
    context = {"fair": fair, "form": form, "rows": rows}
    return render(request, "fairs/announce.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an announcement back."""
    announcements.withdraw(
        actor=request.actor, fair_id=pk, announcement_id=number_of(request.POST, "announcement")
    )
    messages.success(request, _("Withdrawn."))
    return redirect("fairs:announce", pk)


@login_required
@require_POST
def extend(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a running fair end later."""
    steering.extend_fair(actor=request.actor, fair_id=pk, **values_of(ExtendForm(request.POST)))
    messages.success(request, _("Extended, and everybody was told."))
    return redirect("fairs:control", pk)


@login_required
@require_http_methods(["GET", "POST"])
def people(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for somebody who takes part, and take from them, or give back, the right to write."""
    fair = managed(request, pk)
    if "lift" in request.POST:
        silence.lift(actor=request.actor, fair_id=pk, user_id=number_of(request.POST, "lift"))
        messages.success(request, _("This person may write again."))
        return redirect("fairs:people", pk)
    if request.method == "POST":
        values = values_of(SilenceForm(request.POST))
        silence.silence(actor=request.actor, fair_id=pk, user_id=values["user"], reason=values["reason"])
        messages.success(request, _("This person may write nothing, and was told why."))
        return redirect("fairs:people", pk)
    text = request.GET.get("q", "")[:60]
    context = {
        "fair": fair,
        "q": text,
        "found": room.people(request.actor, fair, text),
        "silenced": room.silenced(request.actor, fair),
    }
    return render(request, "fairs/people.html", context)


@login_required
@require_GET
def booth(request: HttpRequest, pk: int) -> HttpResponse:
    """One booth: what is wrong, who is there, and everything that can be done."""
    return render(request, "fairs/booth_control.html", _booth(request, _steered(request.actor, pk)))


@login_required
@require_POST
def steer(request: HttpRequest, pk: int) -> HttpResponse:
    """Do one thing to a booth."""
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise NotFound
    # Recruiters pause their booth too, but in their console.
    if not rules.can_manage_fair(request.actor, _steered(request.actor, pk).fair):
        raise NotAllowed
    messages.success(request, act(request, pk))
    return redirect("fairs:booth_control", pk)


@login_required
@require_http_methods(["GET", "POST"])
def team_today(request: HttpRequest, pk: int) -> HttpResponse:
    """The owner of a company puts a colleague in, or frees one who has vanished."""
    found = own_booth(request, pk)
    if not stand_in.may_substitute(request.actor, found) or found.status != BoothStatus.APPROVED:
        raise NotAllowed
    if request.method == "POST":
        act = {"stand_in": _stand_in, "free": _free}.get(request.POST.get("do", ""))
        if act is None:
            raise NotFound
        messages.success(request, act(request, pk))
        return redirect("fairs:team_today", pk)
    team = room.team_of(found, named=True)
    context = {"booth": found, "team": team, "form": _stand_in_form(team), "action": request.path}
    return render(request, "fairs/team_today.html", context)


def _steered(actor: Actor, pk: int) -> Booth:
    rows = queries.booths_visible_to(actor).annotate(in_group=groups.goes_on())
    found = rows.filter(pk=pk, status=BoothStatus.APPROVED).first()
    if found is None or not rules.can_watch_fair(actor, found.fair):
        raise NotFound
    return found


def _booth(request: HttpRequest, found: Booth) -> dict[str, Any]:
    row = room.watched_booth(found)
    manages = rules.can_manage_fair(request.actor, found.fair)
    team = room.team_of(found, named=manages)
    return {
        "fair": found.fair,
        "booth": found,
        "row": row,
        "flags": [labels.FLAG[flag] for flag in row.flags],
        "team": team,
        "manages": manages,
        "form": _stand_in_form(team),
        "move_form": MoveBoothForm(initial={"label": found.label, "zone": found.zone}),
        "streams": f"booth-{found.pk} line-{found.pk}",
    }


def _stand_in_form(team: list[room.Teammate], data: Any = None) -> StandInForm:
    return StandInForm(data, team=[(one.user_id, one.name) for one in team])


def _pause(request: HttpRequest, pk: int) -> str:
    booths.pause_booth(actor=request.actor, booth_id=pk, paused=True)
    return _("Paused.")


def _resume(request: HttpRequest, pk: int) -> str:
    booths.pause_booth(actor=request.actor, booth_id=pk, paused=False)
    return _("The line goes on.")


def _close(request: HttpRequest, pk: int) -> str:
    steering.close_line(actor=request.actor, booth_id=pk, let_go=False)
    return _("Nobody new can join; those in line are still served.")


def _let_go(request: HttpRequest, pk: int) -> str:
    gone = steering.close_line(actor=request.actor, booth_id=pk, let_go=True)
    return _("The line is closed, and %(count)d students were told.") % {"count": gone}


def _open(request: HttpRequest, pk: int) -> str:
    steering.open_line(actor=request.actor, booth_id=pk)
    return _("The line is open again.")


def _move(request: HttpRequest, pk: int) -> str:
    steering.move_booth(actor=request.actor, booth_id=pk, **values_of(MoveBoothForm(request.POST)))
    return _("Moved, and those in line were told.")


def _stand_in(request: HttpRequest, pk: int) -> str:
    user = number_of(request.POST, "user")
    replaced = number_or_none(request.POST.get("replaced"))
    stand_in.stand_in(actor=request.actor, booth_id=pk, user_id=user, replaced_id=replaced)
    return (
        _("Your colleague was told.") if request.actor.company_id else _("The company's recruiter was told.")
    )


def _free(request: HttpRequest, pk: int) -> str:
    done = stand_in.free_recruiter(actor=request.actor, booth_id=pk, user_id=number_of(request.POST, "user"))
    if done == "put_back":
        return _("The student waits again, at the same place.")
    return _("The talk has ended; the answer is due in three days.")


ACTS: dict[str, Callable[[HttpRequest, int], str]] = {
    "pause": _pause,
    "resume": _resume,
    "close": _close,
    "let_go": _let_go,
    "open": _open,
    "move": _move,
    "stand_in": _stand_in,
    "free": _free,
}
