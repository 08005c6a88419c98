"""What search is held against, over the same documents: BM25 on bigrams, TF-IDF of characters, the encoder alone.

A system is a function: a query in, ids of documents out, best first.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from search.documents import PositionDocument
from search.text import exact, normalise
from search.vectors import VectorFile

System: TypeAlias = Callable[[str], list[int]]
# The usual constants of BM25 (Robertson and Zaragoza 2009).
K1, B = 1.2, 0.75
DEPTH = 1_000


def bm25_bigram(documents: Sequence[PositionDocument]) -> System:
    """BM25 over Chinese bigrams and stems of other words."""
    counter = CountVectorizer(analyzer=exact)
    counts = counter.fit_transform([document.title for document in documents]).astype(np.float32).tocoo()
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    among = np.bincount(counts.col, minlength=counts.shape[1])
    rarity = np.log1p((len(documents) - among + 0.5) / (among + 0.5))
    damped = counts.data + K1 * (1 - B + B * lengths[counts.row] / lengths.mean())
    counts.data = rarity[counts.col] * counts.data * (K1 + 1) / damped
    return _words(documents, counter, counts.tocsr())


def tfidf_char(documents: Sequence[PositionDocument]) -> System:
    """Cosine of TF-IDF over single characters and pairs of them."""
    weights = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 2), preprocessor=normalise, sublinear_tf=True, dtype=np.float32
    )
    return _words(documents, weights, weights.fit_transform([document.title for document in documents]))


def _words(documents: Sequence[PositionDocument], vectorizer: Any, matrix: Any) -> System:
    # By words, so that a query reads those of its own only.
    inverted = matrix.T.tocsr()

    def ranked(text: str) -> list[int]:
        return _best((vectorizer.transform([text]) @ inverted).toarray().ravel(), documents, 0.0)

    return ranked


def encoder(documents: Sequence[PositionDocument], vectors: VectorFile) -> System:
    """Cosine of sentence vectors."""
    _, rows = vectors.of([document.title for document in documents])
    directions = rows.astype(np.float32)
    directions /= np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1)

    def ranked(text: str) -> list[int]:
        return _best(directions @ vectors.of_query(text).astype(np.float32), documents, -np.inf)

    return ranked


def _best(scores: NDArray[Any], documents: Sequence[PositionDocument], least: float) -> list[int]:
    """Ids of the documents that score more than `least`, best first, equal ones in the order of the set."""
    order = np.argsort(-scores, kind="stable")[:DEPTH]
    return [documents[place].id for place in order if scores[place] > least]
