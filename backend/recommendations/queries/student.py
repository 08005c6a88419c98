"""A student's matches: the list, one position, two side by side, what is saved and what is hidden."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

import matching.types as plain
from backend.accounts.actor import Actor
from backend.applications.enums import LIVE
from backend.applications.models import Application
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to
from backend.recommendations import catalogue, rules
from backend.recommendations.enums import UNDOABLE, InteractionKind
from backend.recommendations.interest import plain_students
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries.words import Line, Scored, against, reasons_for, rounded, worded
from backend.recommendations.serving import Standing, plain_positions, standing
from backend.students.completeness import with_resume
from backend.students.models import Student
from matching import api as matching

SPARE = 10
"""Ranked beyond what is asked, for positions that turn out to be applied for, unwanted or closed."""
LISTED = 5
CHANGES = 4


@dataclass(frozen=True)
class Shown(Scored):
    """A position in a list of matches; without a match where personalisation is off."""

    position: Position
    rank: int
    match: plain.Match | None
    saved: bool


@dataclass(frozen=True)
class MatchList:
    """What a student is shown, best first, and by which order; `more` says that there are others after them."""

    student: Student
    shown: list[Shown]
    standing: Standing | None
    more: bool = False

    @property
    def personalised(self) -> bool:
        """Whether the order is by fit."""
        return self.standing is not None


@dataclass(frozen=True)
class Detail(Scored):
    """One position for the student who asks: why it fits, what would raise it, why it is shown."""

    student: Student
    position: Position
    match: plain.Match | None
    saved: bool
    hidden_cause: str | None
    viewed_at: datetime | None = None
    raising: list[plain.Suggestion] = field(default_factory=list)

    @property
    def good(self) -> list[str]:
        """Reasons for, the strongest first."""
        return [] if self.match is None else reasons_for(self.match, LISTED)

    @property
    def poor(self) -> list[str]:
        """Reasons against, the strongest first."""
        return [] if self.match is None else against(self.match, LISTED)

    @property
    def total(self) -> str:
        """The sum of the points."""
        return f"{sum(line.tenths for line in self.lines) / 10:.1f}"

    @property
    def changes(self) -> list[tuple[str, str]]:
        """What would raise the match, and by how many points, the largest gain first."""
        return [(worded(item), f"+{item.gain * 100:.1f}") for item in self.raising]


@dataclass(frozen=True)
class Compared:
    """Two positions side by side; the lines say how many points each term speaks for the first."""

    a: Shown
    b: Shown
    lines: list[Line]
    differences: list[plain.Difference]

    @property
    def total(self) -> str:
        """By how many points the first is ahead."""
        return Line("", sum(line.tenths for line in self.lines)).points


def student_of(actor: Actor) -> Student:
    """The student who asks, with what matching needs."""
    if not rules.has_matches(actor):
        raise NotAllowed()
    return (
        catalogue.with_profile(Student.objects.filter(pk=actor.student_id))
        .annotate(has_resume=with_resume())
        .get()
    )


def matches_for(actor: Actor, limit: int = 20, *, page: int = 1) -> MatchList:
    """Open positions for the student who asks, best first; newest first when personalisation is off.

    Page by page, `limit` on each; by fit the list ends with the best 500 or so. Left out: what the student has
    applied for, and what they are not interested in.
    """
    student = student_of(actor)
    rows = _open_to(actor, student)
    start, end = (page - 1) * limit, page * limit
    if not student.personalised:
        newest = list(rows.order_by("-published_at", "-pk")[start : end + 1])
        neutral = [Shown(row, rank, None, row.is_saved) for rank, row in enumerate(newest[:limit], start + 1)]
        return MatchList(student, neutral, None, len(newest) > limit)
    serving = standing()
    # One more than are shown, to know whether there is another page.
    found = _ranked(actor, student, rows, end + 1)
    shown = [
        Shown(row, rank, match, row.is_saved) for rank, (row, match) in enumerate(found[start:end], start + 1)
    ]
    return MatchList(student, shown, serving, len(found) > end)


def detail_for(actor: Actor, position: Position, *, student: Student | None = None) -> Detail:
    """Why a position the student may see fits; without a score where personalisation is off."""
    student = student or student_of(actor)
    said = Interaction.objects.filter(student=student, position=position)
    answers = {kind: (cause, at) for kind, cause, at in said.values_list("kind", "cause", "at")}
    saved = InteractionKind.SAVE in answers
    cause = answers.get(InteractionKind.NOT_INTERESTED, (None,))[0]
    viewed_at = answers.get(InteractionKind.VIEW, (None, None))[1]
    if not student.personalised:
        return Detail(student, position, None, saved, cause, viewed_at)
    standing()
    (person,), (place,) = plain_students([student]), plain_positions([position])
    match = matching.explain(person, place, on=clock.today())
    raising = matching.raise_by(person, place, on=clock.today())[:CHANGES]
    return Detail(student, position, match, saved, cause, viewed_at, raising)


def last_showing(student: Student, position: Position) -> Impression | None:
    """When and where a position was last shown to a student."""
    return Impression.objects.filter(student=student, position=position).order_by("-at", "-pk").first()


def compare_for(actor: Actor, first: int, second: int) -> Compared:
    """Two open positions term by term; refused where the order by fit is off or they are one."""
    student = student_of(actor)
    if first == second:
        raise Invalid(fields={"b": [_("Choose two different positions.")]})
    rows = _with_saved(positions_visible_to(actor, by_id=True), student).in_bulk([first, second])
    if len(rows) < 2:
        raise NotFound()
    if not student.personalised:
        raise Conflict("personalisation_off", _("Order by fit is off: nothing is compared."))
    standing()
    (person,) = plain_students([student])
    places = plain_positions([rows[first], rows[second]])
    a, b = matching.explain_pairs([(person, place) for place in places], on=clock.today())
    found = matching.compare(a, b)
    return Compared(
        Shown(rows[first], 1, a, rows[first].is_saved),
        Shown(rows[second], 2, b, rows[second].is_saved),
        rounded([(worded(item), item.delta) for item in found]),
        found,
    )


def saved_positions(actor: Actor) -> QuerySet[Position]:
    """Open positions the student has saved, last saved first."""
    return (
        positions_visible_to(actor)
        .filter(interactions__student_id=actor.student_id, interactions__kind=InteractionKind.SAVE)
        .order_by("-interactions__at", "-pk")
    )


def unwanted_for(actor: Actor) -> QuerySet[Interaction]:
    """Open positions the student said "not interested" of, with the cause, the last first."""
    return (
        Interaction.objects.filter(
            student_id=actor.student_id,
            kind=InteractionKind.NOT_INTERESTED,
            position__in=positions_visible_to(actor).order_by(),
        )
        .select_related("position__company")
        .order_by("-at", "-pk")
    )


def answers_of(actor: Actor) -> QuerySet[Interaction]:
    """What the student who asks saved or hid, the last first."""
    rows = Interaction.objects.filter(student_id=actor.student_id, kind__in=UNDOABLE)
    return rows.order_by("-at", "-pk")


def _open_to(actor: Actor, student: Student) -> QuerySet[Position]:
    applied = Application.objects.filter(student=student, status__in=LIVE).values("position_id")
    unwanted = Interaction.objects.filter(student=student, kind=InteractionKind.NOT_INTERESTED)
    # In the order by fit the best are asked for by their ids.
    rows = positions_visible_to(actor, by_id=student.personalised).exclude(pk__in=applied)
    return _with_saved(rows.exclude(pk__in=unwanted.values("position_id")), student)


def _with_saved(rows: QuerySet[Position], student: Student) -> QuerySet[Position]:
    saved = Interaction.objects.filter(student=student, kind=InteractionKind.SAVE, position_id=OuterRef("pk"))
    return rows.annotate(is_saved=Exists(saved))


def _ranked(
    actor: Actor, student: Student, rows: QuerySet[Position], limit: int
) -> Sequence[tuple[Position, plain.Match]]:
    """The best of the catalogue that are among the rows this person may see; asks for more until there are enough."""
    kept = catalogue.positions()
    only = kept.of_schools(actor.school_ids)
    size = len(kept.held) if only is None else len(only)
    (person,), ask = plain_students([student]), limit + SPARE
    while True:
        matches = kept.held.rank(person, limit=ask, only=only, on=clock.today(), spread=True)
        seen = rows.in_bulk([match.position_id for match in matches])
        found = [(seen[m.position_id], m) for m in matches if m.position_id in seen]
        if len(found) >= limit or len(matches) < ask or ask >= size:
            return found[:limit]
        ask *= 4
