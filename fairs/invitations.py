"""Invitations read: who may be invited, which are open for a student, and what became of a booth's."""

from django.db.models import OuterRef, QuerySet, Subquery

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from fairs import queries
from fairs.enums import InvitationStatus
from fairs.models import Booth, Fair, FairRegistration, Invitation


def invitations_visible_to(actor: Actor) -> QuerySet[Invitation]:
    """A student's own; those of the booths a recruiter's company keeps."""
    rows = Invitation.objects.select_related("booth__fair", "booth__company")
    match actor.role:
        case Role.STUDENT:
            return rows.filter(student_id=actor.student_id)
        case Role.RECRUITER:
            return rows.filter(booth__in=queries.booths_worked_by(actor))
        case _:
            return rows.none()


def open_for(actor: Actor, fair: Fair) -> list[Invitation]:
    """Open invitations of a student at a fair whose booth still stands, the first to end first."""
    rows = invitations_visible_to(actor).filter(queries.open_booths("booth__"), booth__fair=fair)
    rows = rows.filter(status=InvitationStatus.OPEN, expires_at__gt=clock.now())
    return list(rows.order_by("expires_at", "pk"))


def sent_by(booth: Booth) -> QuerySet[Invitation]:
    """A booth's invitations, the newest first, each with the `number` under which the hall shows the student."""
    registered = FairRegistration.objects.filter(fair=booth.fair_id, student_id=OuterRef("student_id"))
    number = Subquery(registered.values("pk")[:1])
    return Invitation.objects.filter(booth=booth).annotate(number=number).order_by("-sent_at", "-pk")
