"""What fits whom, and what was shown."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Prefetch, QuerySet
from django.utils.translation import get_language

import matching.types as plain
from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications.enums import LIVE
from backend.applications.models import Application
from backend.common.errors import NotAllowed
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.recommendations.convert import as_position, as_student
from backend.recommendations.enums import CHOSEN, InteractionKind
from backend.recommendations.models import Impression, Interaction
from backend.students.models import Experience, Student
from matching import api as matching

NEUTRAL = "neutral"
"""Name of the order without personalisation: newest first."""
MOST_KEPT = 50_000

# Converted positions by id, with the change they were read at: only a faster copy of the rows.
_served: list[tuple[str, int | None]] = []
_converted: dict[int, tuple[object, plain.Position]] = {}


@dataclass(frozen=True)
class Shown:
    """A position in a list of matches; without a match where personalisation is off."""

    position: Position
    rank: int
    match: plain.Match | None
    saved: bool

    @property
    def percent(self) -> int | None:
        """The score as a whole number of hundredths."""
        return None if self.match is None else round(self.match.score * 100)

    @property
    def reasons(self) -> list[str]:
        """The strongest reasons for the match, in the active language."""
        return [] if self.match is None else [text for text, value in sentences(self.match) if value > 0][:3]


def sentences(match: plain.Match) -> list[tuple[str, float]]:
    """Reasons that carry weight, in the active language, with their contribution."""
    chinese = (get_language() or "zh").startswith("zh")
    return [
        (reason.zh if chinese else reason.en, reason.contribution)
        for reason in match.reasons
        if reason.feature != "base" and abs(reason.contribution) > 1e-6
    ]


def student_of(actor: Actor) -> Student:
    """The student who asks, with what matching needs."""
    if actor.role != Role.STUDENT or actor.student_id is None:
        raise NotAllowed()
    return with_profile(Student.objects.filter(pk=actor.student_id)).get()


def with_profile(rows: QuerySet[Student]) -> QuerySet[Student]:
    """Students with major and experience loaded."""
    return rows.select_related("major").prefetch_related(
        Prefetch("experiences", queryset=Experience.objects.order_by("pk"))
    )


def matches_for(actor: Actor, limit: int = 20) -> list[Shown]:
    """Open positions for the student who asks, best first; newest first when personalisation is off.

    Left out: what the student has applied for, and what they are not interested in.
    """
    student = student_of(actor)
    candidates = _candidates(actor, student)
    serve_newest()
    if student.personalised:
        found = matching.rank_positions(as_student(student), plain_positions(candidates), limit=limit)
        order = {match.position_id: match for match in found}
    else:
        newest = candidates.order_by("-published_at", "-pk").values_list("pk", flat=True)[:limit]
        order = dict.fromkeys(newest)
    rows = candidates.in_bulk(list(order))
    saved = saved_ids(student.pk)
    return [
        Shown(rows[pk], rank, match, pk in saved)
        for rank, (pk, match) in enumerate(order.items(), 1)
        if pk in rows
    ]


def showings() -> Iterator[plain.Interaction]:
    """Every list that was shown, oldest first, with what the student then saved or applied for: one lesson each."""
    chosen: dict[int, dict[int, datetime]] = defaultdict(dict)
    answers = Interaction.objects.filter(kind__in=CHOSEN).order_by("at")
    for student_id, position_id, at in answers.values_list("student_id", "position_id", "at"):
        chosen[student_id][position_id] = at
    people = {row.pk: as_student(row) for row in with_profile(Student.objects.filter(pk__in=list(chosen)))}
    rows = Impression.objects.filter(student_id__in=list(people)).order_by(
        "at", "student_id", "surface", "rank"
    )
    places = {row.pk: as_position(row) for row in Position.objects.filter(pk__in=rows.values("position_id"))}
    columns = rows.values_list("student_id", "at", "surface", "position_id")
    for (student_id, at, _surface), found in groupby(columns, key=itemgetter(0, 1, 2)):
        shown = tuple(places[row[3]] for row in found)
        liked = {p.id for p in shown if chosen[student_id].get(p.id, at) > at}
        yield plain.Interaction(people[student_id], shown, liked, at)


def serve_newest() -> str:
    """Let the newest accepted model answer; reads the folder again only when it has changed."""
    folder = Path(settings.MODELS_DIR)
    stamp = (str(folder), folder.stat().st_mtime_ns if folder.is_dir() else None)
    if _served != [stamp]:
        _served[:] = [stamp]
        return matching.load(folder)
    return matching.active_model()


def match_of(student: Student, position: Position) -> plain.Match:
    """One student and one position, with every reason."""
    serve_newest()
    return matching.explain(
        as_student(student), as_position(position, _applicants([position.pk]).get(position.pk, 0))
    )


def raise_of(student: Student, position: Position) -> list[str]:
    """What would raise the match, in the active language, the largest gain first."""
    chinese = (get_language() or "zh").startswith("zh")
    found = matching.raise_by(as_student(student), as_position(position))
    return [item.zh if chinese else item.en for item in found]


def saved_ids(student_id: int) -> set[int]:
    """Ids of positions the student has saved."""
    rows = Interaction.objects.filter(student_id=student_id, kind=InteractionKind.SAVE)
    return set(rows.values_list("position_id", flat=True))


def saved_positions(actor: Actor) -> QuerySet[Position]:
    """Open positions the student has saved, last saved first."""
    return positions_visible_to(actor).filter(
        interactions__student_id=actor.student_id, interactions__kind=InteractionKind.SAVE
    )


def _candidates(actor: Actor, student: Student) -> QuerySet[Position]:
    applied = Application.objects.filter(student=student, status__in=LIVE).values("position_id")
    unwanted = Interaction.objects.filter(student=student, kind=InteractionKind.NOT_INTERESTED).values(
        "position_id"
    )
    return positions_visible_to(actor).exclude(pk__in=applied).exclude(pk__in=unwanted)


def plain_positions(rows: QuerySet[Position]) -> list[plain.Position]:
    """Positions as matching knows them; only rows that changed since last time are read in full."""
    stamps = dict(rows.order_by("pk").values_list("pk", "updated_at"))
    stale = [pk for pk, stamp in stamps.items() if _converted.get(pk, (None,))[0] != stamp]
    if len(_converted) > MOST_KEPT:
        _converted.clear()
        stale = list(stamps)
    for position in Position.objects.filter(pk__in=stale):
        _converted[position.pk] = (position.updated_at, as_position(position))
    applicants = _applicants(None)
    return [
        replace(_converted[pk][1], applicants=applicants[pk]) if pk in applicants else _converted[pk][1]
        for pk in stamps
        if pk in _converted
    ]


def _applicants(position_ids: list[int] | None) -> dict[int, int]:
    """Live applications per position."""
    rows = Application.objects.filter(status__in=LIVE)
    if position_ids is not None:
        rows = rows.filter(position_id__in=position_ids)
    return dict(rows.order_by().values_list("position_id").annotate(number=Count("pk")))
