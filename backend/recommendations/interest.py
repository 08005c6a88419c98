"""Who has turned to whom: companies a student saved or talked to, and companies that invited or talked to them.

An application turns to nobody here: it is what a ranker should foretell, and would echo itself on everything its company
offers; an invitation to an interview and an offer are the company's own. Nor does anything of which the student is not told
who it was and why: looks at the profile, stages and notes of an application. So a reason may say all of it to the student.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

import matching.types as plain
from backend.applications.enums import ApplicationStatus
from backend.applications.models import ApplicationStep
from backend.recommendations.convert import as_student
from backend.recommendations.enums import InteractionKind
from backend.recommendations.models import Interaction
from backend.students.models import Student

TALKS = frozenset({InteractionKind.TALK, InteractionKind.TALK_OUTCOME})
DEEDS = TALKS | {InteractionKind.SAVE}
INVITED = frozenset({ApplicationStatus.INTERVIEW, ApplicationStatus.OFFER})
FOLLOWS, NOTICED = DEEDS, TALKS | INVITED
AT_ONCE = 10_000


@dataclass(frozen=True)
class Turn:
    """One side turned to the other; `kind` is a deed of the student or a stage to which the company invited them."""

    at: datetime
    kind: str
    company: int


def turns_of(student_ids: Iterable[int]) -> Mapping[int, Sequence[Turn]]:
    """Student → who turned to whom, of these students; one query for ten thousand."""
    ids, found = list(student_ids), defaultdict(list)
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        deeds = Interaction.objects.filter(student_id__in=part, kind__in=DEEDS)
        steps = ApplicationStep.objects.filter(application__student_id__in=part, status__in=INVITED)
        rows = deeds.values_list("student_id", "at", "kind", "position__company_id").union(
            steps.values_list("application__student_id", "at", "status", "application__position__company_id"),
            all=True,
        )
        for student, *turn in rows:
            found[student].append(Turn(*turn))
    return found


def interested(
    student: plain.Student, turns: Iterable[Turn], *, before: datetime | None = None
) -> plain.Student:
    """The student with the companies of both sides, as they stood before a moment, or as they stand."""
    known = [turn for turn in turns if before is None or turn.at < before]
    if not known:
        return student
    follows, noticed = (
        tuple(sorted({turn.company for turn in known if turn.kind in kinds})) for kinds in (FOLLOWS, NOTICED)
    )
    return replace(student, follows=follows, noticed_by=noticed)


def plain_students(rows: Sequence[Student]) -> list[plain.Student]:
    """These students (with school, major and experience) as matching knows them, one query for all."""
    turns = turns_of(row.pk for row in rows)
    return [interested(as_student(row), turns.get(row.pk, ())) for row in rows]


def sides_with(company_id: int) -> dict[str, Exists | Q]:
    """Columns for rows that have a student: whether they follow one company (`follows`), and it noticed them (`noticed`)."""
    deeds = Interaction.objects.filter(student=OuterRef("student"), position__company_id=company_id)
    steps = ApplicationStep.objects.filter(
        application__student=OuterRef("student"),
        application__position__company_id=company_id,
        status__in=INVITED,
    )
    return {
        "follows": Exists(deeds.filter(kind__in=FOLLOWS)),
        "noticed": Exists(deeds.filter(kind__in=TALKS)) | Exists(steps),
    }


def beside(student: plain.Student, company_id: int, *, follows: bool, noticed: bool) -> plain.Student:
    """The student as far as one company goes, from the columns of `sides_with`."""
    return replace(
        student,
        follows=(company_id,) if follows else (),
        noticed_by=(company_id,) if noticed else (),
    )


def turned_since(moment: datetime) -> Q:
    """Students of whom something was saved, talked or invited since; what was taken back stamps the student."""
    deeds = Interaction.objects.filter(kind__in=DEEDS, at__gte=moment).values("student_id")
    steps = ApplicationStep.objects.filter(status__in=INVITED, at__gte=moment)
    return Q(pk__in=deeds) | Q(pk__in=steps.values("application__student_id"))


def with_turns(rows: QuerySet[Student]) -> QuerySet[Student]:
    """Students with the number of `turns`."""
    deeds = Interaction.objects.filter(student=OuterRef("pk"), kind__in=DEEDS)
    steps = ApplicationStep.objects.filter(application__student=OuterRef("pk"), status__in=INVITED)
    return rows.annotate(turns=_number(deeds, "student") + _number(steps, "application__student"))


def _number(rows: QuerySet, by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)
