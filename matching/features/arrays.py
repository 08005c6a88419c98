"""Turns students and positions into arrays once, so that no feature loops over pairs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

from matching.features.protected import readable
from matching.types import EDUCATION_LEVELS, Position, Student

Floats = NDArray[np.float64]
# Hashing keeps no vocabulary, so that a pair scores the same alone and in any company.
_BIGRAMS = HashingVectorizer(analyzer="char", ngram_range=(2, 2), n_features=2**16, alternate_sign=False)


@dataclass(frozen=True)
class Pairs:
    """All pairs of some students (rows) with some positions (columns), looked at on a day."""

    students: Sequence[Student]
    positions: Sequence[Position]
    on: date | None = None

    def overlap(self, left: Iterable[Iterable[str]], right: Iterable[Iterable[str]]) -> Floats:
        """How many terms each row has in common with each column."""
        vocabulary: dict[str, int] = {}
        rows = _incidence(left, vocabulary)
        columns = _incidence(right, vocabulary)
        width = max(len(vocabulary), 1)
        rows.resize((rows.shape[0], width))
        columns.resize((columns.shape[0], width))
        return np.asarray((rows @ columns.T).toarray(), dtype=np.float64)

    def similarity(self, left: Sequence[str], right: Sequence[str]) -> Floats:
        """Cosine of character bigrams; NaN where either side is blank."""
        rows, columns = [readable(text) for text in left], [readable(text) for text in right]
        product = _BIGRAMS.transform(rows) @ _BIGRAMS.transform(columns).T
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


def _incidence(sets: Iterable[Iterable[str]], vocabulary: dict[str, int]) -> sparse.csr_matrix:
    indices: list[int] = []
    starts = [0]
    for words in sets:
        indices.extend(vocabulary.setdefault(word, len(vocabulary)) for word in sorted(set(words)))
        starts.append(len(indices))
    return sparse.csr_matrix(
        (np.ones(len(indices)), np.array(indices, dtype=np.int32), np.array(starts, dtype=np.int32)),
        shape=(len(starts) - 1, max(len(vocabulary), 1)),
    )
