"""Up to four positions side by side: what each says, where they differ, and how well each fits who asks."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.common.errors import Conflict
from backend.positions.models import Position
from backend.positions.queries import positions_visible_to

MOST = 4


@dataclass(frozen=True)
class Fitted:
    """How well a position fits, in hundredths, with the strongest reasons for and against in the active language."""

    percent: int
    good: list[str]
    poor: list[str]


@dataclass(frozen=True)
class Compared:
    """Positions in the order they were asked for; `gone` of those asked for may not be seen, or not any more."""

    positions: list[Position]
    gone: int = 0
    fits: Mapping[int, Fitted] = field(default_factory=dict)

    @property
    def ids(self) -> list[int]:
        return [position.pk for position in self.positions]


Fits = Callable[[Actor, Sequence[Position]], Mapping[int, Fitted]]
_fits: list[Fits] = []


def set_fits(fits_of: Fits) -> None:
    """Set who says how well positions fit a person: {id: Fitted}, empty for whoever is shown no fit; called from ready()."""
    _fits[:] = [fits_of]


def read_ids(text: str) -> list[int]:
    """The numbers an address names, each once, in their order; what is none is left out."""
    parts = (part.strip() for part in text[:200].split(","))
    numbers = (int(part) for part in parts if part.isascii() and part.isdigit() and len(part) <= 18)
    return list(dict.fromkeys(numbers))


def written(ids: Iterable[int]) -> str:
    """The same numbers as an address states them."""
    return ",".join(map(str, ids))


def compare(actor: Actor, ids: Sequence[int], *, fits: bool = True) -> Compared:
    """The first four of these that the person may see, with their fit if that is wanted."""
    wanted = list(ids)[:MOST]
    rows = positions_visible_to(actor, by_id=True).in_bulk(wanted)
    found = [rows[pk] for pk in wanted if pk in rows]
    fitted = _fits[0](actor, found) if fits and _fits and found else {}
    return Compared(found, len(wanted) - len(found), fitted)


def with_one_more(chosen: Sequence[int], position_id: int) -> list[int]:
    """The choice with a position behind the others; refused where four are chosen already."""
    if position_id in chosen:
        return list(chosen)
    if len(chosen) >= MOST:
        raise Conflict(
            "compare_full",
            _("At most %(most)s positions can be compared. Remove one to add another."),
            most=MOST,
        )
    return [*chosen, position_id]
