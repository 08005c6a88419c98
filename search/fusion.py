"""One order out of two: by the words and by the meaning.

Scores of both kinds are made comparable as z-scores over all hits that either side found, the best 200 of each, and added
with equal weight (a sum of z-scores beat reciprocal ranks on labelled titles). A hit that has none of the words scores 0
there, and what has the words is compared in meaning too, so that no hit is judged by what its own side left out. Three
mild boosts are added: a title that is the query, a fresh posting, many openings.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

WINDOW = 200
# A cosine as great as this is likeness. Between one in twenty and one in ten true pairs of Chinese and English titles lie
# lower, and whole sentences more often, so where the nearest of all is far off, hits may be somewhat farther (`floor`);
# where even that one lies below the least, it is taken for chance.
LIKE, LEAST_BEST, OF_BEST = 0.45, 0.35, 0.7
EXACT_TITLE, FRESH, MANY = 0.5, 0.15, 0.1
HALF_LIFE_DAYS = 30.0

Scores: TypeAlias = NDArray[np.float64]


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


def floor(best: float) -> float:
    """The least cosine of a hit by meaning, where the greatest of all is `best`."""
    return min(LIKE, OF_BEST * best) if best >= LEAST_BEST else LIKE


def fuse(
    by_words: Sequence[Found],
    by_meaning: Sequence[Found],
    *,
    now: int,
    exact: int,
    worded: int | None = None,
    cosines: Mapping[int, float] | None = None,
) -> list[Ranked]:
    """The common order.

    `by_words` comes best first; `worded` is how many hits by words there are in all (None: these), `cosines` what is known
    of their meaning by the key of their title, `exact` the key of the query as a title. The first 200 of each side are
    ordered together, the rest of `by_words` follows as it is, so that a page does not depend on how far the window reaches.
    """
    least = floor(max((hit.score for hit in by_meaning), default=0.0))
    meant = sorted((hit for hit in by_meaning if hit.score >= least), key=_best_first)[:WINDOW]
    first = by_words[:WINDOW]
    hits = {hit.id: hit for hit in (*meant, *first)}
    of_words = {hit.id: hit.score for hit in first}
    of_meaning = {hit.id: cosines[hit.key] for hit in first if cosines and hit.key in cosines}
    # Also of those that are too far to be hits by their meaning alone: what an engine tells of them is known.
    of_meaning |= {hit.id: hit.score for hit in by_meaning if hit.id in hits}
    complete = (len(by_words) if worded is None else worded) <= WINDOW
    keys = _boosts(list(hits.values()), now, exact)
    keys += _scaled(hits, of_words, 0.0 if complete else min(of_words.values(), default=0.0))
    keys += _scaled(hits, of_meaning, min(of_meaning.values(), default=0.0))
    rounded = np.round(keys, 4).tolist()
    head = [Ranked(key, hit.id, hit.version) for key, hit in zip(rounded, hits.values(), strict=True)]
    head.sort(key=lambda hit: (-hit.key, -hit.id))
    rest = [hit for hit in by_words[WINDOW:] if hit.id not in hits]
    last = head[-1].key if head else 0.0
    return head + [
        Ranked(round(last - place / 1e4, 4), hit.id, hit.version) for place, hit in enumerate(rest, 1)
    ]


def by_place(hits: Sequence[Found]) -> list[Found]:
    """Hits by words, best first as an engine gives them, with those of one score by id.

    An engine has these in the order of storage, which differs from index to index, and cuts them there. So they are moved
    within the window and within the rest, not across: the same hits are in the window however many were asked for.
    """
    parts = hits[:WINDOW], hits[WINDOW:]
    return [hit for part in parts for hit in sorted(part, key=lambda hit: (-round(hit.score, 4), -hit.id))]


def _best_first(hit: Found) -> tuple[float, int]:
    return -hit.score, -hit.id


def _scaled(ids: Iterable[int], known: Mapping[int, float], other: float) -> Scores:
    """The z-score of each among all, where those that nothing is known of have the score `other`; 0 where all are the same."""
    scores = np.array([known.get(id, other) for id in ids], np.float64)
    spread = scores.std() if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 1e-9 else np.zeros(len(scores))


def _boosts(hits: Sequence[Found], now: int, exact: int) -> Scores:
    days = np.maximum(0.0, now - np.array([hit.published for hit in hits], np.float64)) / 86_400
    openings = np.maximum(1.0, np.array([hit.openings for hit in hits], np.float64))
    title = np.array([hit.key == exact for hit in hits], np.float64)
    many = np.minimum(1.0, np.log10(openings) / 2)
    return EXACT_TITLE * title + FRESH * np.power(0.5, days / HALF_LIFE_DAYS) + MANY * many
