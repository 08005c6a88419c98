"""The folder of the embedded index: which index is in use, one writer at a time, opened once per process."""

import contextlib
import fcntl
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import tantivy

from search.documents import SCHEMA_VERSION
from search.engines import base
from search.engines.tantivy.schema import build_schema


class Folder:
    """`current` in the folder names the index in use; a rebuild writes another one and swaps the name."""

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
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError as error:
                    if time.monotonic() > deadline:
                        raise base.EngineUnavailable("another process holds the index") from error
                    time.sleep(0.02)
            yield

    def current(self) -> str:
        path = self.folder / "current"
        name = path.read_text() if path.exists() else ""
        return name if name.startswith(f"positions-{SCHEMA_VERSION}-") else ""

    def point_to(self, name: str) -> None:
        draft = self.folder / f"current.{os.getpid()}.{uuid.uuid4().hex[:6]}"
        draft.write_text(name)
        draft.replace(self.folder / "current")

    def create(self, name: str) -> tantivy.Index:
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        return self._register(tantivy.Index(self.schema, path=str(self.folder / name)))

    @staticmethod
    def _register(index: tantivy.Index) -> tantivy.Index:
        index.register_tokenizer(
            "tokens", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
        )
        return index

    def opened(self) -> tantivy.Index:
        """The index in use, opened once and reloaded when another process has committed or swapped it."""
        name = self.current()
        if not name:
            name = f"positions-{SCHEMA_VERSION}-first"
            self.create(name)
            self.point_to(name)
        changed = (self.folder / name / "meta.json").stat().st_mtime_ns
        if self._open is None or self._open[0] != name:
            index = self._register(tantivy.Index.open(str(self.folder / name)))
            self._open = (name, changed, index)
        elif self._open[1] != changed:
            self._open[2].reload()
            self._open = (name, changed, self._open[2])
        return self._open[2]
