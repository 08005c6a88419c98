"""What matching knows about both sides. No protected attribute has a place in these types."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

EDUCATION_LEVELS = ("any", "secondary", "associate", "bachelor", "master", "doctor")
KINDS = ("full_time", "internship", "order_class")


@dataclass(frozen=True)
class Student:
    """One person looking for work; salary_floor in yuan per month."""

    id: int
    major: str
    major_code: str
    education: str
    skills: tuple[str, ...]
    certificates: tuple[str, ...]
    experience_months: int
    wanted_occupations: tuple[str, ...]
    wanted_cities: tuple[str, ...]
    wanted_kinds: tuple[str, ...]
    salary_floor: int | None
    text: str
    available_from: date | None


@dataclass(frozen=True)
class Position:
    """One posting; `education` is the lowest asked, salaries are yuan per month."""

    id: int
    title: str
    occupation_code: str
    majors: tuple[str, ...]
    skills: tuple[str, ...]
    education: str
    experience_months: int
    city_code: str
    kind: str
    salary_min: int | None
    salary_max: int | None
    text: str
    openings: int
    applicants: int
    published_on: date | None
    starts_on: date | None


@dataclass(frozen=True)
class Reason:
    """One term of the score, in words."""

    feature: str
    contribution: float
    zh: str
    en: str


@dataclass(frozen=True)
class Match:
    """A score in [0, 1] and the reasons whose contributions add up to it."""

    student_id: int
    position_id: int
    score: float
    reasons: tuple[Reason, ...]
    model: str


@dataclass(frozen=True)
class Suggestion:
    """One change of the student's side and what it would add to the score."""

    feature: str
    zh: str
    en: str
    gain: float


@dataclass(frozen=True)
class Interaction:
    """What one student was shown at one moment, and the ids they chose of it."""

    student: Student
    shown: Sequence[Position]
    chosen: set[int]
    at: datetime
