"""The only import for others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from pathlib import Path

import numpy as np

from matching import artifacts
from matching import explain as words
from matching.artifacts import Card
from matching.features.arrays import Floats, Pairs
from matching.features.registry import REGISTRY, extract
from matching.rankers.base import Ranker, score
from matching.rankers.baseline import Baseline
from matching.training import fit
from matching.types import Interaction, Match, Position, Student, Suggestion

_log = logging.getLogger(__name__)
_serving: list[Ranker] = [Baseline()]
# Pairs whose values of one feature are held at a time: some arrays of 16 MB.
_PAIRS_AT_ONCE = 2_000_000


def active_model() -> str:
    """Name of the ranker that answers now."""
    return _serving[0].name


def load(directory: Path) -> str:
    """Serves the newest accepted artifact of the folder, else the weighted rules; says which."""
    _serving[0] = _newest(directory) or Baseline()
    return active_model()


def train(
    interactions: Iterable[Interaction],
    out: Path,
    *,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Card:
    """Learns from what people did and writes an artifact into `out`, which `load` serves if accepted."""
    return fit.train(interactions, out, seed=seed, progress=progress)


def score_matrix(
    students: Sequence[Student], positions: Sequence[Position], *, on: date | None = None
) -> Floats:
    """Scores in [0, 1], one row per student and one column per position."""
    ranker = _serving[0]
    scores = np.full((len(students), len(positions)), ranker.base)
    if not scores.size:
        return scores
    step = max(_PAIRS_AT_ONCE // len(positions), 1)
    for start in range(0, len(students), step):
        pairs = Pairs(students[start : start + step], positions, on)
        for index, name in enumerate(ranker.features):
            scores[start : start + step] += ranker.term(index, REGISTRY[name].compute(pairs))
    return np.clip(scores, 0.0, 1.0, out=scores)


def rank_positions(
    student: Student, positions: Sequence[Position], *, limit: int = 20, on: date | None = None
) -> list[Match]:
    """The best positions for a student, best first; equal scores in order of id."""
    ranker = _serving[0]
    values = extract(Pairs([student], positions, on), ranker.features)[0]
    order = _best(score(ranker, values), [p.id for p in positions], limit)
    return [words.to_match(ranker, student, positions[i], values[i]) for i in order]


def rank_students(
    position: Position, students: Sequence[Student], *, limit: int = 20, on: date | None = None
) -> list[Match]:
    """The best students for a position, best first; equal scores in order of id.

    Written for the recruiter: the private wish about pay stands in one sum with other wishes.
    """
    ranker = _serving[0]
    values = extract(Pairs(students, [position], on), ranker.features)[:, 0]
    order = _best(score(ranker, values), [s.id for s in students], limit)
    matches = [words.to_match(ranker, students[i], position, values[i]) for i in order]
    return [words.for_recruiter(match) for match in matches]


def explain(student: Student, position: Position, *, on: date | None = None) -> Match:
    """One pair with all its reasons, for the student; their contributions sum to the score."""
    ranker = _serving[0]
    values = extract(Pairs([student], [position], on), ranker.features)[0, 0]
    return words.to_match(ranker, student, position, values)


def raise_by(student: Student, position: Position) -> list[Suggestion]:
    """Single changes on the student's side that would raise the match."""
    return words.suggestions(_serving[0], student, position)


def _newest(directory: Path) -> Ranker | None:
    for path in artifacts.newest_first(directory):
        try:
            card, model = artifacts.read(path)
        except artifacts.ArtifactError as error:
            _log.warning("model not served: %s", error)
            continue
        if card.accepted and model is not None:
            return model
    return None


def _best(scores: Floats, ids: Sequence[int], limit: int) -> list[int]:
    if not len(ids) or limit <= 0:
        return []
    # Rounding keeps sums taken in another order from breaking a tie.
    return [int(i) for i in np.lexsort((np.array(ids), -scores.round(12)))[:limit]]
