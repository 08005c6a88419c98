"""Record what was shown and what students did with it; nothing of whoever switched the order by fit off."""

import hashlib
import math
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.applications.models import Application
from backend.audit.domain import record
from backend.common import clock
from backend.common.errors import Invalid, NotAllowed, NotFound
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.recommendations import rules
from backend.recommendations.enums import BY_STUDENT, UNDOABLE, Cause, InteractionKind
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import MatchList
from backend.recommendations.queries.words import Grounds, grounds_of
from backend.students.models import Student

SAME_LIST = timedelta(hours=1)
"""A list that has not changed, and a look, are recorded once within this time, however often the page is loaded."""


def propensity(rank: int) -> float:
    """Chance that a place is looked at, 1 for the first: what stands lower is seen less."""
    return 1.0 / math.log2(rank + 1)


def record_impressions(*, actor: Actor, matches: MatchList, surface: str) -> int:
    """Keep the order that was shown, with model, score and reasons; the number of rows.

    0 where nobody was scored, and where the same list was recorded within the hour.
    """
    if not matches.personalised:
        return 0
    placed = [(item.rank, grounds_of(item.match)) for item in matches.shown if item.match is not None]
    return record_places(actor=actor, placed=placed, surface=surface)


def record_places(*, actor: Actor, placed: Sequence[tuple[int, Grounds]], surface: str) -> int:
    """Keep what was shown at which places of one list; the number of rows, 0 for the same list within the hour."""
    if not placed or not _is_new(actor, placed, surface):
        return 0
    moment, showing = clock.now(), uuid.uuid4()
    rows = [
        Impression(
            showing=showing,
            at=moment,
            student_id=actor.student_id,
            position_id=grounds.position,
            surface=surface,
            rank=rank,
            propensity=propensity(rank),
            score=grounds.score,
            model=grounds.model,
            reasons=[list(term) for term in grounds.terms],
        )
        for rank, grounds in placed
    ]
    with transaction.atomic():
        return len(Impression.objects.bulk_create(rows))


def _is_new(actor: Actor, placed: Sequence[tuple[int, Grounds]], surface: str) -> bool:
    """Whether this list was not just recorded; a cache that was wiped only costs a second recording."""
    said = [(grounds.position, grounds.model) for _rank, grounds in placed]
    digest = hashlib.sha256(repr(said).encode()).hexdigest()[:16]
    key = f"shown:{actor.school_id}:{actor.student_id}:{surface}:{digest}"
    return cache.add(key, 1, int(SAME_LIST.total_seconds()))


def record_view(*, student: Student, position: Position, before: datetime | None = None) -> bool:
    """Note that a student opened a position they may see; whether it was written.

    `before`: when they last did; looking again within the hour is one look.
    """
    if not student.personalised or (before is not None and clock.now() - before < SAME_LIST):
        return False
    with transaction.atomic():
        _note(student.pk, [position.pk], InteractionKind.VIEW)
    return True


@transaction.atomic
def interact(*, actor: Actor, position_id: int, kind: str, cause: str = "") -> Interaction | None:
    """Note that a student viewed, saved or does not want a position; twice changes the cause only.

    None: a view of somebody who switched the order by fit off, which is not kept.
    """
    if not rules.has_matches(actor):
        raise NotAllowed()
    _check(kind, cause)
    if not positions_visible_to(actor).filter(pk=position_id).exists():
        raise NotFound()
    if kind == InteractionKind.VIEW and not _is_personalised(actor.student_id):
        return None
    _note(actor.student_id, [position_id], kind, cause)
    return Interaction.objects.get(student_id=actor.student_id, position_id=position_id, kind=kind)


def _check(kind: str, cause: str) -> None:
    problems = {}
    if kind not in BY_STUDENT:
        problems["kind"] = [_("Choose view, save or not interested.")]
    if cause and (cause not in Cause.values or kind != InteractionKind.NOT_INTERESTED):
        problems["cause"] = [_("Choose one of the causes.")]
    if problems:
        raise Invalid(fields=problems)


@transaction.atomic
def undo(*, actor: Actor, position_id: int, kind: str) -> bool:
    """Take back a save or "not interested"; whether there was one.

    What is gone tells nobody when it went, so the student's stamp does (`catalogue`).
    """
    if not rules.has_matches(actor):
        raise NotAllowed()
    rows = Interaction.objects.filter(student_id=actor.student_id, position_id=position_id, kind=kind)
    undone = kind in UNDOABLE and bool(rows.delete()[0])
    if undone:
        Student.objects.filter(pk=actor.student_id).update(updated_at=clock.now())
    return undone


@transaction.atomic
def set_personalised(*, actor: Actor, on: bool) -> None:
    """Order positions by fit, or neutrally."""
    if not rules.has_matches(actor):
        raise NotAllowed()
    student = Student.objects.get(pk=actor.student_id)
    if student.personalised != on:
        student.personalised = on
        student.save(update_fields=["personalised"])
        record(actor=actor, verb="student.personalised", target=student, after="on" if on else "off")


def application_sent(application: Application) -> None:
    """An application is an interaction too; called in the transaction that sends it."""
    if _is_personalised(application.student_id):
        _note(application.student_id, [application.position_id], InteractionKind.APPLY)


@transaction.atomic
def record_talk(*, student_id: int, position_ids: Sequence[int], led_on: bool) -> int:
    """A talk at a fair about these positions has ended; `led_on`: to an interview or an offer. The number of rows."""
    if not position_ids or not _is_personalised(student_id):
        return 0
    return _note(student_id, position_ids, InteractionKind.TALK_OUTCOME if led_on else InteractionKind.TALK)


def _note(student_id: int, position_ids: Sequence[int], kind: str, cause: str = "") -> int:
    """One row per position and kind; the database keeps simultaneous writers to one."""
    moment = clock.now()
    rows = [
        Interaction(student_id=student_id, position_id=pk, kind=kind, cause=cause, at=moment)
        for pk in position_ids
    ]
    Interaction.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["student", "position", "kind"],
        update_fields=["cause", "at"],
    )
    return len(rows)


def _is_personalised(student_id: int) -> bool:
    return Student.objects.filter(pk=student_id, personalised=True).exists()
