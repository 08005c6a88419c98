"""What the ranker learns from: every list that was shown, and what the student then did with it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import itemgetter

import matching.types as plain
from backend.applications.enums import ApplicationStatus
from backend.applications.models import ApplicationStep
from backend.positions.models import Position
from backend.recommendations.catalogue import response_rates, with_profile
from backend.recommendations.convert import as_position, as_student
from backend.recommendations.enums import CHOSEN
from backend.recommendations.interest import interested, turns_of
from backend.recommendations.models import Impression, Interaction
from backend.students.models import Student

ANSWERED_WITHIN = timedelta(days=14)
"""How long after a showing a deed is still an answer to it."""
STAGES = {
    ApplicationStatus.SHORTLISTED: "stage",
    ApplicationStatus.INTERVIEW: "stage",
    ApplicationStatus.OFFER: "stage",
    ApplicationStatus.HIRED: "hired",
}
"""Steps of an application that say the company agreed."""

Deed = tuple[datetime, str]
Pair = tuple[int, int]


def showings() -> Iterator[plain.Interaction]:
    """Every list that was shown, oldest first, with what the student then did: one lesson each.

    A deed answers the last list before it in which the position stood. Whoever has switched the order by fit off
    teaches nothing, whatever was recorded before. Who had turned to whom is told as it stood when the list was shown:
    what came after it is what the ranker is to foretell.
    """
    deeds = _deeds()
    later = _outcomes()
    people = {
        row.pk: as_student(row)
        for row in with_profile(Student.objects.filter(pk__in={s for s, _ in deeds}, personalised=True))
    }
    turns = turns_of(people)
    rows = Impression.objects.filter(student_id__in=list(people)).order_by("at", "showing", "rank")
    wanted = Position.objects.filter(pk__in=rows.order_by().values("position_id"))
    rates = response_rates(wanted.values_list("company_id", flat=True))
    places = {row.pk: as_position(row, 0, rates.get(row.company_id)) for row in wanted}
    columns = rows.values_list("showing", "student_id", "at", "position_id", "rank", "propensity")
    shown = [list(found) for _showing, found in groupby(columns, key=itemgetter(0))]
    answers = _answered(shown, deeds)
    for found in shown:
        student, at = found[0][1], found[0][2]
        did = {
            position: _weightiest(names, later.get((student, position), ()))
            for position, names in answers.get(found[0][0], {}).items()
        }
        yield plain.Interaction(
            interested(people[student], turns.get(student, ()), before=at),
            tuple(places[row[3]] for row in found),
            set(did),
            at,
            did,
            tuple(row[4] for row in found),
            tuple(row[5] for row in found),
        )


def _deeds() -> dict[Pair, list[Deed]]:
    found: dict[Pair, list[Deed]] = defaultdict(list)
    rows = Interaction.objects.filter(kind__in=CHOSEN).order_by("at", "pk")
    for student, position, kind, at in rows.values_list("student_id", "position_id", "kind", "at"):
        found[student, position].append((at, kind))
    return found


def _outcomes() -> dict[Pair, list[str]]:
    """How far applications came; it counts for the list that led to the application."""
    found: dict[Pair, list[str]] = defaultdict(list)
    rows = ApplicationStep.objects.filter(status__in=STAGES).order_by("pk")
    for student, position, status in rows.values_list(
        "application__student_id", "application__position_id", "status"
    ):
        found[student, position].append(STAGES[ApplicationStatus(status)])
    return found


def _weightiest(deeds: set[str], outcomes: Iterable[str]) -> str:
    """Of what was done; how far an application came counts for the list that led to it."""
    return max([*deeds, *(outcomes if "apply" in deeds else ())], key=lambda name: (plain.DEEDS[name], name))


def _answered(shown: list[list[tuple]], deeds: dict[Pair, list[Deed]]) -> dict[object, dict[int, set[str]]]:
    """Showing → position → the deeds that answer it."""
    stood: dict[Pair, list[tuple[datetime, object]]] = defaultdict(list)
    for found in shown:
        for showing, student, at, position, _rank, _propensity in found:
            stood[student, position].append((at, showing))
    answers: dict[object, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for pair, times in stood.items():
        for at, deed in deeds.get(pair, ()):
            before = [place for place in times if place[0] < at <= place[0] + ANSWERED_WITHIN]
            if before:
                answers[before[-1][1]][pair[1]].add(deed)
    return answers
