"""What people did, as rows a ranker can learn from: one row per thing shown, one group per showing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matching.features.arrays import Floats, Pairs
from matching.features.registry import extract
from matching.training.bias import importance, looked_at
from matching.types import DEEDS, Interaction, Position

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]
# Showings worked out together: few enough that the pairs nobody was shown cost little.
_TOGETHER = 32


@dataclass(frozen=True)
class Examples:
    """Rows of feature values; `relevant` is above 0 for what was chosen, `at` is seconds since 1970.

    places: where each row stood when it was shown, 1 first, 0 unknown. importance: what a choice of the row counts,
    one over the chance that its place was looked at; None: 1 each.
    """

    features: tuple[str, ...]
    values: Floats
    relevant: Floats
    groups: Integers
    people: Integers
    at: Floats
    places: Integers | None = None
    importance: Floats | None = None

    def only(self, rows: Mask) -> Examples:
        """The rows that the mask keeps."""
        return Examples(
            self.features,
            self.values[rows],
            self.relevant[rows],
            self.groups[rows],
            self.people[rows],
            self.at[rows],
            None if self.places is None else self.places[rows],
            None if self.importance is None else self.importance[rows],
        )

    def weighed(self, importance: Floats) -> Examples:
        """The same rows with other importances."""
        return replace(self, importance=importance)

    def hash(self) -> str:
        """Changes with any value, choice, person, moment or order of the rows."""
        digest = hashlib.sha256("\n".join(self.features).encode())
        kept = (self.values, self.relevant, self.groups, self.people, self.at, self.places, self.importance)
        for array in (one for one in kept if one is not None):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def build(
    interactions: Iterable[Interaction],
    features: Sequence[str],
    progress: Callable[[str], None] | None = None,
) -> Examples:
    """Rows of all showings that teach something: one thing chosen that is worth more than another.

    What was chosen is worth the weight of its deed (DEEDS), an application where none is told.
    """
    taught: list[tuple[int, Interaction, Floats]] = []
    for number, row in enumerate(interactions):
        if progress is not None and number and number % 500 == 0:
            progress(f"{number} showings read")
        worth = np.array([_worth(row, position.id) for position in row.shown])
        if len(worth) and worth.max() > worth.min():
            taught.append((number, row, worth))
    if not taught:
        none, nobody = np.zeros(0), np.zeros(0, dtype=np.int64)
        return Examples(
            tuple(features), np.zeros((0, len(features))), none, nobody, nobody, none, nobody, none
        )
    values = _values([row for _, row, _ in taught], features)
    told = [_told(number, row, worth) for number, row, worth in taught]
    relevant, groups, people, at, places, counts = (np.concatenate(part) for part in zip(*told, strict=True))
    whole = (groups.astype(np.int64), people.astype(np.int64))
    return Examples(
        tuple(features), np.concatenate(values), relevant, *whole, at, places.astype(np.int64), counts
    )


def _values(rows: Sequence[Interaction], features: Sequence[str]) -> list[Floats]:
    """The feature values of every showing. Showings of one day are worked out together: some people and all they saw."""
    found: dict[int, Floats] = {}
    by_day: dict[date, list[int]] = {}
    for number, row in enumerate(rows):
        by_day.setdefault(row.at.date(), []).append(number)
    for day, numbers in by_day.items():
        for start in range(0, len(numbers), _TOGETHER):
            part = numbers[start : start + _TOGETHER]
            seen = {position: place for place, position in enumerate(_all_shown(rows[n] for n in part))}
            values = extract(Pairs([rows[n].student for n in part], list(seen), day), features)
            for place, number in enumerate(part):
                found[number] = values[place, [seen[position] for position in rows[number].shown]]
    return [found[number] for number in range(len(rows))]


def _all_shown(rows: Iterable[Interaction]) -> list[Position]:
    return list(dict.fromkeys(position for row in rows for position in row.shown))


def _worth(row: Interaction, position: int) -> float:
    return DEEDS[row.deeds.get(position, "apply")] if position in row.chosen else 0.0


def _told(number: int, row: Interaction, worth: Floats) -> tuple[Floats, ...]:
    """What was chosen, the group, the person, the moment, the places, and what a choice counts."""
    count = len(row.shown)
    for name, given in (("places", row.places), ("propensities", row.propensities)):
        if given and len(given) != count:
            raise ValueError(f"{len(given)} {name} given for {count} shown positions")
    places = np.array(row.places or [0] * count, dtype=np.float64)
    seen = np.array(row.propensities or looked_at(places), dtype=np.float64)
    same = (float(number), float(row.student.id), row.at.timestamp())
    return (worth, *(np.full(count, value) for value in same), places, importance(seen))
