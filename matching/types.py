"""What matching knows about both sides. No protected attribute has a place in these types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

EDUCATION_LEVELS = ("any", "secondary", "associate", "bachelor", "master", "doctor")
KINDS = ("full_time", "internship", "order_class")
# What one deed says about the wish behind it; a deed of more weight counts instead of the lesser ones.
DEEDS: Mapping[str, float] = {
    "view": 1.0,
    "save": 2.0,
    "talk": 3.0,
    "apply": 4.0,
    "stage": 6.0,
    "talk_outcome": 6.0,
    "hired": 8.0,
}


_NOTHING = 1e-6


@dataclass(frozen=True)
class Student:
    """One person looking for work; pay is yuan per month, places are division codes of six digits.

    skill_levels: (skill, 1 knows, 2 works with it, 3 masters it). taught_skills: what the major teaches.
    major_occupations: where the major leads. past_occupations: what was done before. headlines: titles of work
    held or wanted, the most telling first. based_in: the district they start from each morning (the campus if
    not said), never the household registration. noticed_by: companies that invited, saved or talked to them.
    follows: companies they saved, followed or talked to.
    """

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
    salary_hope: int | None = None
    skill_levels: tuple[tuple[str, int], ...] = ()
    taught_skills: tuple[str, ...] = ()
    major_occupations: tuple[str, ...] = ()
    past_occupations: tuple[str, ...] = ()
    headlines: tuple[str, ...] = ()
    based_in: str = ""
    noticed_by: tuple[int, ...] = ()
    follows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Position:
    """One posting; `education` is the lowest asked, salaries are yuan per month.

    skills are required, wanted_skills are nice to have; skill_levels as for students. district: where the work is,
    as a division code, if known more closely than the city. response_rate: share of applications the company
    answered in time, 0 to 1. A position after closes_on is not retrieved.
    """

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
    wanted_skills: tuple[str, ...] = ()
    skill_levels: tuple[tuple[str, int], ...] = ()
    certificates: tuple[str, ...] = ()
    district: str = ""
    company_id: int = 0
    response_rate: float | None = None
    closes_on: date | None = None


@dataclass(frozen=True)
class Reason:
    """One term of the score, in words."""

    feature: str
    contribution: float
    zh: str
    en: str


@dataclass(frozen=True)
class Match:
    """A score in [0, 1] and the reasons whose contributions add up to it.

    mutual: in [0, 1], high only where both sides gain. saturation: in [0, 1], how swamped the position is.
    propensity: chance that this place in the list is looked at, if nothing better is known; whoever records a
    showing may know better.
    """

    student_id: int
    position_id: int
    score: float
    reasons: tuple[Reason, ...]
    model: str
    mutual: float = 0.0
    saturation: float = 0.0
    propensity: float = 1.0

    def why(self) -> tuple[Reason, ...]:
        """Reasons for, the strongest first."""
        return tuple(r for r in self.reasons if r.feature != "base" and r.contribution > _NOTHING)

    def why_not(self) -> tuple[Reason, ...]:
        """Reasons against, the strongest first."""
        return tuple(r for r in self.reasons if r.feature != "base" and r.contribution < -_NOTHING)


@dataclass(frozen=True)
class Suggestion:
    """One change of the student's side and what it would add to the score; effort 1 is least."""

    feature: str
    zh: str
    en: str
    gain: float
    effort: int = 1


@dataclass(frozen=True)
class Difference:
    """One term of two matches of the same student side by side; `delta` is `a` minus `b`."""

    feature: str
    zh: str
    en: str
    a: float
    b: float

    @property
    def delta(self) -> float:
        """How much this term speaks for the first position; all deltas sum to the difference of the scores."""
        return self.a - self.b


@dataclass(frozen=True)
class Interaction:
    """What one student was shown at one moment, and the ids they chose of it.

    deeds: the weightiest deed per chosen id, a key of DEEDS; without one a choice counts as an application.
    places: where each stood in the list, 1 is first; empty: unknown. propensities: chance that each was looked
    at, in (0, 1], as recorded when it was shown; empty: estimated from the places.
    """

    student: Student
    shown: Sequence[Position]
    chosen: set[int]
    at: datetime
    deeds: Mapping[int, str] = field(default_factory=dict)
    places: Sequence[int] = ()
    propensities: Sequence[float] = ()
