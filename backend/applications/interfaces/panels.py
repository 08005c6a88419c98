"""What applications add to other pages: the position's page and a recruiter's home."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from backend.applications import rules
from backend.applications.eligibility import eligibility
from backend.applications.enums import WAITING_FOR_COMPANY, ApplicationStatus
from backend.applications.queries import (
    applications_visible_to,
    live_application,
    slots_visible_to,
    stage_counts,
)
from backend.common import clock
from backend.companies.models import Company
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.students.interfaces.asking import asking_student


def position_panel(request: HttpRequest, position: Position) -> tuple[str, dict[str, Any]] | None:
    """To students: whether they qualify, and apply. To the company: its applicants by stage."""
    if rules.can_apply(request.actor):
        student = asking_student(request)
        existing = live_application(student.pk, position.pk)
        failing = [] if existing else eligibility(student, position)
        return "applications/panel.html", {"position": position, "existing": existing, "failing": failing}
    if rules.can_open_slots(request.actor, position):
        counts = stage_counts(applications_visible_to(request.actor).filter(position=position))
        stages = [
            (stage, counts[stage.value], _listed(position=position.pk, status=stage.value))
            for stage in ApplicationStatus
            if counts[stage.value] or stage == ApplicationStatus.NEW
        ]
        return "applications/panel_company.html", {"position": position, "stages": stages}
    return None


def recruiter_home(request: HttpRequest) -> HttpResponse:
    """What waits for the recruiter: answers by due date, interviews to come, and the figures."""
    rows = applications_visible_to(request.actor)
    counts = stage_counts(rows)
    waiting = rows.filter(status__in=WAITING_FOR_COMPANY)
    interviews = slots_visible_to(request.actor).filter(application__isnull=False, ends_at__gt=clock.now())
    company = Company.objects.filter(pk=request.actor.company_id).first()
    published = positions_visible_to(request.actor).filter(status="published").count()
    overdue = waiting.filter(due_at__lt=clock.now()).count()
    figures = [
        (_("New applicants"), counts[ApplicationStatus.NEW], _listed(status="new"), "primary"),
        (_("Overdue answers"), overdue, _listed(), "danger" if overdue else "neutral"),
        (
            _("At the interview stage"),
            counts[ApplicationStatus.INTERVIEW],
            _listed(status="interview"),
            "info",
        ),
        (_("Offers out"), counts[ApplicationStatus.OFFER], _listed(status="offer"), "warning"),
        (_("Hired"), counts[ApplicationStatus.HIRED], _listed(status="hired"), "success"),
        (_("Published positions"), published, "", "neutral"),
    ]
    context = {
        "subtitle": company.name if company else "",
        "figures": figures,
        "due": waiting.order_by("due_at", "pk")[:10],
        "interviews": interviews[:10],
    }
    return render(request, "applications/home_recruiter.html", context)


def _listed(**query: Any) -> str:
    address = reverse("applications:list")
    return f"{address}?{urlencode(query)}" if query else address
