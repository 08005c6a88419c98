"""Rows of one side as arrays: each array is made once, kept, and cut to the rows of a question."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from matching.features.meaning import meanings
from matching.features.protected import readable
from matching.features.texts import vectors

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
Codes = NDArray[np.int32]
Row = TypeVar("Row")


class _Vocabulary:
    """Numbers for terms, one list for the whole process, so that any two arrays can be multiplied."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._lock = Lock()

    def numbers(self, words: Iterable[str]) -> list[int]:
        known = self._known
        return [known[word] if word in known else self._add(word) for word in words]

    def __len__(self) -> int:
        return len(self._known)

    def _add(self, word: str) -> int:
        with self._lock:
            return self._known.setdefault(word, len(self._known))


_vocabulary = _Vocabulary()


class Columns(Generic[Row]):
    """A sequence of rows and the arrays read off them, by name.

    The name stands for the function given with it: one name must always come with the same function.
    """

    def __init__(self, rows: Sequence[Row], kept: dict[str, Any] | None = None) -> None:
        self.rows = rows
        self._kept: dict[str, Any] = {} if kept is None else kept

    def __len__(self) -> int:
        return len(self.rows)

    def numbers(self, name: str, of: Callable[[Row], float | None]) -> Floats:
        """One number per row, NaN for None."""
        return self._once(f"numbers {name}", lambda: numbers(map(of, self.rows)))  # type: ignore[no-any-return]

    def flags(self, name: str, of: Callable[[Row], object]) -> NDArray[np.bool_]:
        """Whether each row has something."""
        return self._once(  # type: ignore[no-any-return]
            f"flags {name}", lambda: np.array([bool(of(row)) for row in self.rows], dtype=np.bool_)
        )

    def sets(self, name: str, of: Callable[[Row], Iterable[str] | Mapping[str, float]]) -> sparse.csr_matrix:
        """One row per row, 1 (or the weight of a mapping) at each of its terms."""
        return self._once(f"sets {name}", lambda: incidence(map(of, self.rows)))

    def bigrams(self, name: str, of: Callable[[Row], str]) -> sparse.csr_matrix:
        """Character bigrams of a text without its protected words, of length 1."""
        return self._once(f"bigrams {name}", lambda: vectors([readable(of(row)) for row in self.rows]))

    def blank(self, name: str, of: Callable[[Row], str]) -> NDArray[np.bool_]:
        """Whether nothing readable is left of a text."""
        return ~self.flags(f"readable {name}", lambda row: readable(of(row)))

    def meanings(self, name: str, of: Callable[[Row], str]) -> Vectors:
        """Sentence vectors of length 1; rows of 0 for blank texts or without an encoder."""
        return self._once(  # type: ignore[no-any-return]
            f"meanings {name}", lambda: meanings([readable(of(row)) for row in self.rows])
        )

    def keyed(self, name: str, key: Callable[[Row], Hashable]) -> tuple[Codes, Columns[Any]]:
        """A small number per row, and the distinct keys those numbers stand for, as columns of their own."""
        return self._once(f"keyed {name}", lambda: _keyed(map(key, self.rows)))  # type: ignore[no-any-return]

    def spread(self, name: str, of: Callable[[Row], Sequence[Any]]) -> tuple[NDArray[np.intp], Columns[Any]]:
        """Rows that hold several things: where each row's things start (and the end), and the things."""
        return self._once(f"spread {name}", lambda: _spread(map(of, self.rows)))  # type: ignore[no-any-return]

    def take(self, places: NDArray[np.intp]) -> Columns[Row]:
        """Some rows, with the arrays that are there already."""
        kept = {name: _taken(array, places) for name, array in self._kept.items() if name[:6] != "spread"}
        return Columns([self.rows[i] for i in places], kept)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        found = self._kept.get(name)
        if found is None:
            found = self._kept[name] = make()
        return found


def numbers(values: Iterable[float | None]) -> Floats:
    """Floats with NaN for None."""
    return np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)


def incidence(rows: Iterable[Iterable[str] | Mapping[str, float]]) -> sparse.csr_matrix:
    """Terms over the vocabulary of the process."""
    indices: list[int] = []
    data: list[float] = []
    starts = [0]
    for words in rows:
        held = words if isinstance(words, Mapping) else dict.fromkeys(words, 1.0)
        indices.extend(_vocabulary.numbers(held))
        data.extend(held.values())
        starts.append(len(indices))
    shape = (len(starts) - 1, max(len(_vocabulary), 1))
    return sparse.csr_matrix(
        (np.array(data), np.array(indices, dtype=np.int32), np.array(starts)), shape=shape
    )


def product(rows: sparse.csr_matrix, columns: sparse.csr_matrix) -> Floats:
    """Dot products of all rows of the one with all rows of the other, however wide each was made."""
    if rows.shape[0] == 1:
        return _with_one(columns, rows)[None, :]
    if columns.shape[0] == 1:
        return _with_one(rows, columns)[:, None]
    width = max(rows.shape[1], columns.shape[1])
    wide = [
        sparse.csr_matrix((m.data, m.indices, m.indptr), shape=(m.shape[0], width)) for m in (rows, columns)
    ]
    return np.asarray((wide[0] @ wide[1].T).toarray(), dtype=np.float64)


def _with_one(many: sparse.csr_matrix, one: sparse.csr_matrix) -> Floats:
    dense = np.zeros(many.shape[1])
    known = one.indices < many.shape[1]
    dense[one.indices[known]] = one.data[known]
    return np.asarray(many @ dense, dtype=np.float64)


def _keyed(keys: Iterable[Hashable]) -> tuple[Codes, Columns[Any]]:
    known: dict[Hashable, int] = {}
    codes = np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.int32)
    return codes, Columns(list(known))


def _spread(rows: Iterable[Sequence[Any]]) -> tuple[NDArray[np.intp], Columns[Any]]:
    things: list[Any] = []
    starts = [0]
    for held in rows:
        things.extend(held)
        starts.append(len(things))
    return np.array(starts, dtype=np.intp), Columns(things)


def _taken(array: Any, places: NDArray[np.intp]) -> Any:
    if isinstance(array, tuple):
        return array[0][places], array[1]
    return array[places]
