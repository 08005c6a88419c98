"""Around a call: the relay's credentials, more time, and the page that tries camera and microphone before the fair."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.common.errors import NotFound
from backend.web.forms import number_of
from fairs import relay as relays
from fairs.domain import call, extension
from fairs.domain import camera as cameras
from fairs.interfaces.views.public import fair_for, meeting_talk_fresh
from fairs.models import Fair


@login_required
@never_cache
@require_GET
def relay(request: HttpRequest, pk: int) -> JsonResponse:
    """How the two browsers of an open meeting reach each other where no direct way leads."""
    return JsonResponse({"servers": call.servers_for(actor=request.actor, meeting_id=pk)})


@login_required
@require_POST
def more(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for more time, or answer the question; htmx gets the talk back, a plain form the page."""
    what = request.POST.get("what")
    if what == "ask":
        minutes = number_of(request.POST, "minutes")
        extension.ask_extension(actor=request.actor, meeting_id=pk, minutes=minutes)
    elif what in ("agree", "refuse"):
        extension.answer_extension(actor=request.actor, meeting_id=pk, agreed=what == "agree")
    else:
        raise NotFound
    return meeting_talk_fresh(request, pk) if request.htmx else redirect("fairs:meeting", pk)


@login_required
@require_http_methods(["GET", "POST"])
def camera(request: HttpRequest, pk: int) -> HttpResponse:
    """Try camera, microphone and the way between two browsers; the page posts once all worked."""
    fair = _checked_fair(request, pk)
    if request.method == "POST":
        cameras.pass_check(actor=request.actor, fair_id=fair.pk)
        return redirect("fairs:camera", pk)
    passed = cameras.passed_at(request.actor, fair.pk)
    return render(
        request, "fairs/camera.html", {"fair": fair, "passed_at": passed, "relayed": relays.configured()}
    )


@login_required
@never_cache
@require_GET
def camera_relay(request: HttpRequest, pk: int) -> JsonResponse:
    """Credentials of two minutes, to try the relay before the fair."""
    _checked_fair(request, pk)
    return JsonResponse({"servers": relays.servers(request.actor.user_id, relays.FOR_A_CHECK)})


def _checked_fair(request: HttpRequest, pk: int) -> Fair:
    fair = fair_for(request.actor, pk)
    if not cameras.may_check(request.actor, fair.pk):
        raise NotFound
    return fair
