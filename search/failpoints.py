"""Named places where a crash test may stop the process; the project connects its own registry (rule 23)."""

from collections.abc import Callable

NAMES = (
    "search.embedded.before_commit",
    "search.embedded.after_commit",
    "search.embedded.before_swap",
    "search.embedded.after_swap",
    "search.elasticsearch.before_bulk",
    "search.elasticsearch.after_bulk",
    "search.elasticsearch.before_swap",
    "search.elasticsearch.after_swap",
)


def _nothing(_name: str) -> None:
    """No test is running."""


_connected: list[Callable[[str], None]] = [_nothing]


def connect(hit: Callable[[str], None]) -> None:
    """Have `hit` called with the name of every place that is passed; called from ready()."""
    _connected[:] = [hit]


def hit(name: str) -> None:
    """Say that this place is passed."""
    _connected[0](name)
