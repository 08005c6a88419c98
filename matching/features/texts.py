"""Texts as sparse vectors of character bigrams, each text read once.

They are those of scikit-learn's HashingVectorizer(analyzer="char", ngram_range=(2, 2), n_features=2**16,
alternate_sign=False), number by number, without its 80 MB in a process that only serves. Hashing keeps no vocabulary, so
that a pair scores the same alone and in any company.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Row = tuple[NDArray[np.int32], NDArray[np.float64]]
WIDTH = 2**16
_SPACES = re.compile(r"\s\s+")
_WORD = 0xFFFFFFFF
# Twelve bytes each: at most some 100 MB of vectors are kept, then all are dropped.
MOST_KEPT = 8_000_000
_known: dict[str, Row] = {}


def vectors(texts: Sequence[str]) -> sparse.csr_matrix:
    """One row per text, of length 1, or 0 for a text shorter than two characters."""
    rows = _rows(texts)
    starts = np.zeros(len(texts) + 1, dtype=np.int32)
    np.cumsum([len(rows[text][0]) for text in texts], out=starts[1:])
    indices = np.concatenate([np.zeros(0, dtype=np.int32), *(rows[text][0] for text in texts)])
    data = np.concatenate([np.zeros(0), *(rows[text][1] for text in texts)])
    return sparse.csr_matrix((data, indices, starts), shape=(len(texts), WIDTH))


def _rows(texts: Sequence[str]) -> dict[str, Row]:
    """The wanted rows in a dict of their own: another thread may drop the kept ones at any moment."""
    found = {text: _known.get(text) for text in texts}
    rows = {text: row for text, row in found.items() if row is not None}
    fresh = [text for text, row in found.items() if row is None]
    if not fresh:
        return rows
    rows.update((text, _row(text)) for text in fresh)
    more = sum(len(rows[text][0]) for text in fresh)
    if more + sum(len(row[0]) for row in list(_known.values())) > MOST_KEPT:
        _known.clear()
    if more <= MOST_KEPT:
        _known.update((text, rows[text]) for text in fresh)
    return rows


def _row(text: str) -> Row:
    """How often each place of the vector is hit, as a vector of length 1."""
    plain = _SPACES.sub(" ", text.lower())
    hits = Counter(map(_place, plain, plain[1:]))
    places = np.array(sorted(hits), dtype=np.int32)
    counts = np.array([hits[place] for place in places.tolist()], dtype=np.float64)
    return places, counts / np.sqrt(counts @ counts) if len(counts) else counts


@lru_cache(maxsize=50_000)
def _place(first: str, second: str) -> int:
    """Where in the vector two characters in a row are counted: MurmurHash3 (32 bits, seed 0), its sign dropped."""
    data = (first + second).encode("utf-8", "surrogatepass")
    whole = len(data) & ~3
    held = 0
    for start in range(0, whole, 4):
        held = _turn(held ^ _mixed(data[start : start + 4]), 13) * 5 + 0xE6546B64 & _WORD
    held ^= _mixed(data[whole:]) ^ len(data)
    held = (held ^ held >> 16) * 0x85EBCA6B & _WORD
    held = (held ^ held >> 13) * 0xC2B2AE35 & _WORD
    held ^= held >> 16
    return min(held, 2**32 - held) % WIDTH


def _mixed(part: bytes) -> int:
    return _turn(int.from_bytes(part, "little") * 0xCC9E2D51 & _WORD, 15) * 0x1B873593 & _WORD


def _turn(word: int, by: int) -> int:
    return (word << by | word >> 32 - by) & _WORD
