"""Record what was shown and what students did with it."""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.applications.models import Application
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.recommendations.enums import Cause, InteractionKind
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import NEUTRAL, Shown
from backend.students.models import Student


@transaction.atomic
def record_impressions(*, actor: Actor, shown: Sequence[Shown], surface: str) -> int:
    """Keep the order that was shown, with model, score and reasons; the number of rows."""
    moment = clock.now()
    rows = [
        Impression(
            at=moment,
            student_id=actor.student_id,
            position=item.position,
            surface=surface,
            rank=item.rank,
            score=item.match.score if item.match else None,
            model=item.match.model if item.match else NEUTRAL,
            reasons=[[r.feature, round(r.contribution, 6)] for r in item.match.reasons] if item.match else [],
        )
        for item in shown
    ]
    return len(Impression.objects.bulk_create(rows))


def note_view(*, actor: Actor, position: Position) -> None:
    """Note that a student looks at a position they see: one statement, because every look at its page costs it."""
    if actor.student_id is None:
        raise NotAllowed()
    view = Interaction(
        student_id=actor.student_id, position=position, kind=InteractionKind.VIEW, at=clock.now()
    )
    Interaction.objects.bulk_create(
        [view], update_conflicts=True, update_fields=["at"], unique_fields=["student", "position", "kind"]
    )


@transaction.atomic
def interact(*, actor: Actor, position_id: int, kind: str, cause: str = "") -> Interaction:
    """Note that a student viewed, saved or does not want a position; twice changes the cause only."""
    if actor.student_id is None:
        raise NotAllowed()
    if kind not in InteractionKind.values or kind == InteractionKind.APPLY:
        raise Invalid(fields={"kind": [_("Choose view, save or not interested.")]})
    if cause and cause not in Cause.values:
        raise Invalid(fields={"cause": [_("Choose one of the causes.")]})
    if not positions_visible_to(actor).filter(pk=position_id).exists():
        raise NotFound()
    row, _created = Interaction.objects.update_or_create(
        student_id=actor.student_id,
        position_id=position_id,
        kind=kind,
        defaults={"cause": cause, "at": clock.now()},
    )
    return row


@transaction.atomic
def undo(*, actor: Actor, position_id: int, kind: str) -> bool:
    """Take back a save or "not interested"; whether there was one."""
    if actor.student_id is None:
        raise NotAllowed()
    undoable = {InteractionKind.SAVE, InteractionKind.NOT_INTERESTED}
    rows = Interaction.objects.filter(student_id=actor.student_id, position_id=position_id, kind=kind)
    return kind in undoable and bool(rows.delete()[0])


@transaction.atomic
def set_personalised(*, actor: Actor, on: bool) -> None:
    """Order positions by fit, or neutrally."""
    if actor.student_id is None:
        raise NotAllowed()
    student = Student.objects.get(pk=actor.student_id)
    if student.personalised != on:
        student.personalised = on
        student.save(update_fields=["personalised"])
        record(actor=actor, verb="student.personalised", target=student, after="on" if on else "off")


def application_sent(application: Application) -> None:
    """An application is an interaction too."""
    Interaction.objects.get_or_create(
        student_id=application.student_id, position_id=application.position_id, kind=InteractionKind.APPLY
    )
