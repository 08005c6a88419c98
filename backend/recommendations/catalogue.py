"""Positions and students as arrays in the memory of this process, kept up with the rows; only a faster copy of them.

A question costs one small query per side: which rows changed since the copy was last looked at, less an overlap for
transactions that committed late. Rows whose version is known are not read again. What a person may see is never decided
here: every answer is re-read through `…_visible_to(actor)`. What no version tells (a renamed major, a company that answers
faster) comes with a whole reading every REREAD.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any

from django.db.models import Count, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

import matching.types as plain
from backend.applications.enums import LIVE
from backend.applications.models import Application
from backend.common import clock
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.recommendations.convert import as_position
from backend.recommendations.interest import plain_students, turned_since, with_turns
from backend.students.enums import StudentStatus
from backend.students.models import Experience, Student
from matching.api import Catalogue, StudentCatalogue

OVERLAP = timedelta(minutes=2)
REREAD = timedelta(hours=6)
ANSWERED_WITHIN = timedelta(days=7)
ANSWERS_SINCE = timedelta(days=180)
FEWEST_ANSWERS = 5
"""Applications a company must have had before its share of answers says anything."""

Stamp = tuple[Any, ...]


class Kept:
    """One side: the library's catalogue, the stamp each row was read at, and which school each row belongs to."""

    def __init__(self, held: Any, changed: Callable, read: Callable) -> None:
        self.held = held
        self._changed, self._read = changed, read
        self._stamps: dict[int, Stamp] = {}
        self._schools: dict[int, int] = {}
        self._by_school: dict[int, set[int]] = defaultdict(set)
        self._mark: datetime | None = None
        self._whole: datetime | None = None
        self._lock = Lock()

    def refresh(self) -> int:
        """Take in what changed; the number of rows read in full."""
        now = clock.now()
        with self._lock:
            whole = self._whole is None or not timedelta() <= now - self._whole < REREAD
            rows = self._changed(None if whole else self._mark - OVERLAP)
            stale = [pk for pk, _school, alive, stamp in rows if alive and self._stamps.get(pk) != stamp]
            gone = {pk for pk, _school, alive, _stamp in rows if not alive and pk in self._stamps}
            if whole:
                stale = [pk for pk, _school, alive, _stamp in rows if alive]
                gone = self._stamps.keys() - set(stale)
            self._forget(gone)
            wanted = set(stale)
            # Read after the stamps: a row that changes in between is newer than its stamp and read once more.
            self.held.update(self._read([row for row in rows if row[0] in wanted]))
            for pk, school, _alive, stamp in rows:
                if pk in wanted:
                    # Whoever moved to another school is no longer one of the old one's.
                    self._by_school[self._schools.get(pk, school)].discard(pk)
                    self._stamps[pk], self._schools[pk] = stamp, school
                    self._by_school[school].add(pk)
            self._mark = now
            if whole:
                self._whole = now
            return len(stale)

    def of_schools(self, schools: Collection[int]) -> set[int] | None:
        """Ids of these schools' rows; None where that is everybody."""
        with self._lock:
            if all(school in schools for school, ids in self._by_school.items() if ids):
                return None
            return set().union(*(self._by_school.get(school, set()) for school in schools))

    def clear(self) -> None:
        """Forget everything; the next question reads it all."""
        with self._lock:
            self._forget(list(self._stamps))
            self._by_school.clear()
            self._mark = self._whole = None

    def _forget(self, ids: Iterable[int]) -> None:
        for pk in ids:
            self._by_school[self._schools.pop(pk)].discard(pk)
            del self._stamps[pk]
        self.held.remove(ids)


def _changed_positions(since: datetime | None) -> list[tuple[int, int, bool, Stamp]]:
    """(id, school, published, stamp) of positions that changed, or whose applications did."""
    live = (
        Application.objects.filter(position=OuterRef("pk"), status__in=LIVE)
        .order_by()
        .values("position")
        .annotate(number=Count("pk"))
        .values("number")
    )
    rows = Position.objects.order_by("pk")
    if since is None:
        rows = rows.filter(status=PositionStatus.PUBLISHED)
    else:
        moved = Application.objects.filter(updated_at__gte=since).values("position_id")
        rows = rows.filter(Q(updated_at__gte=since) | Q(pk__in=moved))
    columns = rows.annotate(applicants=Coalesce(Subquery(live), 0)).values_list(
        "pk", "company__school_id", "status", "version", "updated_at", "applicants"
    )
    return [
        (pk, school, status == PositionStatus.PUBLISHED, (version, at, applicants))
        for pk, school, status, version, at, applicants in columns
    ]


def _read_positions(rows: list[tuple[int, int, bool, Stamp]]) -> list[plain.Position]:
    if not rows:
        return []
    applicants = {pk: stamp[2] for pk, _school, _alive, stamp in rows}
    found = Position.objects.filter(pk__in=list(applicants))
    rates = response_rates([row.company_id for row in found])
    return [as_position(row, applicants[row.pk], rates.get(row.company_id)) for row in found]


def response_rates(company_ids: Collection[int]) -> dict[int, float]:
    """Share of applications of the last half year that each company answered within a week; only where known."""
    now = clock.now()
    rows = (
        Application.objects.filter(
            position__company_id__in=set(company_ids),
            created_at__range=(now - ANSWERS_SINCE, now - ANSWERED_WITHIN),
        )
        .annotate(first=Min("steps__at", filter=Q(steps__by_role="recruiter")))
        .values_list("position__company_id", "first", "created_at")
    )
    sent: dict[int, int] = defaultdict(int)
    told: dict[int, int] = defaultdict(int)
    for company, first, at in rows:
        sent[company] += 1
        told[company] += first is not None and first <= at + ANSWERED_WITHIN
    return {company: told[company] / number for company, number in sent.items() if number >= FEWEST_ANSWERS}


def with_profile(rows: QuerySet[Student]) -> QuerySet[Student]:
    """Students with school, major and experience loaded."""
    return rows.select_related("school", "major").prefetch_related(
        Prefetch("experiences", queryset=Experience.objects.order_by("pk"))
    )


def _changed_students(since: datetime | None) -> list[tuple[int, int, bool, Stamp]]:
    """(id, school, ranked, stamp) of students that changed, or whose campus did, or who turned to a company or it to them.

    Who switched the order by fit off is not ranked.
    """
    rows = with_turns(Student.objects.order_by("pk"))
    ranked = {"status": StudentStatus.CONFIRMED, "personalised": True}
    rows = (
        rows.filter(**ranked)
        if since is None
        else rows.filter(Q(updated_at__gte=since) | Q(school__updated_at__gte=since) | turned_since(since))
    )
    stamp = ("version", "updated_at", "turns", "school__city_code", "school__district_code")
    columns = rows.values_list("pk", "school_id", "status", "personalised", *stamp)
    return [
        (pk, school, status == StudentStatus.CONFIRMED and on, tuple(known))
        for pk, school, status, on, *known in columns
    ]


def _read_students(rows: list[tuple[int, int, bool, Stamp]]) -> list[plain.Student]:
    if not rows:
        return []
    return plain_students(list(with_profile(Student.objects.filter(pk__in=[row[0] for row in rows]))))


_positions = Kept(Catalogue(), _changed_positions, _read_positions)
_students = Kept(StudentCatalogue(), _changed_students, _read_students)


def positions() -> Kept:
    """Published positions, up to date."""
    _positions.refresh()
    return _positions


def students() -> Kept:
    """Confirmed students who are ordered by fit, up to date."""
    _students.refresh()
    return _students


def clear() -> None:
    """Forget both sides (tests, and after a change of what a row is converted to)."""
    _positions.clear()
    _students.clear()
