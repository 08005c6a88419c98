"""Sentence vectors for tests: the same for the same text, close for texts that share words, and quick."""

import zlib
from functools import cache

import numpy as np
import pytest

from matching.features import meaning


@cache
def _direction(bigram):
    seed = zlib.crc32(bigram.casefold().encode())
    return np.random.default_rng(seed).integers(0, meaning.WIDTH, 32)


def quick_encoder(texts):
    """Sums of a random direction per bigram, of length 1."""
    found = np.zeros((len(texts), meaning.WIDTH), dtype=np.float32)
    for place, text in enumerate(texts):
        for start in range(max(len(text) - 1, 1)):
            found[place, _direction(text[start : start + 2])] += 1
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def _quick_meanings(request):
    """Unit tests do not wait for the real encoder; the marker `data` asks for it."""
    if request.node.get_closest_marker("data"):
        yield
        return
    meaning.use(quick_encoder)
    yield
    meaning.reset()


@pytest.fixture
def no_vectors(_quick_meanings):
    """Without sentence vectors: for rows that are made anew very often, whose directions cost most."""
    meaning.use(None)
