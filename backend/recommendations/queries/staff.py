"""What staff see of the ranking: pairs nobody noticed, how groups are treated, the models and their trainings."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, F, OuterRef, QuerySet

import matching.types as plain
from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.common import clock
from backend.common.errors import NotAllowed
from backend.positions.queries import open_now, positions_visible_to
from backend.recommendations import catalogue, rules
from backend.recommendations.convert import as_position
from backend.recommendations.interest import plain_students
from backend.recommendations.models import StoredAudit, StrongPair, TrainingRun
from backend.recommendations.queries.acted import acted
from backend.recommendations.queries.seen_groups import SeenGroups
from backend.recommendations.queries.words import Scored
from backend.recommendations.serving import standing
from backend.students.queries import students_visible_to
from matching import api as matching
from matching.api import Card

RUNS = 20


@dataclass(frozen=True)
class UnnoticedPair(Scored):
    """A pair with the reasons of today."""

    row: StrongPair
    match: plain.Match

    @property
    def percent(self) -> int:
        """The mutual score as a whole number of hundredths."""
        return round(self.row.mutual * 100)


def unnoticed_rows(actor: Actor) -> QuerySet[StrongPair]:
    """Pairs of students and open positions this person may see, on which neither side has acted, best first."""
    if not rules.can_see_ranking(actor):
        raise NotAllowed()
    # Asked row by row: as lists, both sides would be multiplied before the few pairs are looked up.
    student = students_visible_to(actor).filter(pk=OuterRef("student_id"), seeking=True, personalised=True)
    position = positions_visible_to(actor).filter(open_now(), pk=OuterRef("position_id"))
    return (
        StrongPair.objects.filter(Exists(student.order_by()), Exists(position.order_by()))
        .exclude(acted("student_id", "position_id"))
        .select_related("student__school", "student__major", "position__company", "position__occupation")
        .prefetch_related("student__experiences")
        .order_by(F("hinted_at").asc(nulls_first=True), "-mutual", "pk")
    )


def unnoticed(rows: list[StrongPair]) -> list[UnnoticedPair]:
    """The same rows with their reasons."""
    standing()
    held = catalogue.positions().held
    people = plain_students([row.student for row in rows])
    places = [held.get(row.position_id) or as_position(row.position) for row in rows]
    matches = matching.explain_pairs(list(zip(people, places, strict=True)), on=clock.today())
    return [UnnoticedPair(row, match) for row, match in zip(rows, matches, strict=True)]


def audit_of(actor: Actor, kind: str) -> StoredAudit | None:
    """The newest figures: to staff of their own school, to operators of whichever; None before the first training."""
    if not rules.can_see_ranking(actor):
        raise NotAllowed()
    rows = StoredAudit.objects.filter(kind=kind).order_by("-at")
    return (rows.filter(school_id=actor.school_id) if actor.role == Role.STAFF else rows).first()


def model_cards(actor: Actor, seen: SeenGroups | None = None) -> list[Card]:
    """Cards of every model that was trained here, newest first, as far as this person may see the groups on them."""
    if not rules.can_see_ranking(actor):
        raise NotAllowed()
    seen = seen or SeenGroups(actor)
    return [seen.card(card) for card in matching.cards(Path(settings.MODELS_DIR))]


def runs(actor: Actor, seen: SeenGroups | None = None) -> list[TrainingRun]:
    """The last trainings, the newest first; their words name only groups this person may see."""
    if not rules.can_see_ranking(actor):
        raise NotAllowed()
    seen = seen or SeenGroups(actor)
    rows = list(TrainingRun.objects.order_by("-started_at", "-pk")[:RUNS])
    for row in rows:
        row.message, row.progress = seen.message(row.message), seen.message(row.progress)
    return rows
