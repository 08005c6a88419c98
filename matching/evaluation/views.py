"""A judged set of job views: who looked at which posting, read from three public tables.

A person's profile is their interests and last jobs; the posting viewed is relevant, 99 others are not.
The catalogue holds only postings that somebody viewed, so any count of views, or their date, gives the
answer away: neither is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.evaluation import tables
from matching.evaluation.tables import Row
from matching.types import Position, Student

NEGATIVES = ("same-state", "uniform")
_WORD = re.compile(r"[a-z0-9+#.]*[a-z0-9+#]")
_COMMON = frozenset(
    ("a", "an", "and", "at", "for", "full", "in", "job", "of", "or", "part", "the", "time", "to", "with")
)
_LAST_JOBS = 3
# What every table must have, and what is blank where it has not.
_NEEDED = {
    "job_views": ("Applicant.ID", "Job.ID"),
    "experience": ("Applicant.ID", "Position.Name"),
    "positions_of_interest": ("Applicant.ID", "Position.Of.Interest"),
}
_PLACE = ("City", "State.Code", "State.Name")
_BESIDE = {
    "job_views": ("Title", "Position", "Company", "Industry", *_PLACE),
    "experience": ("End.Date", *_PLACE),
    "positions_of_interest": (),
}
# Two-character codes of digits and capitals; beyond them rarer characters are taken.
_PLAIN, _RARE, _FIRST_RARE = 36**2, 1000, 0x4E00


@dataclass(frozen=True)
class Views:
    """People with a profile, the catalogue, and (person, posting) pairs as places in both.

    `everybody` holds (person id, place of the posting) also of people without a profile: for looking for
    leaks, never for a feature.
    """

    students: tuple[Student, ...]
    positions: tuple[Position, ...]
    seen: tuple[tuple[int, int], ...]
    everybody: tuple[tuple[int, int], ...]

    def states(self) -> NDArray[np.str_]:
        """The state of every posting."""
        return np.array([position.city_code[:2] for position in self.positions])


@dataclass(frozen=True)
class Lists:
    """One list per view: the place of the person, and of the viewed posting followed by the others."""

    people: NDArray[np.int64]
    postings: NDArray[np.int64]


def read_views(folder: Path) -> Views:
    """Reads the folder; people without interests and jobs have no profile and are left out.

    ValueError with file, line and column where a table is not as it should be, or where no posting has a title.
    """
    codes = _Codes()
    students = _students(folder, codes)
    place = {student.id: i for i, student in enumerate(students)}
    catalogue: dict[int, Position] = {}
    pairs: set[tuple[int, int]] = set()
    for row in _rows(folder, "job_views"):
        posting = row.number("Job.ID")
        catalogue.setdefault(posting, _position(posting, row, codes))
        pairs.add((row.number("Applicant.ID"), posting))
    if catalogue and not any(posting.title.strip() for posting in catalogue.values()):
        raise ValueError("job_views.csv.gz: no posting has a Position or Title")
    column = {posting: i for i, posting in enumerate(sorted(catalogue))}
    seen = sorted((place[who], column[what]) for who, what in pairs if who in place)
    everybody = sorted((who, column[what]) for who, what in pairs)
    postings = tuple(catalogue[what] for what in sorted(catalogue))
    return Views(tuple(students), postings, tuple(seen), tuple(everybody))


def draw_lists(views: Views, *, negatives: str, seed: int, count: int = 99) -> Lists:
    """For every view `count` postings the person did not view, from the same state or from anywhere.

    Views in states with fewer other postings are left out.
    """
    if negatives not in NEGATIVES:
        raise ValueError(f"negatives are one of {', '.join(NEGATIVES)}, not {negatives}")
    random = np.random.default_rng(seed)
    states = views.states()
    if negatives == "same-state" and len(states) and not (states != "").any():
        raise ValueError("job_views.csv.gz: no posting has a State.Code or State.Name to find others of")
    everything = np.arange(len(states))
    by_state = {state: np.flatnonzero(states == state) for state in np.unique(states)}
    own: dict[int, list[int]] = {}
    for who, what in views.seen:
        own.setdefault(who, []).append(what)
    people, postings = [], []
    for who, what in views.seen:
        pool = by_state[states[what]] if negatives == "same-state" else everything
        pool = np.setdiff1d(pool, own[who])
        if len(pool) < count:
            continue
        people.append(who)
        postings.append([what, *random.choice(pool, count, replace=False)])
    shape = (len(people), count + 1)
    return Lists(np.array(people, dtype=np.int64), np.array(postings, dtype=np.int64).reshape(shape))


class _Codes:
    """Places as codes of two characters for the state and two for the city, however many there are.

    A state that is told by two letters keeps them; any other has a code of its own.
    """

    def __init__(self) -> None:
        self._states: dict[str, str] = {}
        self._cities: dict[tuple[str, str], str] = {}
        self._used: dict[str, int] = {}

    def of(self, row: Row) -> str:
        state = self._state(row["State.Code"].strip().upper() or _folded(row["State.Name"]))
        city = _folded(row["City"])
        if not state or not city:
            return state
        if (state, city) not in self._cities:
            self._used[state] = self._used.get(state, 0) + 1
            self._cities[state, city] = state + _two(self._used[state])
        return self._cities[state, city]

    def _state(self, told: str) -> str:
        if not told or re.fullmatch("[A-Z]{2}", told):
            return told
        return self._states.setdefault(told, _two(_PLAIN + len(self._states)))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _two(number: int) -> str:
    """Two characters, different ones for every number below a million."""
    if number < _PLAIN:
        return np.base_repr(number, 36).zfill(2)
    first, second = divmod(number, _RARE)
    return chr(_FIRST_RARE + first) + chr(_FIRST_RARE + second)


def _students(folder: Path, codes: _Codes) -> list[Student]:
    texts: dict[int, list[str]] = {}
    homes: dict[int, list[str]] = {}
    for row in _rows(folder, "positions_of_interest"):
        texts.setdefault(row.number("Applicant.ID"), []).append(row["Position.Of.Interest"])
    jobs: dict[int, list[Row]] = {}
    for row in _rows(folder, "experience"):
        jobs.setdefault(row.number("Applicant.ID"), []).append(row)
    for who, held in jobs.items():
        # Jobs without an end are the present ones.
        held.sort(key=lambda row: row["End.Date"] or "9999", reverse=True)
        texts.setdefault(who, []).extend(row["Position.Name"] for row in held[:_LAST_JOBS])
        homes[who] = [code for row in held[:_LAST_JOBS] if (code := codes.of(row))]
    told = {who: "\n".join(filter(str.strip, parts)).casefold() for who, parts in texts.items()}
    lines = {
        who: [line for part in parts if (line := part.strip().casefold())] for who, parts in texts.items()
    }
    return [_student(who, told[who], homes.get(who, []), lines[who]) for who in sorted(told) if told[who]]


def _student(who: int, text: str, homes: list[str], lines: list[str]) -> Student:
    return Student(
        id=who,
        major="",
        major_code="",
        education="any",
        skills=_words(text),
        certificates=(),
        experience_months=0,
        wanted_occupations=(),
        wanted_cities=tuple(dict.fromkeys(homes)),
        wanted_kinds=(),
        salary_floor=None,
        text=text,
        available_from=None,
        headlines=tuple(dict.fromkeys(lines)),
    )


def _position(posting: int, row: Row, codes: _Codes) -> Position:
    named = row["Position"] if row["Position"].strip() else row["Title"].partition(" @ ")[0]
    title = named.casefold()
    return Position(
        id=posting,
        title=title,
        occupation_code="",
        majors=(),
        skills=_words(title),
        education="any",
        experience_months=0,
        city_code=codes.of(row),
        kind="",
        salary_min=None,
        salary_max=None,
        text=" ".join(filter(None, (row["Industry"].casefold(), row["Company"].casefold()))),
        openings=0,
        applicants=0,
        published_on=None,
        starts_on=None,
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for word in _WORD.findall(text) if word not in _COMMON))


def _rows(folder: Path, name: str) -> Iterator[Row]:
    columns = (*_NEEDED[name], *_BESIDE[name])
    return tables.rows(folder / f"{name}.csv.gz", columns, gaps=_BESIDE[name])
