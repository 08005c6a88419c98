"""The door: a student's own code, the scanner of staff with its offline copy, and check-in by name."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from backend.accounts.enums import Role
from backend.common import clock
from backend.common.errors import DomainError, Invalid, NotFound
from backend.web.forms import number_of
from fairs import codes, door, rules
from fairs.domain import check_in as checking
from fairs.interfaces.views.public import fair_for
from fairs.models import Fair

WORKER = Path(__file__).resolve().parents[2] / "static/fairs/scan_worker.js"


def _run_by(request: HttpRequest, pk: int) -> Fair:
    fair = fair_for(request.actor, pk)
    if not rules.can_manage_fair(request.actor, fair):
        raise NotFound
    return fair


@login_required
@require_GET
def code(request: HttpRequest, pk: int) -> HttpResponse:
    """A student's own code for the door, as a QR symbol and as letters."""
    if request.actor.role != Role.STUDENT:
        raise NotFound
    fair = fair_for(request.actor, pk)
    registration = door.registration_of(request.actor, fair)
    context: dict[str, Any] = {"fair": fair, "registration": registration}
    if registration is not None:
        own = codes.Code(fair.pk, registration.pk)
        context["symbol"] = codes.qr(codes.check_in_code(fair.school_id, own))
        context["short"] = codes.shown(codes.short_code(own))
    return render(request, "fairs/code.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def scan(request: HttpRequest, pk: int) -> HttpResponse:
    """The scanner; without JavaScript the field is a form, and the server answers."""
    fair = _run_by(request, pk)
    if request.method == "POST":
        read = checking.Scan(uuid4(), request.POST.get("code", "")[:200], clock.now())
        (answer,) = checking.merge_scans(actor=request.actor, fair_id=pk, scans=[read])
        if answer.result == "refused":
            messages.error(request, answer.message)
        elif answer.result == "duplicate":
            when = timezone.localtime(answer.at).strftime("%H:%M")
            messages.warning(request, _("Already checked in at %(time)s.") % {"time": when})
        else:
            messages.success(request, _("Checked in."))
        return redirect("fairs:scan", pk)
    context = {"fair": fair, "scanner": door.scanner_of(fair), "count": door.checked_in(fair).count()}
    return render(request, "fairs/scan.html", context)


@login_required
@require_GET
def scan_worker(request: HttpRequest, pk: int) -> HttpResponse:
    """The service worker: it is served from here, so that it rules this fair's scanner and nothing else."""
    _run_by(request, pk)
    return HttpResponse(WORKER.read_text(encoding="utf-8"), content_type="text/javascript; charset=utf-8")


@login_required
@require_POST
def scan_merge(request: HttpRequest, pk: int) -> JsonResponse:
    """Scans that a device has kept, as JSON; each is answered. Refusals of the whole batch are JSON as well."""
    _run_by(request, pk)
    try:
        scans, device = _batch(request.body)
        answers = checking.merge_scans(actor=request.actor, fair_id=pk, scans=scans, device=device)
    except DomainError as error:
        return JsonResponse({"error": error.code, "message": error.text}, status=error.status)
    results = [
        {
            "scan": str(one.scan),
            "result": one.result,
            "at": one.at and one.at.isoformat(),
            "code": one.code,
            "message": one.message,
        }
        for one in answers
    ]
    return JsonResponse({"results": results})


def _batch(body: bytes) -> tuple[list[checking.Scan], UUID]:
    """{"device": uuid, "scans": [{"scan": uuid, "code": text, "scanned_at": moment}, …]}; Invalid for anything else."""
    try:
        sent = json.loads(body)
        return [_scan(one) for one in sent["scans"]], UUID(sent["device"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid(fields={"scans": [_("This is not a list of scans.")]}) from None


def _scan(one: dict[str, str]) -> checking.Scan:
    at: datetime | None = parse_datetime(one["scanned_at"])
    if at is None or timezone.is_naive(at) or not isinstance(one["code"], str):
        raise ValueError
    return checking.Scan(UUID(one["scan"]), one["code"][:200], at)


@login_required
@require_http_methods(["GET", "POST"])
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """Find a registered student by name or number, and check them in."""
    fair = _run_by(request, pk)
    if request.method == "POST":
        checking.check_in_by_hand(
            actor=request.actor, fair_id=pk, registration_id=number_of(request.POST, "registration")
        )
        messages.success(request, _("Checked in."))
        return redirect("fairs:check_in", pk)
    text = request.GET.get("q", "")[:60]
    context = {"fair": fair, "q": text, "rows": door.registrations_found(fair, text)}
    return render(request, "fairs/check_in.html", context | {"count": door.checked_in(fair).count()})
