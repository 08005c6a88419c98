"""Students who fit a position, for its company and for the school's staff: only whom they may see, as they may see them."""

from dataclasses import dataclass

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet

import matching.types as plain
from backend.accounts.actor import Actor
from backend.applications.enums import LIVE
from backend.applications.models import Application
from backend.common import clock
from backend.common.errors import NotAllowed, NotFound
from backend.positions.models import Position
from backend.positions.queries import open_now, positions_visible_to
from backend.recommendations import catalogue, rules
from backend.recommendations.convert import as_position
from backend.recommendations.models import StrongPair
from backend.recommendations.queries.acted import acted
from backend.recommendations.queries.words import Scored
from backend.recommendations.serving import Standing, standing
from backend.students.enums import StudentStatus
from backend.students.models import Student
from backend.students.profiles import StudentProfile, profiles_for
from backend.students.queries import students_visible_to

SPARE = 60


@dataclass(frozen=True)
class Fitting(Scored):
    """A student at a place in the list; without a match where the student switched the order by fit off.

    hinted: staff have pointed them to the position; may_hint: the reader may do so now.
    """

    profile: StudentProfile
    rank: int | None
    match: plain.Match | None
    hinted: bool = False
    may_hint: bool = False


@dataclass(frozen=True)
class StudentList:
    """Students for a position, best first; `unranked` did not want to be ordered by fit."""

    position: Position
    shown: list[Fitting]
    unranked: list[Fitting]
    standing: Standing


def students_for(actor: Actor, position_id: int, limit: int = 20) -> StudentList:
    """Students who fit a position and have not applied for it, best first."""
    if not rules.can_see_fitting(actor):
        raise NotAllowed()
    live = Count("applications", filter=Q(applications__status__in=LIVE))
    is_open = ExpressionWrapper(open_now(), output_field=BooleanField())
    rows = positions_visible_to(actor).annotate(applicants=live, is_open=is_open)
    position = rows.filter(pk=position_id).first()
    if position is None:
        raise NotFound()
    serving = standing()
    matches, found = _ranked(actor, position, _reachable(actor, position), limit)
    profiles = {profile.id: profile for profile in profiles_for(actor, found)}
    hinted = _hinted(actor, position.pk, [match.student_id for match in matches])
    people = {row.pk: row for row in found}
    may_hint = rules.can_hint(actor) and position.is_open
    shown = []
    for rank, match in enumerate(matches, 1):
        row = people.pop(match.student_id)
        free = may_hint and not row.acted and row.pk not in hinted
        shown.append(Fitting(profiles[row.pk], rank, match, row.pk in hinted, free))
    unranked = [Fitting(profiles[pk], None, None) for pk in people]
    return StudentList(position, shown, unranked, serving)


def _hinted(actor: Actor, position_id: int, student_ids: list[int]) -> set[int]:
    """Whom of these the school has pointed to the position; only staff are told."""
    if not rules.can_hint(actor):
        return set()
    told = StrongPair.objects.filter(
        position_id=position_id, student_id__in=student_ids, hinted_at__isnull=False
    )
    return set(told.values_list("student_id", flat=True))


def _reachable(actor: Actor, position: Position) -> QuerySet[Student]:
    """Confirmed students this person may see, who look for a position and have not applied for this one.

    `acted`: they have looked at it, answered, talked about it, or withdrawn an application for it.
    """
    applied = Application.objects.filter(position=position, status__in=LIVE).values("student_id")
    return (
        students_visible_to(actor)
        .filter(status=StudentStatus.CONFIRMED, seeking=True)
        .exclude(pk__in=applied)
        .annotate(acted=acted("pk", position.pk))
        .order_by("pk")
    )


def _ranked(
    actor: Actor, position: Position, seen: QuerySet[Student], limit: int
) -> tuple[list[plain.Match], list[Student]]:
    """The best of the catalogue that this person may see, and their rows; after them some who are not ranked."""
    kept = catalogue.students()
    only = kept.of_schools(actor.school_ids)
    size = len(kept.held) if only is None else len(only)
    wanted, ask = as_position(position, position.applicants), limit + SPARE
    while True:
        matches = kept.held.rank(wanted, limit=ask, only=only, on=clock.today())
        either = Q(pk__in=[match.student_id for match in matches]) | Q(personalised=False)
        # Who is ranked comes first: however many switched the order off, they do not fill the slice.
        chosen = seen.filter(either).order_by("-personalised", "pk")[: ask + limit]
        rows = {row.pk: row for row in chosen}
        found = [
            match for match in matches if match.student_id in rows and rows[match.student_id].personalised
        ]
        if len(found) >= limit or len(matches) < ask or ask >= size:
            best = found[:limit]
            unranked = [row for row in rows.values() if not row.personalised][:limit]
            return best, [*(rows[match.student_id] for match in best), *unranked]
        ask *= 4
