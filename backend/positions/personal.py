"""What search knows of who asks: what they qualify for, and how well a position fits them. Apps above set both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.positions.models import Position
from search.query import Qualification


@dataclass(frozen=True)
class Fit:
    """How well a position fits who asks: a score in [0, 1] and its main reason."""

    score: float
    zh: str
    en: str

    @property
    def percent(self) -> int:
        """The score as a whole number of hundredths."""
        return round(self.score * 100)

    @property
    def reason(self) -> str:
        """The reason in the active language."""
        return self.zh if (get_language() or "zh").startswith("zh") else self.en


@dataclass(frozen=True)
class Refused:
    """Why there is no order by fit at this moment, and where that can be changed."""

    code: str
    text: Any
    href: str = ""
    action: Any = ""


class Reader(Protocol):
    """Somebody for whom positions can be put in order of fit."""

    def ordered(self, ids: Sequence[int]) -> list[int]:
        """The same ids, the best fit first."""

    def told(self, rows: Sequence[Position], first: int, *, recorded: bool) -> dict[int, Fit]:
        """How well each of these fits; `recorded`, that they are shown in this order, from this place on, is kept."""


_qualified: list[Callable[[Actor], Qualification | None]] = []
_readers: list[Callable[[Actor], Reader | Refused]] = []


def register(
    *,
    qualification: Callable[[Actor], Qualification | None] | None = None,
    reader: Callable[[Actor], Reader | Refused] | None = None,
) -> None:
    """Set who says what somebody qualifies for, and who puts positions in order for them."""
    if qualification is not None:
        _qualified[:] = [qualification]
    if reader is not None:
        _readers[:] = [reader]


def qualification_of(actor: Actor) -> Qualification | None:
    """What this person has to offer; None for whoever does not apply for positions."""
    return _qualified[0](actor) if _qualified else None


def reader_of(actor: Actor) -> Reader | Refused:
    """Who orders positions for this person, or why nobody does."""
    return _readers[0](actor) if _readers else Refused("unavailable", _("There is no order by fit here."))
