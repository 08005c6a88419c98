"""Named places where a crash test may stop the process or raise; free of cost when none is armed (rule 23)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

_armed: dict[str, Callable[[], None]] = {}


def hit(name: str) -> None:
    """Run what a test armed at this place, if anything."""
    if _armed and name in _armed:
        _armed[name]()


@contextmanager
def armed(name: str, action: Callable[[], None]) -> Iterator[None]:
    """Arm a place for the length of a block; `action` usually raises."""
    _armed[name] = action
    try:
        yield
    finally:
        _armed.pop(name, None)
