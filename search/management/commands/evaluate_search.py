"""How well search finds what is meant, on a labelled set."""

import hashlib
import json
import tempfile
import uuid
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from search.engines.base import EngineUnavailable
from search.engines.configured import remote_named, vectors_in
from search.engines.tantivy import TantivyEngine
from search.evaluation.baselines import System, bm25_bigram, encoder, tfidf_char
from search.evaluation.run import OURS, Figures, Outcome, evaluate, known, served
from search.evaluation.sets import READERS, LabelledSet
from search.evaluation.trec import trec
from search.vectors import VectorFile

BARS = {"titles": ("ndcg@10", 0.44), "cross": ("hit@5", 0.80)}
# Seconds: a run has time, and a query over a strange corpus may be a slow one.
PATIENCE = 60.0


class Command(BaseCommand):
    help = (
        "Measure search on a labelled set in an index of its own, beside BM25, TF-IDF and the encoder alone: "
        "nDCG@10, MAP, MRR, hit@1 and hit@5, with 95 % intervals."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--set", dest="kind", choices=[*READERS, "trec"], required=True)
        parser.add_argument("--path", "--file", type=Path, help="the labelled file, csv or csv.gz")
        for name, what in (
            ("queries", "id and text"),
            ("corpus", "id and text"),
            ("qrels", "TREC judgements"),
        ):
            parser.add_argument(f"--{name}", type=Path, help=f"of --set trec: {what}, one a line")
        parser.add_argument("--engine", choices=["embedded", "elasticsearch"], default="embedded")
        parser.add_argument("--words-only", action="store_true", help="without meaning, to see what it adds")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        kind = options["kind"]
        labelled = _read(kind, options)
        try:
            outcome = self._measured(labelled, options["engine"], meaning=not options["words_only"])
        except EngineUnavailable as error:
            raise CommandError(f"--engine {options['engine']}: {error}") from error
        measure, bar = BARS.get(kind, ("ndcg@10", 0.0))
        kept = outcome.measures[measure].value >= bar
        self._say(
            kind, outcome, options, f"{'kept' if kept else 'MISSED'} {measure} ≥ {bar:.2f}" if bar else ""
        )
        if not kept:
            raise CommandError(f"{measure} is {outcome.measures[measure].value:.3f}, below {bar:.2f}")

    def _measured(self, labelled: LabelledSet, name: str, *, meaning: bool) -> Outcome:
        """Index the documents, then ask; on a terminal one sees how far it is."""
        console = Console(file=self.stderr._out)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with (
            _engine(name, _vectors(labelled) if meaning else None) as engine,
            Progress(*columns, console=console, disable=not console.is_terminal) as progress,
        ):
            held = progress.track(labelled.documents, description="indexed")
            engine.rebuild(held)
            systems = _systems(labelled, engine)
            tasks = {name: progress.add_task(name, total=len(labelled.queries)) for name in systems}
            return evaluate(labelled, systems, lambda name: progress.advance(tasks[name]))

    def _say(self, kind: str, outcome: Outcome, options: dict[str, Any], verdict: str) -> None:
        head = {"engine": options["engine"], "queries": outcome.queries, "corpus": outcome.documents}
        if options["json"]:
            systems = {name: _plain(figures) for name, figures in outcome.systems.items()}
            self.stdout.write(json.dumps({"set": kind, **head, "systems": systems}))
            return
        self.stdout.write("{engine}: {queries} queries over {corpus} documents".format(**head))
        for name, value in outcome.measures.items():
            self.stdout.write(f"  {name:8} {value.value:.3f}  ({value.low:.3f}–{value.high:.3f})")
        for name, figures in outcome.systems.items():
            beyond = figures.beyond
            self.stdout.write(
                f"  {name:12} nDCG@10 {figures.measures['ndcg@10'].value:.3f}, beyond the best baseline "
                f"{beyond.value:+.3f} ({beyond.low:+.3f} to {beyond.high:+.3f})"
            )
        if verdict:
            self.stdout.write(verdict)


def _plain(figures: Figures) -> dict[str, float]:
    """Means, and the interval of what nDCG@10 lies beyond that of the best baseline."""
    means = {name: round(value.value, 4) for name, value in figures.measures.items()}
    return means | {"low": round(figures.beyond.low, 4), "high": round(figures.beyond.high, 4)}


def _read(kind: str, options: dict[str, Any]) -> LabelledSet:
    names = ("queries", "corpus", "qrels") if kind == "trec" else ("path",)
    for name in names:
        if options[name] is None:
            raise CommandError(f"--set {kind} needs --{name}")
        if not options[name].is_file():
            raise CommandError(f"--{name}: there is no file {options[name]}")
    files = [options[name] for name in names]
    try:
        labelled = trec(*files) if kind == "trec" else READERS[kind](*files)
    except (ValueError, OSError) as error:
        raise CommandError(f"--{' --'.join(names)}: {error}") from error
    if not labelled.queries:
        raise CommandError(f"--{names[0]}: {files[0].name} has nothing to ask for: no label with enough rows")
    return labelled


def _systems(labelled: LabelledSet, engine: Any) -> dict[str, System]:
    held = labelled.documents
    made = {
        OURS: served(engine.find, known(held)),
        "bm25_bigram": bm25_bigram(held),
        "tfidf_char": tfidf_char(held),
    }
    return made | ({"encoder": encoder(held, engine.vectors)} if engine.vectors else {})


def _vectors(labelled: LabelledSet) -> VectorFile | None:
    """The vectors of these documents in a file of their own, kept for the next run: among those of the product's titles
    they would be compared with in every search. None where the encoder is not installed."""
    digest = hashlib.blake2b(digest_size=8)
    for document in labelled.documents:
        digest.update(f"{document.title}\n".encode())
    return vectors_in(Path(settings.SEARCH_DIR) / "evaluation" / digest.hexdigest())


@contextmanager
def _engine(name: str, vectors: VectorFile | None) -> Iterator[Any]:
    """An engine with an index of its own, removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="fairway-evaluation-") as folder:
        if name == "embedded":
            engine: Any = TantivyEngine(Path(folder) / "index")
        elif settings.ELASTICSEARCH_URL:
            engine = remote_named(f"evaluation-{uuid.uuid4().hex[:8]}", timeout=PATIENCE)
        else:
            raise CommandError("--engine elasticsearch needs ELASTICSEARCH_URL")
        engine.vectors = vectors
        try:
            yield engine
        finally:
            engine.drop()
