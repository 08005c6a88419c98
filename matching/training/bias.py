"""What stood higher was seen more: how much more, and what a choice counts after that is taken out.

The model is the usual one of places: a thing is chosen if it was looked at and liked; the chance to be looked at is
the place to the power -fading, whoever looks. A choice then counts one over that chance, so that what was liked
far down counts as often as it would have been seen on top.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from matching.features.arrays import Floats
from matching.two_sided import FADING

Integers = NDArray[np.int64]
# A single lucky choice far down must not outweigh all others.
MOST = 20.0
# Fewer choices than this tell nothing certain about the fading.
FEWEST_CHOICES = 200
_TRIED = np.linspace(0.0, 2.0, 81)
_KINDS = 10


def looked_at(places: Floats | Integers, fading: float = FADING) -> Floats:
    """The chance of each place (1 is first) to be looked at; 1 for a place that is not known (0)."""
    return np.where(places > 0, np.power(np.maximum(places, 1.0), -fading), 1.0)


def importance(chances: Floats) -> Floats:
    """One over the chance to be looked at, at most MOST."""
    return np.minimum(1.0 / np.maximum(chances, 1e-9), MOST)


def estimated_fading(places: Integers, chosen: Floats, liking: Floats) -> float | None:
    """The fading under which the choices are likeliest; None where too few choices have a known place.

    liking: any score that tells likelier choices from others; rows of like score are taken to be liked alike. For
    every fading tried, each kind's rate of liking is the likeliest one, so that only the fading is left to judge.
    """
    known = places > 0
    hits = (chosen > 0) & known
    if int(hits.sum()) < FEWEST_CHOICES:
        return None
    cuts = np.unique(np.quantile(liking[known], np.linspace(0, 1, _KINDS + 1)[1:-1]))
    kind = np.searchsorted(cuts, liking[known], side="right")
    clicked = hits[known]
    worth = []
    for fading in _TRIED:
        chances = looked_at(places[known], float(fading))
        per_kind = np.bincount(kind[clicked], minlength=_KINDS)
        seen = np.bincount(kind, chances, minlength=_KINDS)
        rates = np.divide(per_kind, seen, out=np.zeros(_KINDS), where=seen > 0)
        # Poisson likelihood; the expected number of choices equals the number seen for every fading.
        worth.append(float(np.log(chances[clicked] * rates[kind[clicked]]).sum()))
    return float(_TRIED[int(np.argmax(worth))])
