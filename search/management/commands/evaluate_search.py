"""How well search finds what is meant, on a labelled set."""

import csv
import json
import tempfile
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from search.engines.configured import remote_named, vectors_in
from search.engines.tantivy import TantivyEngine
from search.evaluation.run import Outcome, evaluate
from search.evaluation.sets import READERS, LabelledSet

BARS = {"titles": ("ndcg@10", 0.44), "crosslingual": ("hit@5", 0.80)}


class Command(BaseCommand):
    help = "Measure search on a labelled set in an index of its own: nDCG@10, MRR, hit@1 and hit@5, with 95 % intervals."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--set", dest="kind", choices=sorted(READERS), required=True)
        parser.add_argument("--path", type=Path, required=True, help="the labelled file, csv or csv.gz")
        parser.add_argument("--engine", choices=["embedded", "elasticsearch"], default="embedded")
        parser.add_argument("--words-only", action="store_true", help="without meaning, to see what it adds")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path, kind = options["path"], options["kind"]
        if not path.is_file():
            raise CommandError(f"--path: there is no file {path}")
        labelled = _read(kind, path)
        with _engine(options["engine"], meaning=not options["words_only"]) as engine:
            engine.rebuild(labelled.documents)
            outcome = evaluate(engine, labelled)
        measure, bar = BARS.get(kind, ("ndcg@10", 0.0))
        kept = outcome.measures[measure].value >= bar
        self._say(
            kind, outcome, options, f"{'kept' if kept else 'MISSED'} {measure} ≥ {bar:.2f}" if bar else ""
        )
        if not kept:
            raise CommandError(f"{measure} is {outcome.measures[measure].value:.3f}, below {bar:.2f}")

    def _say(self, kind: str, outcome: Outcome, options: dict[str, Any], verdict: str) -> None:
        if options["json"]:
            figures = {name: asdict(value) for name, value in outcome.measures.items()}
            self.stdout.write(
                json.dumps({"set": kind, "engine": options["engine"], "queries": outcome.queries,
                            "documents": outcome.documents, "measures": figures})
            )  # fmt: skip
            return
        self.stdout.write(
            f"{kind}, {options['engine']}: {outcome.queries} queries over {outcome.documents} documents"
        )
        for name, value in outcome.measures.items():
            self.stdout.write(f"  {name:8} {value.value:.3f}  ({value.low:.3f}–{value.high:.3f})")
        if verdict:
            self.stdout.write(verdict)


def _read(kind: str, path: Path) -> LabelledSet:
    try:
        labelled = READERS[kind](path)
    except (ValueError, OSError, csv.Error) as error:
        raise CommandError(f"--path: {error}") from error
    if not labelled.queries:
        raise CommandError(f"--path: {path.name} has nothing to ask for: no label with enough rows")
    return labelled


@contextmanager
def _engine(name: str, *, meaning: bool) -> Iterator[Any]:
    """An engine with an index of its own, removed afterwards; vectors of titles are kept for the next run."""
    with tempfile.TemporaryDirectory(prefix="fairway-evaluation-") as folder:
        if name == "embedded":
            engine: Any = TantivyEngine(Path(folder) / "index")
        elif settings.ELASTICSEARCH_URL:
            engine = remote_named(f"evaluation-{uuid.uuid4().hex[:8]}")
        else:
            raise CommandError("--engine elasticsearch needs ELASTICSEARCH_URL")
        engine.vectors = vectors_in(Path(settings.SEARCH_DIR)) if meaning else None
        try:
            yield engine
        finally:
            engine.drop()
