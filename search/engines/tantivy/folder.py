"""The folder of the embedded index: which index is in use, one writer at a time, opened once per process.

    current        name of the index in use
    building       name of the index that a rebuild fills; every write is noted there too
    write.lock     held for one batch by whoever writes
    rebuild.lock   held for a whole rebuild; a `building` without a holder is what a killed rebuild left

The locks are the kernel's: they end with their process, however it ends.
"""

import contextlib
import fcntl
import os
import random
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import tantivy

from search.documents import SCHEMA_VERSION
from search.engines import base
from search.engines.tantivy.schema import build_schema

PREFIX = f"positions-{SCHEMA_VERSION}-"
FIRST = f"{PREFIX}first"
TRIES = 20


class Folder:
    """Names, locks and the open index."""

    def __init__(self, folder: Path, patience: float = 10) -> None:
        self.folder = Path(folder)
        self.patience = patience
        self.schema = build_schema()
        self._open: tuple[str, int, tantivy.Index] | None = None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One writer among all processes; who waits too long hears that the engine is busy."""
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + self.patience
        with (self.folder / "write.lock").open("w") as handle:
            while not taken(handle):
                if time.monotonic() > deadline:
                    raise base.EngineUnavailable("another process holds the index")
                time.sleep(random.uniform(0.001, 0.02))
            yield

    @contextlib.contextmanager
    def rebuilding(self, patience: float = 0) -> Iterator[bool]:
        """Whether this process now has the right to rebuild, until the block ends."""
        self.folder.mkdir(parents=True, exist_ok=True)
        deadline = time.monotonic() + patience
        with (self.folder / "rebuild.lock").open("w") as handle:
            while not (ours := taken(handle)) and time.monotonic() < deadline:
                time.sleep(0.02)
            yield ours

    def named(self, role: str) -> str:
        """The name that `current` or `building` holds; empty when there is none of this schema."""
        try:
            name = (self.folder / role).read_text()
        except FileNotFoundError:
            return ""
        return name if name.startswith(PREFIX) else ""

    def point(self, role: str, name: str) -> None:
        """Write a name into `current` or `building` in one step."""
        draft = self.folder / f"{role}.{os.getpid()}.{uuid.uuid4().hex[:6]}"
        draft.write_text(name)
        draft.replace(self.folder / role)

    def create(self, name: str) -> None:
        """An empty index."""
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        tantivy.Index(self.schema, path=str(self.folder / name))

    def open_named(self, name: str) -> tantivy.Index:
        """An index of the folder with our tokenizer."""
        index = tantivy.Index.open(str(self.folder / name))
        words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        index.register_tokenizer("tokens", words)
        return index

    def tidy(self) -> None:
        """Remove old indices and what killed processes left; other folders are not ours. The write lock must be held."""
        kept = {self.named("current"), self.named("building")}
        for path in self.folder.glob("positions-*"):
            if path.name not in kept:
                shutil.rmtree(path, ignore_errors=True)
        for role in ("current", "building"):
            for draft in self.folder.glob(f"{role}.*"):
                draft.unlink(missing_ok=True)

    def ensure(self) -> str:
        """The name of the index in use; the first, empty one is begun where there is none. The write lock must be held."""
        name = self.named("current")
        if not name or not self._there(name):
            name = FIRST
            self.create(name)
            self.point("current", name)
        return name

    def complete(self) -> bool:
        """Whether the index in use was built from the database, not begun empty, as after a change of the schema."""
        return self.named("current") not in {"", FIRST}

    def opened(self) -> tantivy.Index:
        """The index in use, opened once, reloaded when another process has committed, opened anew after a swap.

        A swap may remove the old index between reading its name and opening it, so that is tried again.
        """
        for _ in range(TRIES):
            name = self.named("current")
            if not name or not self._there(name):
                with self.locked():
                    name = self.ensure()
            try:
                return self._opened(name)
            except (FileNotFoundError, ValueError) as error:
                # tantivy raises ValueError for a folder whose files are gone or unreadable.
                problem = error
                time.sleep(0.005)
        raise base.EngineUnavailable(f"the index cannot be read: {problem}"[:300]) from problem

    def _there(self, name: str) -> bool:
        return (self.folder / name / "meta.json").exists()

    def _opened(self, name: str) -> tantivy.Index:
        changed = (self.folder / name / "meta.json").stat().st_mtime_ns
        held = self._open
        if held is not None and held[:2] == (name, changed):
            return held[2]
        if held is not None and held[0] == name:
            index = held[2]
            index.reload()
        else:
            index = self.open_named(name)
        self._open = (name, changed, index)
        return index


def taken(handle: IO[str]) -> bool:
    """Whether the lock on this file is ours now."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
