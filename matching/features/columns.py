"""Rows of one side as arrays: each array is made once, kept, and cut to the rows of a question."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from matching.features.meaning import WIDTH, meanings, unpressed
from matching.features.protected import readable
from matching.features.texts import vectors

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
Bytes = NDArray[np.int8]
Codes = NDArray[np.intp]
Row = TypeVar("Row")


# Directions kept for a rough comparison of meanings, the rows they are found on, rows turned at a time.
_DIRECTIONS, _SAMPLED, _AT_ONCE = 64, 4000, 4096
_NONE = np.zeros((WIDTH, _DIRECTIONS), dtype=np.float32)


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

    def __init__(
        self,
        rows: Sequence[Row] | None,
        kept: dict[str, Any] | None = None,
        cut: tuple[Columns[Row], NDArray[np.intp]] | None = None,
    ) -> None:
        self._rows = rows
        self._kept: dict[str, Any] = {} if kept is None else kept
        self._cut = cut

    def __len__(self) -> int:
        return len(self._cut[1]) if self._cut else len(self.rows)

    @property
    def rows(self) -> Sequence[Row]:
        """The rows themselves, of a cut only when somebody asks for them."""
        if self._rows is None:
            assert self._cut is not None
            whole = self._cut[0].rows
            self._rows = [whole[place] for place in self._cut[1].tolist()]
        return self._rows

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
        return unpressed(self._pressed(name, of))

    def steps(self, name: str, of: Callable[[Row], str]) -> Vectors:
        """The same vectors in steps: whole numbers of at most 127."""
        return self._pressed(name, of).astype(np.float32)

    def rough_meanings(self, name: str, of: Callable[[Row], str]) -> tuple[Vectors, Vectors]:
        """Sentence vectors turned to the few directions in which these rows differ most, and those directions."""
        return self._once(f"rough {name}", lambda: _rough(self._pressed(name, of)))  # type: ignore[no-any-return]

    def _pressed(self, name: str, of: Callable[[Row], str]) -> Bytes:
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
        # A list first: another thread may just be reading off an array that nobody has asked for before.
        arrays = [(name, array) for name, array in list(self._kept.items()) if name[:6] != "spread"]
        kept = {name: _taken(array, places) for name, array in arrays}
        return Columns([self.rows[place] for place in places.tolist()], kept)

    def some(self, places: NDArray[np.intp]) -> Columns[Row]:
        """The same for one question: an array is cut when it is read, and these rows hold on to all the others."""
        return Columns(None, cut=(self, places))

    def joined(self, more: Columns[Row]) -> Columns[Row]:
        """These rows followed by others, with the arrays that both have already."""
        names = [name for name in list(self._kept) if name in more._kept and name[:6] != "spread"]
        kept = {name: _joined(name, self._kept[name], more._kept[name]) for name in names}
        for name in [name for name in kept if name[:6] == "rough "]:
            if "meanings " + name[6:] in more._kept:
                kept[name] = _rough_joined(self._kept[name], more._kept["meanings " + name[6:]])
        return Columns([*self.rows, *more.rows], kept)

    def _once(self, name: str, make: Callable[[], Any]) -> Any:
        found = self._kept.get(name)
        if found is None:
            found = self._kept[name] = make() if (cut := self._from_all(name)) is None else cut
        return found

    def _from_all(self, name: str) -> Any:
        if self._cut is None or name[:6] == "spread":
            return None
        whole, places = self._cut
        array = whole._kept.get(name)
        if array is None and whole._cut is not None:
            array = whole._from_all(name)
        return None if array is None else _taken(array, places, lazily=True)


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
    return _csr(np.array(data), np.array(indices, dtype=np.int32), np.array(starts, dtype=np.int32), shape)


def product(rows: sparse.csr_matrix, columns: sparse.csr_matrix) -> Floats:
    """Dot products of all rows of the one with all rows of the other, however wide each was made."""
    if rows.shape[0] == 1:
        return _with_one(columns, rows)[None, :]
    if columns.shape[0] == 1:
        return _with_one(rows, columns)[:, None]
    width = max(rows.shape[1], columns.shape[1])
    return np.asarray((_wide(rows, width) @ _wide(columns, width).T).toarray(), dtype=np.float64)


def _csr(data: Any, indices: Any, starts: Any, shape: tuple[int, int]) -> sparse.csr_matrix:
    """A matrix of parts known to be sound: the checks of the constructor cost more than the work on one row."""
    made = sparse.csr_matrix(shape, dtype=np.float64)
    made.data, made.indices, made.indptr = data, indices, starts
    return made


def _wide(matrix: sparse.csr_matrix, width: int) -> sparse.csr_matrix:
    if matrix.shape[1] == width:
        return matrix
    return _csr(matrix.data, matrix.indices, matrix.indptr, (matrix.shape[0], width))


def _with_one(many: sparse.csr_matrix, one: sparse.csr_matrix) -> Floats:
    dense = np.zeros(many.shape[1])
    known = one.indices < many.shape[1]
    dense[one.indices[known]] = one.data[known]
    return np.asarray(many @ dense, dtype=np.float64)


def _keyed(keys: Iterable[Hashable]) -> tuple[Codes, Columns[Any]]:
    known: dict[Hashable, int] = {}
    codes = np.array([known.setdefault(key, len(known)) for key in keys], dtype=np.intp)
    return codes, Columns(list(known))


def _spread(rows: Iterable[Sequence[Any]]) -> tuple[NDArray[np.intp], Columns[Any]]:
    things: list[Any] = []
    starts = [0]
    for held in rows:
        things.extend(held)
        starts.append(len(things))
    return np.array(starts, dtype=np.intp), Columns(things)


def _taken(array: Any, places: NDArray[np.intp], lazily: bool = False) -> Any:
    if not isinstance(array, tuple):
        return array[places]
    codes, keys = array[0][places], array[1]
    if not isinstance(keys, Columns) or len(keys) <= len(places):
        return codes, keys
    # Few rows of many keys: what is worked out per key must not pay for the keys of the others.
    used, codes = np.unique(codes, return_inverse=True)
    return codes.astype(np.intp), keys.some(used) if lazily else keys.take(used)


def _joined(name: str, first: Any, more: Any) -> Any:
    if isinstance(first, sparse.csr_matrix):
        width = max(first.shape[1], more.shape[1])
        return sparse.vstack([_wide(first, width), _wide(more, width)], format="csr")
    if not isinstance(first, tuple):
        return np.concatenate([first, more])
    if name[:6] == "rough ":
        return first
    codes, keys = first
    known = {key: place for place, key in enumerate(keys.rows)}
    fresh = np.array([i for i, key in enumerate(more[1].rows) if key not in known], dtype=np.intp)
    added = more[1].take(fresh)
    known.update((key, len(keys) + place) for place, key in enumerate(added.rows))
    moved = np.array([known[key] for key in more[1].rows], dtype=np.intp)[more[0]]
    return np.concatenate([codes, moved]), keys.joined(added)


def _rough(held: Bytes) -> tuple[Vectors, Vectors]:
    sample = unpressed(held[:: max(len(held) // _SAMPLED, 1)])
    spread = (sample.T @ sample).astype(np.float64)
    if not len(held):
        return _turned(held, _NONE), _NONE
    # One thread: on shared cores several wait for each other here, up to fifty times as long.
    with threadpool_limits(1):
        directions = np.linalg.eigh(spread)[1][:, -_DIRECTIONS:].astype(np.float32)
    return _turned(held, directions), directions


def _rough_joined(first: tuple[Vectors, Vectors], more: Bytes) -> tuple[Vectors, Vectors]:
    return np.concatenate([first[0], _turned(more, first[1])]), first[1]


def _turned(held: Bytes, directions: Vectors) -> Vectors:
    parts = [unpressed(held[i : i + _AT_ONCE]) @ directions for i in range(0, len(held), _AT_ONCE)]
    return np.concatenate([np.zeros((0, directions.shape[1]), dtype=np.float32), *parts])
