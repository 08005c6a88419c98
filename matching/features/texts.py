"""Texts as sparse vectors of character bigrams, each text read once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import HashingVectorizer

Row = tuple[NDArray[np.int32], NDArray[np.float64]]
# Hashing keeps no vocabulary, so that a pair scores the same alone and in any company.
_BIGRAMS = HashingVectorizer(analyzer="char", ngram_range=(2, 2), n_features=2**16, alternate_sign=False)
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
    return sparse.csr_matrix((data, indices, starts), shape=(len(texts), 2**16))


def _rows(texts: Sequence[str]) -> dict[str, Row]:
    """The wanted rows in a dict of their own: another thread may drop the kept ones at any moment."""
    found = {text: _known.get(text) for text in texts}
    rows = {text: row for text, row in found.items() if row is not None}
    fresh = [text for text, row in found.items() if row is None]
    if not fresh:
        return rows
    matrix = _BIGRAMS.transform(fresh)
    for place, text in enumerate(fresh):
        part = slice(matrix.indptr[place], matrix.indptr[place + 1])
        rows[text] = (matrix.indices[part].astype(np.int32), matrix.data[part].copy())
    if matrix.nnz + sum(len(row[0]) for row in list(_known.values())) > MOST_KEPT:
        _known.clear()
    if matrix.nnz <= MOST_KEPT:
        _known.update((text, rows[text]) for text in fresh)
    return rows
