"""One order out of two: by the words and by the meaning.

Scores of both kinds are made comparable as z-scores over the best 200 of each kind and added with equal weight (a sum of
z-scores beat reciprocal ranks on labelled titles). What one side did not find has there the score of its last one. Three
mild boosts are added: a title that is the query, a fresh posting, many openings.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

WINDOW = 200
# A cosine below this is taken for chance: between one in twenty and one in ten true pairs of Chinese and English titles
# lie lower, about one in twenty unrelated pairs higher.
LEAST_COSINE = 0.45
EXACT_TITLE, FRESH, MANY = 0.5, 0.15, 0.1
HALF_LIFE_DAYS = 30.0


class Found(NamedTuple):
    """A hit of one side: score, id, row version, second of publication, openings, key of its title."""

    score: float
    id: int
    version: int
    published: int
    openings: int
    key: int


class Ranked(NamedTuple):
    """A hit in the common order: greater keys first, then greater ids."""

    key: float
    id: int
    version: int


def fuse(by_words: Sequence[Found], by_meaning: Sequence[Found], *, now: int, exact: int) -> list[Ranked]:
    """The common order.

    `by_words` comes best first; `exact` is the key of the query as a title. The first 200 of each side are ordered
    together, the rest of `by_words` follows as it is, so that a page does not depend on how far the window reaches.
    """
    meant = sorted((hit for hit in by_meaning if hit.score >= LEAST_COSINE), key=_best_first)[:WINDOW]
    worded = by_words[:WINDOW]
    of_words, of_meaning = _scaled(worded), _scaled(meant)
    least_word, least_meaning = min(of_words.values(), default=0.0), min(of_meaning.values(), default=0.0)
    hits = {hit.id: hit for hit in (*meant, *worded)}
    head = []
    for hit in hits.values():
        score = of_words.get(hit.id, least_word) + of_meaning.get(hit.id, least_meaning)
        head.append(Ranked(round(score + _boost(hit, now, exact), 4), hit.id, hit.version))
    head.sort(key=lambda hit: (-hit.key, -hit.id))
    rest = [hit for hit in by_words[WINDOW:] if hit.id not in hits]
    last = head[-1].key if head else 0.0
    return head + [
        Ranked(round(last - place / 1e4, 4), hit.id, hit.version) for place, hit in enumerate(rest, 1)
    ]


def _best_first(hit: Found) -> tuple[float, int]:
    return -hit.score, -hit.id


def _scaled(hits: Sequence[Found]) -> dict[int, float]:
    """Each hit's z-score among these; 0 where all scores are the same."""
    if not hits:
        return {}
    # Scores of one side lie close together, so their squares are summed from the mean.
    scores = [hit.score for hit in hits]
    mean = math.fsum(scores) / len(scores)
    spread = math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / len(scores))
    return {hit.id: (hit.score - mean) / spread if spread > 1e-9 else 0.0 for hit in hits}


def _boost(hit: Found, now: int, exact: int) -> float:
    days = max(0.0, (now - hit.published) / 86_400)
    fresh = math.pow(0.5, days / HALF_LIFE_DAYS)
    many = min(1.0, math.log10(max(1, hit.openings)) / 2)
    return EXACT_TITLE * (hit.key == exact) + FRESH * fresh + MANY * many
