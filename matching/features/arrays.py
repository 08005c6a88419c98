"""Turns students and positions into arrays once, so that no feature loops over pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.features.protected import readable
from matching.features.texts import vectors
from matching.types import EDUCATION_LEVELS, Position, Student

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pairs:
    """All pairs of some students (rows) with some positions (columns), looked at on a day."""

    students: Sequence[Student]
    positions: Sequence[Position]
    on: date | None = None

    def overlap(self, left: Iterable[Iterable[str]], right: Iterable[Iterable[str]]) -> Floats:
        """How many terms each row has in common with each column."""
        vocabulary: dict[str, int] = {}
        listed = [_places(side, vocabulary) for side in (left, right)]
        rows, columns = (_incidence(indices, starts, max(len(vocabulary), 1)) for indices, starts in listed)
        return np.asarray((rows @ columns.T).toarray(), dtype=np.float64)

    def similarity(self, left: Sequence[str], right: Sequence[str]) -> Floats:
        """Cosine of character bigrams; NaN where either side is blank."""
        rows, columns = [readable(text) for text in left], [readable(text) for text in right]
        product = vectors(rows) @ vectors(columns).T
        values = np.clip(np.asarray(product.toarray(), dtype=np.float64), 0.0, 1.0)
        values[[not text for text in rows], :] = np.nan
        values[:, [not text for text in columns]] = np.nan
        return values

    def student_column(self, values: Iterable[float | None]) -> Floats:
        """One number per student, NaN where not given, ready to broadcast."""
        return numbers(values)[:, None]

    def position_row(self, values: Iterable[float | None]) -> Floats:
        """One number per position, NaN where not given, ready to broadcast."""
        return numbers(values)[None, :]

    def fill(self, values: Floats) -> Floats:
        """Broadcasts a row or a column to all pairs."""
        shape = (len(self.students), len(self.positions))
        return np.array(np.broadcast_to(values, shape), dtype=np.float64)


def numbers(values: Iterable[float | None]) -> Floats:
    """Floats with NaN for None."""
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def days(value: date | None) -> float | None:
    """A date as a day number."""
    return None if value is None else float(value.toordinal())


def education_level(name: str) -> float:
    """The place of a level in the ladder; an unknown name asks for nothing."""
    return float(EDUCATION_LEVELS.index(name)) if name in EDUCATION_LEVELS else 0.0


def terms(words: Iterable[str]) -> set[str]:
    """Words compared without case and outer space."""
    return {word.strip().casefold() for word in words if word.strip()}


def _places(sets: Iterable[Iterable[str]], vocabulary: dict[str, int]) -> tuple[list[int], list[int]]:
    """Where each row's terms stand in the vocabulary, which grows, and where each row starts."""
    indices: list[int] = []
    starts = [0]
    for words in sets:
        indices.extend(vocabulary.setdefault(word, len(vocabulary)) for word in sorted(set(words)))
        starts.append(len(indices))
    return indices, starts


def _incidence(indices: list[int], starts: list[int], width: int) -> sparse.csr_matrix:
    return sparse.csr_matrix(
        (np.ones(len(indices)), np.array(indices, dtype=np.int32), np.array(starts, dtype=np.int32)),
        shape=(len(starts) - 1, width),
    )
