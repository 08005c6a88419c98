"""That somebody's camera, microphone and network were tried before a fair; the readiness list reads it."""

from datetime import datetime

from django.db import transaction

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.common.errors import NotFound
from fairs import queries
from fairs.enums import BoothStatus
from fairs.models import CameraCheck, FairRegistration


def may_check(actor: Actor, fair_id: int) -> bool:
    """Who talks at a fair: its registered students, and recruiters of companies with an approved booth."""
    if not queries.fairs_visible_to(actor).filter(pk=fair_id).exists():
        return False
    match actor.role:
        case Role.STUDENT:
            return FairRegistration.objects.filter(fair_id=fair_id, student_id=actor.student_id).exists()
        case Role.RECRUITER:
            booths = queries.booths_worked_by(actor)
            return booths.filter(fair_id=fair_id, status=BoothStatus.APPROVED).exists()
    return False


@transaction.atomic
def pass_check(*, actor: Actor, fair_id: int) -> CameraCheck:
    """All worked: remembered with the newest time."""
    if not may_check(actor, fair_id):
        raise NotFound
    found, _created = CameraCheck.objects.update_or_create(
        fair_id=fair_id, user_id=actor.user_id, defaults={"passed_at": clock.now()}
    )
    return found


def passed_at(actor: Actor, fair_id: int) -> datetime | None:
    """When it worked last; None: never."""
    rows = CameraCheck.objects.filter(fair_id=fair_id, user_id=actor.user_id)
    return rows.values_list("passed_at", flat=True).first()
