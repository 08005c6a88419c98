"""The booths of a fair in a student's order of fit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backend.accounts.actor import Actor
from backend.common import clock
from backend.positions.personal import Fit
from backend.recommendations import catalogue
from backend.recommendations.queries.words import Grounds, fit_of, grounds_of
from backend.recommendations.serving import standing
from matching.types import Match, Student


@dataclass(frozen=True)
class BoothFit:
    """A booth with the position it brings that fits best; nothing but the booth where none is open or fits well enough."""

    booth: int
    position: int | None = None
    fit: Fit | None = None
    grounds: Grounds | None = None


def booths_by_fit(actor: Actor, offers: Mapping[int, Sequence[int]]) -> list[BoothFit] | None:
    """Booths (each with the positions it brings), the best fit first; swamped positions give way as in other lists.

    None for whoever is not ordered by fit. Booths that bring nothing open come last, in the order given, and so do those
    whose best position is not among the 500 or so that are ranked.
    """
    person = catalogue.students().held.get(actor.student_id or 0)
    if person is None:
        return None
    standing()
    best = _best(person, offers)
    told = [
        BoothFit(booth, match.position_id, fit_of(match), grounds_of(match)) for booth, match in best.items()
    ]
    return [*told, *(BoothFit(booth) for booth in offers if booth not in best)]


def _best(person: Student, offers: Mapping[int, Sequence[int]]) -> dict[int, Match]:
    """Booth → its best match, the best booth first."""
    held = catalogue.positions().held
    booths_of: dict[int, list[int]] = {}
    for booth, positions in offers.items():
        for position in positions:
            booths_of.setdefault(position, []).append(booth)
    first: dict[int, int] = {}
    for position in held.order(person, list(booths_of), on=clock.today(), spread=True):
        for booth in booths_of[position]:
            first.setdefault(booth, position)
    wanted = set(first.values())
    matches = held.rank(person, limit=len(wanted), only=wanted, on=clock.today())
    by_position = {match.position_id: match for match in matches}
    # Only so many are ranked, and a position may have been closed since.
    return {booth: by_position[position] for booth, position in first.items() if position in by_position}
