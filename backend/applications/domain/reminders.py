"""Nothing stays silent: who owes an answer is reminded; past the due date staff see it in their list."""

from datetime import timedelta

from django.db import transaction

from backend.applications.domain.steps import tell_company, tell_student
from backend.applications.enums import OPEN, ApplicationStatus
from backend.applications.models import Application
from backend.common import clock

REMIND_BEFORE = timedelta(days=2)


def remind_due() -> int:
    """Remind the side that owes an answer within two days, once per due date; how many were sent."""
    due = Application.objects.filter(
        status__in=OPEN, reminded_at__isnull=True, due_at__lte=clock.now() + REMIND_BEFORE
    ).select_related("position__company", "student")
    return sum(_remind(application) for application in due.order_by("due_at")[:1000])


@transaction.atomic
def _remind(application: Application) -> bool:
    """Claim the reminder, so that two workers send one, then send it."""
    claimed = Application.objects.filter(
        pk=application.pk, reminded_at__isnull=True, status=application.status, due_at=application.due_at
    ).update(reminded_at=clock.now())
    if not claimed:
        return False
    if application.status == ApplicationStatus.OFFER:
        tell_student(application, "offer_due")
    else:
        tell_company(application, "answer_due")
    return True
