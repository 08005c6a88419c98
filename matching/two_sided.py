"""Both sides at once: a score that is high only where both gain, and room that is shared.

The student's side of a pair is what they wish (occupation, place, kind, pay, texts, response), the company's is what
it asks for (skills, education, experience, major, certificates, start); every feature says whose it is, and what both
have done about each other counts on both. Each side's score is the sum of the ranker's
terms of that side, stretched to [0, 1]; mutual = harmonic mean of the two, so that the lesser side decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matching.features.arrays import Columns, Floats, Pairs
from matching.rankers.base import SIDES, Ranker, add_terms, side_of
from matching.types import Match, Position, Student

# The most score that a swamped position gives up against a comparable one.
MOST_GIVEN = 0.05
# Applicants per opening at which a position is as swamped as it gets.
FULL_AT = 10.0
# How fast attention fades down a list: the chance to be looked at is the place to this power, inverted.
FADING = 0.7
# Strong pairs shown per person, so that one person does not fill the list.
PER_PERSON = 2
_PAIRS_AT_ONCE = 500_000


def saturation(positions: Sequence[Position]) -> Floats:
    """How swamped each position is: applicants per opening over ten, 0 to 1; no openings stated: 0."""
    openings = np.array([max(position.openings, 0) for position in positions], dtype=np.float64)
    applicants = np.array([max(position.applicants, 0) for position in positions], dtype=np.float64)
    share = np.divide(applicants, openings * FULL_AT, out=np.zeros(len(positions)), where=openings > 0)
    return np.clip(share, 0.0, 1.0)


def harmonic(student_side: Floats, company_side: Floats) -> Floats:
    """The harmonic mean; 0 where either is 0."""
    total = student_side + company_side
    product = 2.0 * student_side * company_side
    return np.divide(product, total, out=np.zeros_like(total), where=total > 0)


def given(scores: Floats, full: Floats, most: float = MOST_GIVEN) -> Floats:
    """Scores less `most` times saturation, by which positions give way; what is told as score and reason stays as it is.

    A position can be passed only by one whose score is at most `most` below its own.
    """
    return scores - most * full


@dataclass(frozen=True)
class Moved:
    """What giving way changed: the share of exposure that swamped positions had and have (their saturation, weighed
    by the chance of their place to be looked at), and the score given up per place, on average and at most."""

    swamped_before: float
    swamped_after: float
    given_up: float
    most_given_up: float


def exposure_moved(plain: Sequence[Sequence[Match]], spread: Sequence[Sequence[Match]]) -> Moved:
    """Compares the lists of the same people without and with giving way."""
    lost = [
        a.score - b.score
        for one, other in zip(plain, spread, strict=True)
        for a, b in zip(one, other, strict=True)
    ]
    return Moved(
        _swamped(plain),
        _swamped(spread),
        float(np.mean(lost)) if lost else 0.0,
        max(lost, default=0.0),
    )


def _swamped(lists: Sequence[Sequence[Match]]) -> float:
    seen = [(match.propensity, match.saturation) for one in lists for match in one]
    total = sum(chance for chance, _ in seen)
    return sum(chance * full for chance, full in seen) / total if total else 0.0


def examination(place: int) -> float:
    """Chance that the thing at this place of a list (1 is first) is looked at, if nothing better is known."""
    return float(np.power(place, -FADING))


def mutual_matrix(
    ranker: Ranker, students: Sequence[Student], positions: Sequence[Position], on: date | None = None
) -> Floats:
    """Mutual scores in [0, 1], one row per student and one column per position."""
    return both_matrices(ranker, students, positions, on)[1]


def both_matrices(
    ranker: Ranker, students: Sequence[Student], positions: Sequence[Position], on: date | None = None
) -> tuple[Floats, Floats]:
    """Scores and mutual scores of all pairs, every feature worked out once for both."""
    shape = (len(students), len(positions))
    scores, mutual = np.zeros(shape), np.zeros(shape)
    if not scores.size:
        return scores, mutual
    left, right = Columns(students), Columns(positions)
    step = max(_PAIRS_AT_ONCE // shape[1], 1)
    for start in range(0, shape[0], step):
        places = np.arange(start, min(start + step, shape[0]))
        part = slice(start, start + step)
        scores[part], mutual[part] = _both(ranker, Pairs(left.take(places), right, on))
    return scores, mutual


def _both(ranker: Ranker, pairs: Pairs) -> tuple[Floats, Floats]:
    """The terms of both sides count on each, those of a pair of features of two sides on neither."""
    totals = {side: np.zeros(pairs.shape) for side in SIDES}
    add_terms(ranker, pairs, totals)
    bounds: dict[str, list[tuple[float, float]]] = {side: [] for side in SIDES}
    for index, name in enumerate(ranker.features):
        bounds[side_of(ranker, (name,))].append(ranker.bounds(index))
    for index, couple in enumerate(ranker.pairs):
        names = [ranker.features[place] for place in couple]
        bounds[side_of(ranker, names)].append(ranker.pair_bounds(index))
    sides = []
    for side in ("student", "company"):
        own = bounds[side] + bounds["both"]
        low, high = sum(lowest for lowest, _ in own), sum(highest for _, highest in own)
        sides.append(_stretched(totals[side] + totals["both"], low, high))
    return np.clip(ranker.base + sum(totals.values()), 0.0, 1.0), harmonic(*sides)


def strong_pairs(
    ranker: Ranker,
    students: Sequence[Student],
    positions: Sequence[Position],
    acted: Collection[tuple[int, int]],
    *,
    limit: int,
    on: date | None = None,
) -> list[tuple[int, int, float]]:
    """(student id, position id, mutual score) of the best pairs nobody acted on; at most two per person."""
    scores = mutual_matrix(ranker, students, positions, on)
    row = {student.id: i for i, student in enumerate(students)}
    column = {position.id: j for j, position in enumerate(positions)}
    for student_id, position_id in acted:
        if student_id in row and position_id in column:
            scores[row[student_id], column[position_id]] = -1.0
    found: list[tuple[int, int, float]] = []
    used: Counter[int] = Counter()
    for place in np.argsort(-scores.round(12), axis=None, kind="stable"):
        i, j = divmod(int(place), len(positions))
        if len(found) >= limit or scores[i, j] < 0:
            break
        if used[students[i].id] < PER_PERSON:
            used[students[i].id] += 1
            found.append((students[i].id, positions[j].id, float(scores[i, j])))
    return found


def _stretched(sums: Floats, low: float, high: float) -> Floats:
    if high <= low:
        return np.full(sums.shape, 0.5)
    return np.clip((sums - low) / (high - low), 0.0, 1.0)
