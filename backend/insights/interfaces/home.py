"""The home of staff and operators: queues, and the ratio."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from backend.applications.queries import overdue_visible_to
from backend.common.counting import counts
from backend.companies.queries import vetting_queue
from backend.insights.enums import Dimension
from backend.insights.queries import observe
from backend.positions.enums import PositionStatus
from backend.positions.queries import positions_visible_to
from backend.students.enums import StudentStatus
from backend.students.queries import students_visible_to


def staff_home(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, with counts that lead there, and demand and supply by major."""
    actor = request.actor
    observation = observe(actor, Dimension.MAJOR)
    numbers = counts(
        vetting_queue(actor),
        positions_visible_to(actor).filter(status=PositionStatus.IN_REVIEW),
        students_visible_to(actor).filter(status=StudentStatus.PENDING),
        overdue_visible_to(actor),
    )
    queues = [
        _queue(_("Companies to vet"), numbers[0], "companies:staff_list"),
        _queue(_("Positions to moderate"), numbers[1], "positions:staff_list"),
        _queue(_("Students to confirm"), numbers[2], "students:queue"),
        _queue(_("Overdue answers"), numbers[3], "applications:overdue"),
    ]
    context = {
        "queues": queues,
        "observation": observation,
        "groups": [(group, observation.label(group.key)) for group in observation.table.groups],
    }
    return render(request, "insights/home_staff.html", context)


def _queue(label: str, number: int, page: str) -> tuple[str, int, str, str]:
    """A figure with the page it leads to and its tone."""
    return label, number, _address(page), "warning" if number else "neutral"


def _address(page: str) -> str:
    """The address of a page, or none where it is not served."""
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""
