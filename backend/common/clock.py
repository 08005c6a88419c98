"""The one clock. Rules ask `now()` and `today()`, so that tests can stand still or travel (rule 23)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.utils import timezone

_frozen: list[datetime] = []


def now() -> datetime:
    """The present moment, aware, UTC; or the moment a test froze."""
    return _frozen[-1] if _frozen else timezone.now()


def today() -> date:
    """The present date in the active time zone."""
    return timezone.localdate(now())


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Stand still at an aware moment, in every thread of this process."""
    if timezone.is_naive(moment):
        raise ValueError("frozen() takes an aware datetime")
    _frozen.append(moment)
    try:
        yield
    finally:
        _frozen.pop()


def advance(by: timedelta) -> None:
    """Move the innermost frozen clock forward."""
    _frozen[-1] += by
