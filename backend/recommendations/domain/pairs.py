"""Pairs nobody noticed: found after a training, and told to the student by staff."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Conflict, NotAllowed, NotFound
from backend.notifications.domain import notify
from backend.positions.queries import positions_visible_to
from backend.recommendations import rules
from backend.recommendations.catalogue import with_profile
from backend.recommendations.interest import plain_students
from backend.recommendations.market import Market, market_of
from backend.recommendations.models import StrongPair
from backend.recommendations.queries.acted import acted_on
from backend.recommendations.queries.staff import unnoticed_rows
from backend.recommendations.serving import plain_positions, standing
from backend.schools.models import School
from backend.students.enums import StudentStatus
from backend.students.queries import students_visible_to
from matching import api as matching

KEPT = 200
"""Pairs kept per school."""


def refresh_pairs(school: School) -> int:
    """Find the strongest pairs on which neither side has acted; the number of rows. Hints that were given stay."""
    serving = standing()
    market = market_of(school)
    found = [] if market.empty else _strongest(market)
    rows = [
        StrongPair(student_id=s, position_id=p, mutual=mutual, model=serving.model, at=clock.now())
        for s, p, mutual in found
    ]
    with transaction.atomic():
        StrongPair.objects.filter(student__school=school, hinted_at__isnull=True).delete()
        StrongPair.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["student", "position"],
            update_fields=["mutual", "model", "at"],
        )
    return len(rows)


def _strongest(market: Market) -> list[tuple[int, int, float]]:
    acted = acted_on(student.id for student in market.students)
    return matching.strong_pairs(market.students, market.positions, acted, limit=KEPT, on=clock.today())


def hint_student(*, actor: Actor, student_id: int, position_id: int) -> StrongPair:
    """Tell a student about a position they fit, whether the pair was among the strongest or not; once, as `hint_pair`."""
    if not rules.can_hint(actor):
        raise NotAllowed()
    told = students_visible_to(actor).filter(status=StudentStatus.CONFIRMED, seeking=True, personalised=True)
    student = with_profile(told.filter(pk=student_id)).first()
    position = positions_visible_to(actor).filter(pk=position_id).first()
    if student is None or position is None:
        raise NotFound()
    # Before the transaction: others who write would have to wait for the encoder.
    serving = standing()
    (person,), (place,) = plain_students([student]), plain_positions([position])
    mutual = matching.mutual(person, place, on=clock.today())
    with transaction.atomic():
        pair, _made = StrongPair.objects.get_or_create(
            student=student,
            position=position,
            defaults={"mutual": mutual, "model": serving.model, "at": clock.now()},
        )
        return hint_pair(actor=actor, pair_id=pair.pk)


@transaction.atomic
def hint_pair(*, actor: Actor, pair_id: int) -> StrongPair:
    """Tell the student about the position, once; the company learns nothing by it."""
    if not rules.can_hint(actor):
        raise NotAllowed()
    row = unnoticed_rows(actor).filter(pk=pair_id).first()
    if row is None:
        raise NotFound()
    now = clock.now()
    changed = StrongPair.objects.filter(pk=row.pk, hinted_at__isnull=True).update(
        hinted_at=now, hinted_by_id=actor.user_id
    )
    if not changed:
        raise Conflict("already_hinted", _("The student has been told about this position."))
    row.hinted_at, row.hinted_by_id = now, actor.user_id
    record(
        actor=actor,
        verb="pair.hinted",
        target=row,
        data={"student": row.student_id, "position": row.position_id},
    )
    accounts = Membership.objects.filter(student_id=row.student_id, role=Role.STUDENT, ended_at__isnull=True)
    notify(
        user_ids=list(accounts.values_list("user_id", flat=True)),
        kind="position_hinted",
        dedupe_key=f"position_hinted:{row.student_id}:{row.position_id}",
        url=f"/positions/{row.position_id}/",
        position=row.position.title,
        company=row.position.company.name,
    )
    return row
