"""Threads with database connections of their own, released together, on SQLite and PostgreSQL."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections

PATIENCE = 30


def race(*works: Callable[[], Any]) -> list[Any]:
    """Run every work at the same moment; what each gave, or the exception it raised, in their order."""
    gate = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(index: int) -> None:
        try:
            gate.wait(PATIENCE)
            results[index] = works[index]()
        except Exception as error:  # noqa: BLE001 - the test looks at what was raised
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a racer hangs"
    return results


def codes(results: list[Any]) -> list[str]:
    """The codes of the refusals, sorted; anything else that was raised fails the test."""
    for result in results:
        if isinstance(result, Exception) and not hasattr(result, "code"):
            raise result
    return sorted(result.code for result in results if isinstance(result, Exception))


def meeting_point(parties: int) -> Callable[[], None]:
    """A point in the middle of a work where all must arrive before any goes on; who comes alone goes on alone."""
    barrier = threading.Barrier(parties)

    def wait() -> None:
        try:
            barrier.wait(2)
        except threading.BrokenBarrierError:
            return

    return wait
