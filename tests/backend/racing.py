"""The same work by several people at once."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests import racing


def race(work: Callable[[int], Any], threads: int = 2) -> list[Any]:
    """Run `work(index)` in threads, released together; what each gave, or raised, by index."""
    return racing.race(*[partial(work, index) for index in range(threads)])
