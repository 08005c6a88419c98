"""Several people at once: real threads on real connections, released together."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def race(work: Callable[[int], Any], threads: int = 2) -> list[Any]:
    """Run `work(index)` in threads with connections of their own; what each gave, or raised, by index."""
    gate, results = threading.Barrier(threads), [None] * threads

    def run(index: int) -> None:
        try:
            gate.wait(10)
            results[index] = work(index)
        except Exception as error:  # noqa: BLE001 - the test looks at what was raised
            results[index] = error
        finally:
            connections.close_all()

    pool = [threading.Thread(target=run, args=(index,)) for index in range(threads)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join(30)
    return results
