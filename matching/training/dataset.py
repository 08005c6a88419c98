"""What people did, as rows a ranker can learn from: one row per thing shown, one group per showing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matching.features.arrays import Floats, Pairs
from matching.features.registry import extract
from matching.types import Interaction

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Examples:
    """Rows of feature values; `relevant` is 1 for what was chosen, `at` is seconds since 1970."""

    features: tuple[str, ...]
    values: Floats
    relevant: Floats
    groups: Integers
    people: Integers
    at: Floats

    def only(self, rows: Mask) -> Examples:
        """The rows that the mask keeps."""
        return Examples(
            self.features,
            self.values[rows],
            self.relevant[rows],
            self.groups[rows],
            self.people[rows],
            self.at[rows],
        )

    def hash(self) -> str:
        """Changes with any value, choice, person, moment or order of the rows."""
        digest = hashlib.sha256("\n".join(self.features).encode())
        for array in (self.values, self.relevant, self.groups, self.people, self.at):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def build(
    interactions: Iterable[Interaction],
    features: Sequence[str],
    progress: Callable[[str], None] | None = None,
) -> Examples:
    """Rows of all showings that teach something: at least one thing chosen and one not."""
    values, relevant, groups, people, at = [], [], [], [], []
    for number, row in enumerate(interactions):
        if progress is not None and number and number % 500 == 0:
            progress(f"{number} showings read")
        chosen = [position.id in row.chosen for position in row.shown]
        if not any(chosen) or all(chosen):
            continue
        values.append(extract(Pairs([row.student], row.shown, row.at.date()), features)[0])
        relevant.append(np.array(chosen, dtype=np.float64))
        groups.append(np.full(len(chosen), number, dtype=np.int64))
        people.append(np.full(len(chosen), row.student.id, dtype=np.int64))
        at.append(np.full(len(chosen), row.at.timestamp()))
    if not values:
        none, nobody = np.zeros(0), np.zeros(0, dtype=np.int64)
        return Examples(tuple(features), np.zeros((0, len(features))), none, nobody, nobody, none)
    return Examples(
        tuple(features),
        np.concatenate(values),
        np.concatenate(relevant),
        np.concatenate(groups),
        np.concatenate(people),
        np.concatenate(at),
    )
