"""What happened in the demo before today: looks, applications with their steps; all in the past."""

import random
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from backend.accounts.enums import Role
from backend.applications.enums import ApplicationStatus as S
from backend.applications.models import Application, ApplicationStep
from backend.common import clock
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.recommendations.domain.recording import propensity
from backend.recommendations.models import Impression, Interaction
from backend.students.models import Student

APPLICANTS = 700
PATHS = (
    ((S.NEW,), 30),
    ((S.NEW, S.VIEWED), 25),
    ((S.NEW, S.VIEWED, S.SHORTLISTED), 14),
    ((S.NEW, S.VIEWED, S.SHORTLISTED, S.INTERVIEW), 10),
    ((S.NEW, S.VIEWED, S.DECLINED), 14),
    ((S.NEW, S.WITHDRAWN), 3),
    ((S.NEW, S.VIEWED, S.SHORTLISTED, S.INTERVIEW, S.OFFER), 0),
    ((S.NEW, S.VIEWED, S.SHORTLISTED, S.INTERVIEW, S.DECLINED), 4),
)
SURFACE, SHOWN = "search", 20
APPLY_TO_FIRST = 14
"""Students who in any case applied to the first company, whose recruiter's account has then something to answer."""
Sure = list[tuple[Position, tuple[S, ...]]]


@transaction.atomic
def build_history(
    rng: random.Random, students: list[Student], positions: list[Position], applicants: int = APPLICANTS
) -> int:
    """Lists that were shown, what was opened, and applications; returns the number of applications.

    The first student and the first company meet in any case: simulated people leave these two to whoever tries the
    demo, and so the accounts, which are given to the first who have something to look at, are theirs.
    """
    live = [position for position in positions if position.status == PositionStatus.PUBLISHED]
    first, *others = [student for student in students if student.seeking]
    seekers = [first, *rng.sample(others, k=applicants - 1)]
    sure_of = _sure(rng, seekers, live)
    seen: list[Impression] = []
    did: list[Interaction] = []
    applied: list[Application] = []
    for student in seekers:
        ago = timedelta(days=rng.randint(1, 25), minutes=rng.uniform(0, 600))
        paths = dict(sure_of.get(student.pk, ()))
        sure = list(paths)
        at = _after(rng, sure) if sure else clock.now() - ago
        shown = _shown(rng, student, [row for row in live if row.published_at < at], at, sure)
        seen += shown
        opened = [*sure, *(row for row in _opened(rng, student, shown) if row not in sure)]
        did += [_deed(student, row, "view", at + timedelta(minutes=1 + n)) for n, row in enumerate(opened)]
        for row in opened[: max(len(sure), rng.choice((0, 1, 1, 2)))]:
            later = at + timedelta(minutes=rng.uniform(20, 90))
            did.append(_deed(student, row, "apply", later))
            applied.append(_application(rng, student, row, later, paths.get(row)))
    Impression.objects.bulk_create(seen, batch_size=1000)
    Interaction.objects.bulk_create(did, batch_size=1000)
    _store(rng, applied)
    return len(applied)


def _sure(rng: random.Random, seekers: list[Student], live: list[Position]) -> dict[int, Sure]:
    """By student: the positions they applied for in any case, with the steps since."""
    first, *others = seekers
    own = [row for row in live if row.company_id == live[0].company_id]
    liked = [
        row
        for row in live
        if row.occupation_id in first.wanted_occupations and row.company_id != own[0].company_id
    ]
    paths = [path for path, weight in PATHS if weight]
    invited, elsewhere = (S.NEW, S.VIEWED, S.SHORTLISTED, S.INTERVIEW), paths[:3]
    found: dict[int, Sure] = {
        student.pk: [(own[number % len(own)], paths[number % len(paths)])]
        for number, student in enumerate(others[:APPLY_TO_FIRST])
    }
    chosen = rng.sample(liked, k=min(len(elsewhere), len(liked)))
    found[first.pk] = [(own[0], invited), *zip(chosen, elsewhere, strict=False)]
    return found


def _after(rng: random.Random, rows: Sequence[Position]) -> datetime:
    """A moment at which all of these were public, at least two hours ago."""
    since = max(row.published_at for row in rows)
    return since + (clock.now() - since) * rng.uniform(0.1, 0.9)


def _shown(
    rng: random.Random, student: Student, live: list[Position], at: datetime, sure: Sequence[Position] = ()
) -> list[Impression]:
    """A list as it stood on that day: the newest first, and what is sure to be among them."""
    some = rng.sample([row for row in live if row not in sure], k=SHOWN - len(sure))
    rows = sorted([*sure, *some], key=lambda row: row.published_at, reverse=True)
    showing = uuid.UUID(int=rng.getrandbits(128), version=4)
    return [
        Impression(
            showing=showing,
            student=student,
            position=row,
            at=at,
            surface=SURFACE,
            rank=rank,
            propensity=propensity(rank),
            model="newest-first",
        )
        for rank, row in enumerate(rows, 1)
    ]


def _opened(rng: random.Random, student: Student, shown: list[Impression]) -> list[Position]:
    """What this invented student opened: of the places that were looked at, those with a pull, strongest first."""
    looked = [row.position for row in shown if rng.random() < row.propensity]
    pull = {row.pk: _liking(rng, student, row) for row in looked}
    return sorted((row for row in looked if pull[row.pk] > 1.0), key=lambda row: -pull[row.pk])[:4]


def _deed(student: Student, position: Position, kind: str, at: datetime) -> Interaction:
    return Interaction(student=student, position=position, kind=kind, at=at)


def _liking(rng: random.Random, student: Student, position: Position) -> float:
    """How much this invented student is drawn to a position: wishes, skills, pay, and a good deal of chance."""
    return (
        2.0 * (position.occupation_id in student.wanted_occupations)
        + 0.5 * len(set(student.skills) & set(position.skills))
        + 0.6 * (position.city_code in student.wanted_cities)
        + 0.5 * (position.salary_max is not None and position.salary_max >= (student.salary_floor or 0))
        + rng.gauss(0, 0.5)
    )


def _application(
    rng: random.Random, student: Student, position: Position, at: datetime, path: tuple[S, ...] | None = None
) -> Application:
    """One with the steps given, or with some of the usual ones."""
    path = path or rng.choices([path for path, _ in PATHS], weights=[weight for _, weight in PATHS])[0]
    row = Application(student=student, position=position, status=path[-1], note="希望有机会面谈，谢谢。")
    row.created_at = row.updated_at = at
    row.due_at = at + timedelta(days=7)
    if row.due_at < clock.now() + timedelta(days=2):
        row.reminded_at = row.due_at - timedelta(days=1)
    row.path = path
    return row


def _store(rng: random.Random, rows: list[Application]) -> None:
    paths = [row.path for row in rows]
    stored = Application.objects.bulk_create(rows, batch_size=500)
    steps = []
    for row, path in zip(stored, paths, strict=True):
        at = row.created_at
        for status in path:
            by = Role.STUDENT if status in (S.NEW, S.WITHDRAWN) else Role.RECRUITER
            steps.append(ApplicationStep(application=row, status=status, at=min(at, clock.now()), by_role=by))
            at += timedelta(hours=rng.uniform(2, 40))
    ApplicationStep.objects.bulk_create(steps, batch_size=1000)
