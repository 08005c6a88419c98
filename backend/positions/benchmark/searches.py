"""The log through the API and through the bare engine in turns, and through the API at a steady pace."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.test import Client

from backend.accounts.actor import ANONYMOUS
from backend.positions import searching
from backend.positions.benchmark.figures import Check, percentile
from search import api, benchmark
from search.query import PositionQuery

ADDRESS = "/api/v1/positions/search/"
# Searches before the clock: what a process reads at its beginning is no part of a search.
WARM = 40
RATIO_BAR = 2.0
SHARES = (0.5, 0.95, 0.99)
Params = Mapping[str, str]


@dataclass
class Clocked:
    """Milliseconds of each call, on the wall and of the processor that this thread had."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def run(self, step: Callable[[], object], kept: bool) -> None:
        began, worked = time.perf_counter(), time.thread_time()
        step()
        if kept:
            self.wall.append((time.perf_counter() - began) * 1000)
            self.processor.append((time.thread_time() - worked) * 1000)


def queries(log: Sequence[Params]) -> list[PositionQuery]:
    """What a visitor's searches ask of the engines."""
    return [searching.scoped(ANONYMOUS, searching.read_query(params)) for params in log]


def searched(name: str, log: Sequence[Params], bar: float) -> Iterator[Check]:
    """Each search through the API, then bare, so that both see the same machine."""
    clocks = {
        label: Clocked()
        for label in ("API", "search without the API", "bare, words and meaning", "bare, words")
    }
    with benchmark.answering(name):
        visitor = Visitor()
        for number, (params, query) in enumerate(zip(log, queries(log), strict=True)):
            engine = benchmark.engine(name)
            steps: list[Callable[[], object]] = [
                lambda params=params: visitor.ask(params),
                lambda query=query: api.find_positions(query),
                benchmark.both(engine, query),
                benchmark.words(engine, query),
            ]
            turns = list(zip(clocks.values(), steps, strict=True))
            for clock, step in turns[:: 1 if number % 2 else -1]:
                clock.run(step, number >= WARM)
            visitor.check()
    yield from _percentiles(name, clocks, bar)
    yield from _ratios(name, clocks)


def _percentiles(name: str, clocks: Mapping[str, Clocked], bar: float) -> Iterator[Check]:
    for label, clock in clocks.items():
        figures = [round(percentile(clock.wall, share), 1) for share in SHARES]
        yield Check(f"{name}: {label}, p50, ms", figures[0])
        yield Check(f"{name}: {label}, p95, ms", figures[1], bar if label == "API" else None)
        yield Check(f"{name}: {label}, p99, ms", figures[2])


def _ratios(name: str, clocks: Mapping[str, Clocked]) -> Iterator[Check]:
    """Own cost: over what the engine is asked for, which is judged, and over its lexical half alone."""
    medians = {label: percentile(clock.wall, 0.5) for label, clock in clocks.items()}
    yield from _worked(name, clocks) if name == "embedded" else ()
    for over, bar in (("bare, words and meaning", RATIO_BAR), ("bare, words", None)):
        for label, judged in (("API", bar), ("search without the API", None)):
            ratio = medians[label] / medians[over]
            yield Check(f"{name}: {label} over the engine {over}, p50", round(ratio, 2), judged)


def _worked(name: str, clocks: Mapping[str, Clocked]) -> Iterator[Check]:
    """The same in processor time, which other work on the machine hardly lengthens: the embedded engine has only ours."""
    for label, clock in clocks.items():
        for share, word in zip(SHARES[:2], ("p50", "p95"), strict=True):
            figure = round(percentile(clock.processor, share), 1)
            yield Check(f"{name}: {label}, processor time, {word}, ms", figure)
    ratio = percentile(clocks["API"].processor, 0.5) / percentile(
        clocks["bare, words and meaning"].processor, 0.5
    )
    yield Check(f"{name}: API over the engine bare, words and meaning, processor time, p50", round(ratio, 2))


def paced(name: str, log: Sequence[Params], rate: float, bar: float) -> Iterator[Check]:
    """The API alone at `rate` searches a second, each timed from when it was due: who has to wait waits in the figure."""
    times = []
    with benchmark.answering(name):
        visitor = Visitor()
        due = time.perf_counter()
        for number, params in enumerate(log):
            time.sleep(max(0.0, due - time.perf_counter()))
            visitor.ask(params)
            if number >= WARM:
                times.append((time.perf_counter() - due) * 1000)
            visitor.check()
            due += 1 / rate
    for share, word in zip(SHARES, ("p50", "p95", "p99"), strict=True):
        figure = round(percentile(times, share), 1)
        yield Check(
            f"{name}: API at {rate:g} searches a second, {word}, ms", figure, bar if word == "p95" else None
        )


class Visitor:
    """Somebody who is not signed in, from an address that changes before the throttle minds."""

    def __init__(self) -> None:
        self.client = Client()
        self.asked = 0

    def ask(self, params: Params) -> None:
        number, self.asked, self.params = self.asked, self.asked + 1, params
        address = f"198.18.{number // 250 % 250}.{number % 250 + 1}"
        self.answer = self.client.get(ADDRESS, params, REMOTE_ADDR=address)

    def check(self) -> None:
        """RuntimeError unless the last answer is one of the engine that is measured; reading it is the browser's work."""
        if self.answer.status_code != 200 or self.answer.json()["degraded"]:
            said = self.answer.content[:300]
            raise RuntimeError(f"{self.answer.status_code} for {self.params}: {said!r}")
