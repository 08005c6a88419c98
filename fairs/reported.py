"""Reports read: by the staff who run the fair, and by whoever made them."""

from django.db.models import QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from fairs import rules
from fairs.models import Fair, Meeting, Report


def reports_visible_to(actor: Actor) -> QuerySet[Report]:
    """What staff of the school that runs the fair are to decide, open ones first."""
    rows = Report.objects.select_related(
        "meeting__ticket__booth__fair", "meeting__ticket__booth__company",
        "meeting__ticket__student__major", "meeting__recruiter",
    ).order_by("-status", "created_at", "pk")  # fmt: skip
    if actor.role == Role.SYSTEM:
        return rows
    if not rules.can_run_fairs(actor):
        return rows.none()
    return rows.filter(meeting__ticket__booth__fair__school_id=actor.school_id)


def reports_at(actor: Actor, fair: Fair) -> QuerySet[Report]:
    """The reports of one fair."""
    return reports_visible_to(actor).filter(meeting__ticket__booth__fair=fair)


def own_report(meeting: Meeting, *, by_student: bool) -> Report | None:
    """What one's side has reported about a meeting."""
    return Report.objects.filter(meeting=meeting, by_student=by_student).first()
