"""Drive the log through the API and through the bare engine in turns, and compare."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from django.conf import settings
from django.test import Client

from backend.accounts.actor import ANONYMOUS
from backend.positions import indexing, searching
from backend.positions.benchmark import corpus
from backend.positions.benchmark.figures import Check, percentile
from backend.positions.models import Position
from search import api, benchmark

ADDRESS = "/api/v1/positions/search/"
WARM = 40
P95_BARS = {"real": 60.0, "million": 150.0}
RATIO_BAR, OVERLAP_BAR = 2.0, 0.80
Say = Callable[[str], None]
Params = Mapping[str, str]


def measured(names: Sequence[str], queries: int, positions: int, say: Say) -> list[Check]:
    """Every figure of every engine."""
    log = benchmark.drawn(_seen(), queries)
    checks: list[Check] = []
    for name in names:
        say(f"{name}: indexing")
        checks += _indexed(name)
        say(f"{name}: {len(log)} searches")
        checks += _searched(name, log, P95_BARS["real"])
    if set(names) == {"embedded", "elasticsearch"}:
        checks.append(
            Check("overlap of the first ten", benchmark.overlap(_queries(log)), OVERLAP_BAR, floor=True)
        )
    checks += _by_contains(log[:20])
    if positions:
        checks += _at_scale(positions, log, say)
    return checks


def _seen() -> benchmark.Seen:
    rows = list(Position.objects.order_by("pk").values_list("title", "city_code", "education", "kind"))
    return benchmark.Seen(*(list(column) for column in zip(*rows, strict=True)))


def _queries(log: Sequence[Params]) -> list:
    return [searching.scoped(ANONYMOUS, searching.read_query(params)) for params in log]


def _indexed(name: str) -> Iterator[Check]:
    began = time.perf_counter()
    stored = api.rebuild(indexing.all_documents(), only=[name])
    took = time.perf_counter() - began
    yield Check(f"{name}: positions", stored)
    yield Check(f"{name}: indexed a second, read from the database and analysed", round(stored / took))


def _searched(name: str, log: Sequence[Params], bar: float) -> Iterator[Check]:
    """Each search through the API, then bare, so that both see the same machine."""
    ours, bare, within = [], [], []
    with benchmark.answering(name):
        client = Client()
        for number, (params, query) in enumerate(zip(log, _queries(log), strict=True)):
            least = benchmark.prepared(benchmark.engine(name), query)
            steps = (
                (ours, lambda params=params, number=number: _ask(client, params, number)),
                (bare, least),
                (within, lambda query=query: api.find_positions(query)),
            )
            for times, step in steps[:: 1 if number % 2 else -1]:
                began = time.perf_counter()
                step()
                if number >= WARM:
                    times.append((time.perf_counter() - began) * 1000)
    for label, times in (
        ("API", ours),
        ("engine alone, bare query", bare),
        ("search without the API", within),
    ):
        figures = [round(percentile(times, share), 1) for share in (0.5, 0.95, 0.99)]
        judged = bar if label == "API" else None
        yield Check(f"{name}: {label}, p50, ms", figures[0])
        yield Check(f"{name}: {label}, p95, ms", figures[1], judged)
        yield Check(f"{name}: {label}, p99, ms", figures[2])
    ratio = percentile(ours, 0.5) / percentile(bare, 0.5)
    yield Check(f"{name}: API over the bare query, p50", round(ratio, 2), RATIO_BAR)
    inner = percentile(within, 0.5) / percentile(bare, 0.5)
    yield Check(f"{name}: search over the bare query, p50", round(inner, 2))


def _ask(client: Client, params: Params, number: int) -> None:
    visitor = f"198.18.{number // 250 % 250}.{number % 250 + 1}"
    answer = client.get(ADDRESS, params, REMOTE_ADDR=visitor)
    if answer.status_code != 200 or answer.json()["degraded"]:
        raise RuntimeError(f"{answer.status_code} for {params}: {answer.content[:300]!r}")


def _by_contains(log: Sequence[Params]) -> Iterator[Check]:
    """What a school without a search engine has: `icontains` over title and duties, counted, first page."""
    times = []
    for params in log:
        began = time.perf_counter()
        rows = Position.objects.filter(title__icontains=params["q"]) | Position.objects.filter(
            duties__icontains=params["q"]
        )
        rows.count()
        list(rows.order_by("-published_at")[:20])
        times.append((time.perf_counter() - began) * 1000)
    yield Check("beside it, icontains without facets, p50, ms", round(percentile(times, 0.5), 1))


def _at_scale(positions: int, log: Sequence[Params], say: Say) -> Iterator[Check]:
    """The same log over that many positions in Elasticsearch."""
    if not settings.ELASTICSEARCH_URL:
        raise RuntimeError("--positions needs ELASTICSEARCH_URL")
    times = -(-positions // Position.objects.filter(source_key__gt="").count())
    apart = corpus.copied(times)
    began = time.perf_counter()
    documents = corpus.originals()
    stored = benchmark.fill(
        benchmark.engine("elasticsearch"),
        documents,
        times=times,
        apart=apart,
        progress=lambda n: say(f"{n} stored"),
    )
    yield Check("at scale: positions", stored)
    yield Check("at scale: stored a second", round(stored / (time.perf_counter() - began)))
    for check in _searched("elasticsearch", log, P95_BARS["million"]):
        yield Check(f"at scale, {check.name}", check.figure, check.bar, check.floor)
