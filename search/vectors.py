"""Vectors of all titles in one file, each title once, found by exact comparison in blocks.

    vectors-<encoder>.bin     records of key (8 bytes, little-endian) and vector (512 signed bytes), only ever appended

A title keeps its vector however often positions with it come, go and are indexed anew. A record cut short by a crash is
overwritten by the next one. The file is a cache: without it everything is only encoded again.
"""

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from search.semantics import DIMENSIONS, Encoder, Vectors, key_of
from search.text import normalise

RECORD = np.dtype([("key", "<i8"), ("vector", "i1", (DIMENSIONS,))])
# Rows compared at once: small enough that they stay in the processor's cache as floats (measured: 256 beats 1,024 by 10).
BLOCK = 256


class VectorFile:
    """The vectors of every text seen so far."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        self.path = Path(folder) / f"vectors-{encoder.name}.bin"
        self._lock = Lock()
        self._rows: NDArray[np.void] = np.empty(0, RECORD)
        self._places: dict[int, int] = {}
        self._norms: NDArray[np.float32] = np.empty(0, np.float32)
        self._query: Callable[[str], Vectors] = lru_cache(maxsize=512)(lambda text: encoder.encode([text])[0])

    def of(self, texts: Sequence[str]) -> tuple[list[int], Vectors]:
        """Keys and vectors of texts, encoding those that are new."""
        keys = [key_of(text) for text in texts]
        self._reload()
        if any(key not in self._places for key in keys):
            self._append(
                {key: text for key, text in zip(keys, texts, strict=True) if key not in self._places}
            )
        with self._lock:
            places = [self._places[key] for key in keys]
            return keys, self._rows["vector"][places]

    def of_query(self, text: str) -> Vectors:
        """The vector of what somebody looks for; not kept in the file."""
        return self._query(normalise(text))

    def nearest(
        self, vector: Vectors, limit: int, *, least: Callable[[float], float] | None = None
    ) -> dict[int, float]:
        """The keys of the texts nearest in meaning and their cosines, nearest first, at most `limit`.

        `least` says of the greatest cosine which is the least that counts.
        """
        self._reload()
        with self._lock:
            rows, norms = self._rows, self._norms
        cosines = _cosines(rows["vector"], norms, vector)
        near = np.arange(len(cosines))
        if least is not None and len(cosines):
            near = np.flatnonzero(cosines >= least(float(cosines.max())))
        if len(near) > limit:
            near = near[np.argpartition(-cosines[near], limit - 1)[:limit]]
        near = near[np.argsort(-cosines[near], kind="stable")]
        return dict(zip(rows["key"][near].tolist(), cosines[near].tolist(), strict=True))

    def cosines(self, vector: Vectors, keys: Sequence[int]) -> dict[int, float]:
        """The cosine of each of these keys that is known."""
        self._reload()
        with self._lock:
            known = [key for key in dict.fromkeys(keys) if key in self._places]
            places = [self._places[key] for key in known]
            rows, norms = self._rows["vector"][places], self._norms[places]
        return dict(zip(known, _cosines(rows, norms, vector).tolist(), strict=True))

    def _append(self, missing: dict[int, str]) -> None:
        fresh = np.empty(len(missing), RECORD)
        fresh["key"] = list(missing)
        fresh["vector"] = self.encoder.encode(list(missing.values()))
        with self._writing() as end, self.path.open("r+b") as file:
            file.seek(end)
            file.write(fresh.tobytes())
            file.truncate()
        self._reload()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[int]:
        """The place after the last whole record, with the right to write there."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # Others may have appended between opening and holding the lock.
            yield file.seek(0, os.SEEK_END) // RECORD.itemsize * RECORD.itemsize

    def _reload(self) -> None:
        """Read what other processes have appended."""
        with self._lock:
            # Looked at with the lock held: a thread that had looked before another would take the file for a shorter one.
            count = self.path.stat().st_size // RECORD.itemsize if self.path.exists() else 0
            if count == len(self._rows):
                return
            # As a plain array: each piece cut from a mapped one is made a mapped one again, which for the many pieces of a
            # comparison took a fifth of its time.
            rows = np.asarray(
                np.memmap(self.path, RECORD, mode="r", shape=(count,)) if count else np.empty(0, RECORD)
            )
            if count < len(self._rows):
                self._places, self._norms = {}, np.empty(0, np.float32)
            old = len(self._norms)
            fresh = rows["vector"][old:].astype(np.float32)
            self._norms = np.concatenate([self._norms, np.sqrt(np.einsum("ij,ij->i", fresh, fresh))])
            self._places.update(zip(rows["key"][old:].tolist(), range(old, count), strict=True))
            self._rows = rows


def _cosines(rows: Vectors, norms: NDArray[np.float32], vector: Vectors) -> NDArray[np.float32]:
    """Cosine of every row with a vector, block by block."""
    wanted = vector.astype(np.float32)
    wanted /= np.linalg.norm(wanted) or 1
    out = np.empty(len(rows), np.float32)
    block = np.empty((BLOCK, DIMENSIONS), np.float32)
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        np.copyto(block[: len(part)], part)
        np.dot(block[: len(part)], wanted, out=out[start : start + len(part)])
    return np.divide(out, norms, out=np.zeros_like(out), where=norms > 0)
