"""What the apps above do when a school changes what it shares: companies look again at what is findable."""

from collections.abc import Callable, Iterable

circle_changed: list[Callable[[list[int]], None]] = []
"""Called with the ids of the schools whose companies are reachable by others than before, in the transaction."""


def announce(school_ids: Iterable[int]) -> None:
    """Tell whoever has asked, once for each school."""
    ids = sorted(set(school_ids))
    for hear in circle_changed:
        hear(ids)
