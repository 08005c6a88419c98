"""Students as a company reads of them: how well applicants and people in line fit, in reasons without private facts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import matching.types as plain
from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications.enums import LIVE
from backend.applications.models import Application
from backend.common import clock
from backend.positions.models import Position
from backend.positions.personal import Fit
from backend.recommendations import catalogue
from backend.recommendations.convert import as_position, as_student
from backend.recommendations.interest import beside, plain_students
from backend.recommendations.queries.words import SENTENCES, Scored, fit_of, worded
from backend.recommendations.serving import plain_positions, standing
from backend.students.models import Student
from matching import api as matching


@dataclass(frozen=True)
class AtBooth(Scored):
    """A student in line: the position of the booth that fits best; no match where they switched the order off."""

    student: Student
    position: Position | None
    match: plain.Match | None

    @property
    def reasons(self) -> list[str]:
        """What the student has to offer comes first: how the position stands is no news to its company."""
        if self.match is None:
            return []
        ranked = sorted(self.match.why(), key=lambda reason: not matching.speaks_of_student(reason.feature))
        return [worded(reason) for reason in ranked[:SENTENCES]]


def at_booth(
    students: Sequence[Student],
    offered: Sequence[Position],
    sides: Mapping[int, tuple[bool, bool]] | None = None,
) -> list[AtBooth]:
    """What speaks for each of these (with school, major and experience) at a booth that brings these positions.

    The console asks every few seconds: positions come as they were read, each with its number of `applicants`, and
    `sides` by student with the line: whether they follow the company, and whether it noticed them (`sides_with`).
    """
    ranked = [student for student in students if student.personalised]
    if not ranked or not offered:
        return [AtBooth(student, None, None) for student in students]
    standing()
    places = [as_position(row, row.applicants) for row in offered]
    rows = {place.id: row for place, row in zip(places, offered, strict=True)}
    people = plain_students(ranked) if sides is None else [_beside(one, offered[0], sides) for one in ranked]
    best = matching.best_for_company(people, places, on=clock.today())
    found = {match.student_id: match for match in best}
    return [
        AtBooth(one, rows[found[one.pk].position_id], found[one.pk])
        if one.pk in found
        else AtBooth(one, None, None)
        for one in students
    ]


def _beside(student: Student, position: Position, sides: Mapping[int, tuple[bool, bool]]) -> plain.Student:
    follows, noticed = sides[student.pk]
    return beside(as_student(student), position.company_id, follows=follows, noticed=noticed)


def applicant_fits(actor: Actor, rows: Sequence[Application]) -> dict[int, Fit]:
    """Score and main reason by application, for the company that reads them.

    Left out: whoever withdrew or is of a school that has left the circle, since the profile is closed with that, and
    whoever does not want to be ordered by fit.
    """
    if actor.role != Role.RECRUITER:
        return {}
    shown = [row for row in rows if row.status in LIVE and row.student.school_id in actor.school_ids]
    people = catalogue.students().held
    told = {row: person for row in shown if (person := people.get(row.student_id)) is not None}
    if not told:
        return {}
    standing()
    pairs = list(zip(told.values(), plain_positions([row.position for row in told]), strict=True))
    matches = matching.explain_to_company(pairs, on=clock.today())
    return {row.pk: _fit(match) for row, match in zip(told, matches, strict=True)}


def _fit(match: plain.Match) -> Fit:
    offered = [
        reason for reason in (*match.why(), *match.why_not()) if matching.speaks_of_student(reason.feature)
    ]
    return fit_of(match, offered[0] if offered else None)


def applicants_by_fit(actor: Actor, triples: Sequence[tuple[int, int, int]]) -> list[int]:
    """(application, student, position) as applications, best fit first; who is told no fit stands last, as they came."""
    told = set(
        Application.objects.filter(
            pk__in=[pk for pk, _s, _p in triples], status__in=LIVE, student__school_id__in=actor.school_ids
        ).values_list("pk", flat=True)
    )
    people = catalogue.students().held
    by_position: dict[int, list[tuple[int, plain.Student]]] = defaultdict(list)
    for pk, student, position in triples:
        person = people.get(student)
        if pk in told and person is not None:
            by_position[position].append((pk, person))
    scores = dict(_scores(by_position))
    return sorted((pk for pk, _s, _p in triples), key=lambda pk: -scores.get(pk, -1.0))


def _scores(by_position: dict[int, list[tuple[int, plain.Student]]]) -> Iterable[tuple[int, float]]:
    standing()
    # Also those that are closed by now: whoever applied for them is told how well they fit.
    for place in plain_positions(Position.objects.filter(pk__in=list(by_position))):
        held = by_position[place.id]
        rows = matching.score_matrix([one for _, one in held], [place], on=clock.today())
        yield from zip((pk for pk, _ in held), rows[:, 0].round(12).tolist(), strict=True)
