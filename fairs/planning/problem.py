"""What the planner is told, and what it answers; times are numbers of slots of one grid."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CHOSEN = 0.25
"""What a booth that a student has chosen is worth beside a fit from 0 to 1: this for the first choice, less for later ones."""
MARKED = {"student": 0.15, "major": 0.1}
"""What it is worth that a company has marked the student, or the student's major."""
ENOUGH = 0.5
"""A talk beyond a student's first is planned where it is worth at least this."""


@dataclass(frozen=True)
class Seeker:
    """A student who may be planned, there from slot `first` until before slot `last`."""

    id: int
    first: int
    last: int


@dataclass(frozen=True)
class Stand:
    """A booth with `seats` recruiters, each of whom talks to one student per slot, from `first` until before `last`."""

    id: int
    seats: int
    first: int
    last: int


@dataclass(frozen=True)
class Problem:
    """One fair. `worth`: one row per student, one column per booth, below zero where the two may not be planned.

    `breath`: every so many-th slot stays free for the line and for talks that last longer; 0: none does.
    `shut`: slots in which the fair is closed.
    """

    slots: int
    students: Sequence[Seeker]
    booths: Sequence[Stand]
    worth: Floats
    most: int = 6
    breath: int = 0
    shut: frozenset[int] = frozenset()


@dataclass(frozen=True, order=True)
class Talk:
    """One planned talk: by ids, with the slot and the recruiter's seat."""

    student: int
    booth: int
    slot: int
    seat: int


@dataclass(frozen=True)
class Proposal:
    """The talks in order of student and slot; `without`: students for whom no seat was free, ids in order."""

    talks: Sequence[Talk]
    without: Sequence[int]


@dataclass(frozen=True)
class Wishes:
    """What both sides have said.

    `choices`: student → booths, the dearest first. `marks`: (booth, student) → "student" or "major".
    `closed`: students who are planned with booths they have chosen alone, by choice alone.
    `barred`: (booth, student) of those who do not meet any more, whatever either has said.
    """

    choices: Mapping[int, Sequence[int]]
    marks: Mapping[tuple[int, int], str] = field(default_factory=dict)
    closed: Sequence[int] = ()
    barred: Collection[tuple[int, int]] = ()


def worth_of(fit: Floats, students: Sequence[int], booths: Sequence[int], wishes: Wishes) -> Floats:
    """What each pair is worth: fit, and what both sides have said; below zero where the two may not be planned."""
    row = {pk: place for place, pk in enumerate(students)}
    column = {pk: place for place, pk in enumerate(booths)}
    worth = fit.astype(np.float64, copy=True)
    worth[[row[pk] for pk in wishes.closed]] = -1.0
    for student, chosen in wishes.choices.items():
        known = [booth for booth in chosen if booth in column]
        for place, booth in enumerate(known):
            at = row[student], column[booth]
            # What stood below zero was no figure but "may not": the choice opens it.
            worth[at] = max(worth[at], 0.0) + CHOSEN * (1 - place / (2 * len(known)))
    for (booth, student), kind in wishes.marks.items():
        if booth in column and student in row and worth[row[student], column[booth]] >= 0:
            worth[row[student], column[booth]] += MARKED[kind]
    for booth, student in wishes.barred:
        if booth in column and student in row:
            worth[row[student], column[booth]] = -1.0
    return worth
