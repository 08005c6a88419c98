"""How well applicants fit, told by an app above: score and main reason per application, and an order by it."""

from collections.abc import Callable, Iterable, Sequence

from backend.accounts.actor import Actor
from backend.applications.models import Application
from backend.positions.personal import Fit

MOST = 500
"""Applications put in order at once: the latest; the rest follow as they came."""

Tell = Callable[[Actor, Sequence[Application]], dict[int, Fit]]
Order = Callable[[Actor, Sequence[tuple[int, int, int]]], list[int]]
_told: list[tuple[Tell, Order]] = []


def register(*, tell: Tell, order: Order) -> None:
    """Set who tells how applicants fit, and who puts (application, student, position) in order."""
    _told[:] = [(tell, order)]


def fits_of(actor: Actor, rows: Sequence[Application]) -> dict[int, Fit]:
    """Fit by application, where the reader may know it and the applicant wants to be ordered by it."""
    return _told[0][0](actor, rows) if _told and rows else {}


def best_first(actor: Actor, triples: Iterable[tuple[int, int, int]]) -> list[int]:
    """Applications in order of fit; those without one come last, as they came."""
    held = list(triples)
    if not _told:
        return [pk for pk, _student, _position in held]
    return _told[0][1](actor, held[:MOST]) + [pk for pk, _student, _position in held[MOST:]]
