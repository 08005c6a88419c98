"""The systems ours is measured against on a judged set. None of them ever serves."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from threadpoolctl import threadpool_limits

from matching.evaluation.views import Views
from matching.features import meaning
from matching.features.arrays import Floats
from matching.training.dataset import Examples
from matching.training.splits import held_out_people

Table = NDArray[np.float32]
# The usual constants of BM25: how soon a repeated word stops counting, and how much a long document is held back.
_SOON, _LONG = 1.2, 0.75
_ROUNDS, _PATIENCE = 400, 40


def text_tables(views: Views) -> dict[str, Table]:
    """BM25, TF-IDF and, where there is an encoder, cosine of sentence vectors: people × postings."""
    profiles = [student.text for student in views.students]
    titles = [position.title for position in views.positions]
    found = {"bm25": bm25(profiles, titles), "tfidf": tfidf(profiles, titles)}
    if meaning.available():
        vectors = meaning.unpressed(meaning.meanings([*profiles, *titles]))
        found["encoder"] = np.asarray(vectors[: len(profiles)] @ vectors[len(profiles) :].T)
    return found


def tfidf(queries: list[str], documents: list[str]) -> Table:
    """Cosine of word TF-IDF; 0 for all where the documents hold no word."""
    words = TfidfVectorizer(sublinear_tf=True)
    if not _has_words(words, documents):
        return np.zeros((len(queries), len(documents)), dtype=np.float32)
    offered = words.fit_transform(documents)
    return np.asarray((words.transform(queries) @ offered.T).toarray(), dtype=np.float32)


def bm25(queries: list[str], documents: list[str]) -> Table:
    """BM25 of every document for every query; a word of the query counts once, and without any word all have 0."""
    words = CountVectorizer()
    if not _has_words(words, documents):
        return np.zeros((len(queries), len(documents)), dtype=np.float32)
    counts = words.fit_transform(documents).tocsr().astype(np.float64)
    asked = words.transform(queries)
    asked.data[:] = 1.0
    holding = np.bincount(counts.indices, minlength=counts.shape[1])
    rare = np.log1p((counts.shape[0] - holding + 0.5) / (holding + 0.5))
    lengths = np.asarray(counts.sum(axis=1)).ravel()
    held_back = _SOON * (1 - _LONG + _LONG * lengths / max(lengths.mean(), 1e-9))
    often = counts.data
    per_entry = np.repeat(held_back, np.diff(counts.indptr))
    weighed = often * (_SOON + 1) / (often + per_entry) * rare[counts.indices]
    weights = sparse.csr_matrix((weighed, counts.indices, counts.indptr), shape=counts.shape)
    return np.asarray((asked @ weights.T).toarray(), dtype=np.float32)


def _has_words(reader: CountVectorizer, documents: list[str]) -> bool:
    split = reader.build_analyzer()
    return any(split(document) for document in documents)


def popularity(views: Views, teachers: set[int], taught_on: Views) -> Floats:
    """How many of the people who teach viewed each posting; one never viewed there has 0.

    In a catalogue of viewed postings this gives the answer away upside down: a posting whose only viewer is
    judged has no view. It is a rival to be shown, never a feature.
    """
    seen: dict[int, int] = {}
    for who, place in taught_on.everybody:
        if who in teachers:
            posting = taught_on.positions[place].id
            seen[posting] = seen.get(posting, 0) + 1
    return np.array([seen.get(position.id, 0) for position in views.positions], dtype=np.float64)


def boosting(learn: Examples, judge: Examples, seed: int) -> Floats:
    """Boosted trees of scikit-learn, row by row: what additivity costs without another library."""
    trees = HistGradientBoostingClassifier(max_iter=100, learning_rate=0.05, random_state=seed)
    known = ~np.isnan(learn.values).all(axis=0)
    # One thread: on shared cores the threads of small trees wait for each other most of the time.
    with threadpool_limits(1):
        trees.fit(learn.values[:, known], learn.relevant > 0)
        return np.asarray(trees.decision_function(judge.values[:, known]), dtype=np.float64)


def lambdamart(learn: Examples, judge: Examples, seed: int) -> Floats | None:
    """LambdaMART of LightGBM on the same features and lists; None where LightGBM is not installed.

    One in five of the people it learns from decide when it stops; None too where they are so few that none of them is.
    """
    try:
        lightgbm = import_module("lightgbm")
    except ImportError:
        return None
    aside = held_out_people(learn.people, seed=seed, share=0.2)
    if not aside.any():
        return None
    options = {
        "objective": "lambdarank",
        "metric": "ndcg",
        "eval_at": [10],
        "learning_rate": 0.05,
        "num_leaves": 15,
        "min_data_in_leaf": 50,
        "seed": seed,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "verbosity": -1,
    }
    sets = [
        lightgbm.Dataset(part.values, part.relevant, group=np.unique(part.groups, return_counts=True)[1])
        for part in (learn.only(~aside), learn.only(aside))
    ]
    stop = lightgbm.early_stopping(_PATIENCE, verbose=False)
    trees = lightgbm.train(options, sets[0], _ROUNDS, valid_sets=[sets[1]], callbacks=[stop])
    return np.asarray(trees.predict(judge.values), dtype=np.float64)


def rows_of(
    table: Mapping[str, Table], people: NDArray[np.int64], postings: NDArray[np.int64]
) -> dict[str, Floats]:
    """The scores of lists (one row of postings per person), list after list."""
    return {
        name: scores[people[:, None], postings].ravel().astype(np.float64) for name, scores in table.items()
    }
