"""Every figure of search over real postings, engine by engine, and of what a school would use instead."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings

from backend.common import warming
from backend.positions import indexing
from backend.positions.benchmark import beside, corpus, searches
from backend.positions.benchmark.figures import Check
from backend.positions.models import Position
from search import api, benchmark

P95_BARS = {"real": 60.0, "million": 150.0}
OVERLAP_BAR = 0.80
Say = Callable[[str], None]
Params = Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """What is measured: engines, searches of the log, copies up to so many positions (0: none), searches a second besides
    (0: none), and the PostgreSQL whose full text stands beside it (empty: none)."""

    engines: Sequence[str]
    queries: int
    positions: int = 0
    rate: float = 0.0
    postgres: str = ""


def measured(plan: Plan, say: Say) -> list[Check]:
    """Every figure of every engine, in a process that has begun as a server does."""
    log = benchmark.drawn(_seen(), plan.queries)
    checks: list[Check] = []
    for name in plan.engines:
        say(f"{name}: indexing")
        checks += _indexed(name)
    warming.start_thread().join()
    for name in plan.engines:
        say(f"{name}: {len(log)} searches")
        checks += _searched(name, log, plan.rate, P95_BARS["real"])
    if set(plan.engines) == {"embedded", "elasticsearch"}:
        agreed = benchmark.overlap(searches.queries(log))
        checks.append(
            Check(f"overlap of the first ten over {len(log)} searches", agreed, OVERLAP_BAR, floor=True)
        )
    say("beside it")
    checks += beside.by_contains(log)
    if plan.postgres:
        checks += beside.by_full_text(plan.postgres, log)
    if plan.positions:
        checks += _at_scale(plan, log, say)
    return checks


def _seen() -> benchmark.Seen:
    rows = list(Position.objects.order_by("pk").values_list("title", "city_code", "education", "kind"))
    return benchmark.Seen(*(list(column) for column in zip(*rows, strict=True)))


def _searched(name: str, log: Sequence[Params], rate: float, bar: float) -> Iterator[Check]:
    yield from searches.searched(name, log, bar)
    if rate:
        yield from searches.paced(name, log, rate, bar)
    disk, memory = benchmark.megabytes(benchmark.engine(name))
    yield Check(f"{name}: index on the disk, MB", disk)
    yield Check(f"{name}: memory of {'this process' if name == 'embedded' else 'its heap'}, MB", memory)


def _indexed(name: str) -> Iterator[Check]:
    began = time.perf_counter()
    stored = api.rebuild(indexing.all_documents(), only=[name])
    took = time.perf_counter() - began
    yield Check(f"{name}: positions", stored)
    yield Check(f"{name}: seconds of indexing, read from the database and analysed", round(took, 1))
    yield Check(f"{name}: indexed a second", round(stored / took))
    if name != "embedded":
        benchmark.settle(benchmark.engine(name))
        yield Check(f"{name}: seconds until merged", round(time.perf_counter() - began, 1))


def _at_scale(plan: Plan, log: Sequence[Params], say: Say) -> Iterator[Check]:
    """The same log over that many positions in Elasticsearch."""
    if not settings.ELASTICSEARCH_URL:
        raise RuntimeError("--positions needs ELASTICSEARCH_URL")
    times = -(-plan.positions // Position.objects.filter(source_key__gt="").count())
    apart = corpus.copied(times)
    began = time.perf_counter()
    stored = benchmark.fill(
        benchmark.engine("elasticsearch"),
        corpus.originals(),
        times=times,
        apart=apart,
        progress=lambda n: say(f"{n} stored"),
    )
    yield Check("at scale: positions", stored)
    yield Check("at scale: stored a second", round(stored / (time.perf_counter() - began)))
    benchmark.settle(benchmark.engine("elasticsearch"))
    yield Check("at scale: seconds until merged", round(time.perf_counter() - began))
    for check in _searched("elasticsearch", log, plan.rate, P95_BARS["million"]):
        yield Check(f"at scale, {check.name}", check.figure, check.bar, check.floor)
