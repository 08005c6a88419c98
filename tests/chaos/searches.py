"""People who search the API at a steady rate, and what they were answered."""

import itertools
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType

from django.db import connections
from django.test import Client

WORDS = ("数控", "会计", "前端工程师", "电工 学徒", "仓库", "java", "护理", "叉车", "")
ADDRESS = "/api/v1/positions/search/"


@dataclass
class Answers:
    """How many were asked, which failed and why, how many came from the reserve; seconds of each."""

    failed: list[str] = field(default_factory=list)
    degraded: int = 0
    seconds: list[float] = field(default_factory=list)

    def milliseconds(self, share: float) -> float:
        """A percentile of the times."""
        ordered = sorted(self.seconds)
        return round(ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000, 1) if ordered else 0.0


class Searchers:
    """While the block runs, `rate` searches a second are sent; an empty page counts as failed, for all words have hits."""

    def __init__(self, rate: float, threads: int = 4) -> None:
        self.answers = Answers()
        self._every = threads / rate
        self._stop = threading.Event()
        self._numbers = itertools.count()
        self._threads = [threading.Thread(target=self._ask_on, args=(n,)) for n in range(threads)]

    def __enter__(self) -> Answers:
        for thread in self._threads:
            thread.start()
        return self.answers

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self, place: int) -> None:
        due = time.monotonic() + self._every * place / len(self._threads)
        client = Client(raise_request_exception=False)
        while not self._stop.wait(max(0.0, due - time.monotonic())):
            due += self._every
            try:
                self._ask(client, next(self._numbers))
            except Exception as error:  # noqa: BLE001 - whatever a visitor meets is what is counted
                self.answers.failed.append(repr(error))
        connections.close_all()

    def _ask(self, client: Client, number: int) -> None:
        # Each asks from an address of its own, as many visitors do; one address would be slowed down.
        visitor = f"198.18.{number // 250 % 250}.{number % 250 + 1}"
        began = time.perf_counter()
        answer = client.get(ADDRESS, {"q": WORDS[number % len(WORDS)]}, REMOTE_ADDR=visitor)
        self.answers.seconds.append(time.perf_counter() - began)
        if answer.status_code != 200:
            self.answers.failed.append(f"{answer.status_code}: {answer.content[:200]!r}")
            return
        body = answer.json()
        if not body["total"]:
            self.answers.failed.append(f"nothing found for {WORDS[number % len(WORDS)]!r}")
        self.answers.degraded += body["degraded"]
