"""A SYNTHETIC PROXY in Chinese, built from official descriptions of occupations. No person stands behind it.

There are no real labels of who fits what in Chinese that we could use. Here a made-up student tells half of the tasks
of an occupation under one of its names, and a made-up posting tells the other half under another name. The student
chooses, of twenty postings, by a worth WE ASSUME: the same occupation, or one close to it, a wanted place, enough pay,
education met, and chance. So figures on this set say whether the features find the same work told in other words; the
weight of place, pay and education is our assumption and no finding. Every report names the set "synthetic proxy".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np

from matching.evaluation import metrics, tables
from matching.features.arrays import Floats
from matching.rankers.base import score
from matching.rankers.baseline import Baseline
from matching.training.cold_start import fitted_rules
from matching.training.dataset import Examples, build
from matching.training.fit import fit
from matching.training.splits import held_out_people
from matching.types import Interaction, Position, Student

NAME = "synthetic proxy"
NOTE = "Made-up people and postings from official descriptions of occupations; what they choose is assumed, not observed."
FILE = "occupation_texts_2022.csv.gz"
SHOWN = 20
ASSUMED = ("place", "commute", "salary", "salary_sure", "salary_overlap", "education")
"""Features of wishes whose weight in a made-up choice is laid down below: nothing can be learnt from them here."""
_TASK = re.compile(r"\d+\.")
_START = datetime(2026, 3, 1, 8, tzinfo=UTC)
_CITIES = ("420100", "420500", "430100", "440100", "110000")
_LEVELS = ("secondary", "associate", "bachelor")


@dataclass(frozen=True)
class Occupation:
    """One occupation: its code, its names (the official one is among them), its tasks in order."""

    code: str
    names: tuple[str, ...]
    tasks: tuple[str, ...]


def read_occupations(folder: Path) -> list[Occupation]:
    """Occupations with at least two names and four tasks."""
    found = []
    for row in tables.rows(folder / FILE, ("code", "tasks", "alias")):
        tasks = tuple(part.strip(" 。；") for part in _TASK.split(row["tasks"]) if part.strip(" 。；"))
        names = tuple(dict.fromkeys(filter(None, re.split(r"[,/，、\s]+", row["alias"]))))
        if len(names) > 1 and len(tasks) > 3:
            found.append(Occupation(row["code"], names, tasks))
    return found


def showings(occupations: list[Occupation], *, people: int = 300, seed: int = 0) -> list[Interaction]:
    """One list of twenty postings per made-up student, and what the assumed worth makes them choose.

    ValueError where there are too few occupations for a list.
    """
    if len(occupations) < SHOWN:
        raise ValueError(
            f"{len(occupations)} occupations with two names and four tasks, at least {SHOWN} needed"
        )
    random = np.random.default_rng(seed)
    offers = [_position(number, one, random) for number, one in enumerate(occupations)]
    rows = []
    for number in range(people):
        place = int(random.integers(len(occupations)))
        student = _student(number, occupations[place], random)
        shown = [offers[i] for i in _near(place, occupations, random)]
        worth = np.array([_worth(student, occupations[place].code, one) for one in shown])
        chosen = shown[int(np.argmax(worth + random.gumbel(0, 0.3, len(shown))))].id
        rows.append(Interaction(student, shown, {chosen}, _START + timedelta(days=number % 30)))
    return rows


def evaluate_proxy(
    folder: Path, *, seeds: int, people: int = 300, progress: Callable[[str], None] | None = None
) -> dict[str, Any]:
    """AUC, nDCG@10, MRR and HR@10 per system on made-up people kept back; see the head of this file."""
    say = progress or (lambda _: None)
    occupations = read_occupations(folder)
    found: dict[str, dict[str, list[float]]] = {}
    for seed in range(seeds):
        data = build(showings(occupations, people=people, seed=seed), Baseline().features)
        aside = held_out_people(data.people, seed=seed, share=0.4)
        judge = data.only(aside)
        for system, scores in _systems(data.only(~aside), judge, seed).items():
            by = metrics.per_person(scores, judge.relevant, judge.groups, judge.people)
            for name, values in by.items():
                found.setdefault(system, {}).setdefault(name, []).extend(values.values())
        say(f"{NAME}, seed {seed}: {len(np.unique(judge.people))} made-up people judged")
    systems = {system: _summary(by) for system, by in found.items()}
    judged = len(found["ours"]["auc"])
    return {
        "set": NAME,
        "synthetic": True,
        "note": NOTE,
        "people": judged,
        "seeds": seeds,
        "systems": systems,
    }


def _systems(learn: Examples, judge: Examples, seed: int) -> dict[str, Floats]:
    columns = {name: judge.values[:, place] for place, name in enumerate(judge.features)}
    return {
        "ours": score(fit(learn, name="ours", seed=seed), judge.values),
        "fitted_rules": score(fitted_rules(learn, name="rules", seed=seed, assumed=ASSUMED), judge.values),
        "weighted_rules": score(Baseline(), judge.values),
        "encoder": np.nan_to_num(columns["meaning"]),
        "bigrams": np.nan_to_num(columns["title_similarity"]),
        "random": np.random.default_rng([seed, 1]).random(len(judge.relevant)),
    }


def _summary(by: dict[str, list[float]]) -> dict[str, float]:
    figures = {name: metrics.mean(values) for name, values in by.items()}
    figures["auc_low"], figures["auc_high"] = metrics.interval(by["auc"])
    return figures


def _near(place: int, occupations: list[Occupation], random: np.random.Generator) -> list[int]:
    """The occupation itself, some of the same group of codes, the rest by lot; in random order."""
    group = occupations[place].code[:4]
    close = [i for i, one in enumerate(occupations) if one.code[:4] == group and i != place]
    some = [int(i) for i in random.permutation(close)[:5]]
    others = [int(i) for i in random.permutation(len(occupations)) if i != place and i not in some]
    return [int(i) for i in random.permutation([place, *some, *others[: SHOWN - 1 - len(some)]])]


def _worth(student: Student, code: str, offer: Position) -> float:
    same = {4: 3.0, 3: 1.5, 2: 0.5}.get(_shared(code, offer.occupation_code), 0.0)
    enough = (offer.salary_max or 0) >= (student.salary_floor or 0)
    met = _LEVELS.index(student.education) >= _LEVELS.index(offer.education)
    return same + 0.8 * (offer.city_code in student.wanted_cities) + 0.5 * enough + 0.5 * met


def _shared(one: str, other: str) -> int:
    """Levels two codes have in common from the top; equal numbers below another branch say nothing."""
    return sum(
        1
        for _ in takewhile(
            lambda pair: pair[0] == pair[1], zip(one.split("-"), other.split("-"), strict=False)
        )
    )


def _student(number: int, one: Occupation, random: np.random.Generator) -> Student:
    said = bool(random.integers(2))
    return Student(
        id=number, major="", major_code="", education=str(random.choice(_LEVELS)), skills=(), certificates=(),
        experience_months=0, wanted_occupations=(one.code,) if said else (),
        wanted_cities=(str(random.choice(_CITIES)),), wanted_kinds=("full_time",),
        salary_floor=int(random.integers(3, 9)) * 1000, text="；".join(one.tasks[::2]), available_from=None,
        headlines=(one.names[-1],),
    )  # fmt: skip


def _position(number: int, one: Occupation, random: np.random.Generator) -> Position:
    low = int(random.integers(3, 9)) * 1000
    return Position(
        id=number, title=one.names[0], occupation_code=one.code, majors=(), skills=(),
        education=str(random.choice(_LEVELS)), experience_months=0, city_code=str(random.choice(_CITIES)),
        kind="full_time", salary_min=low, salary_max=low + 1500, text="；".join(one.tasks[1::2]), openings=1,
        applicants=0, published_on=None, starts_on=None,
    )  # fmt: skip
