"""The demand/supply ratio (求人倍率): openings divided by people who look. Pure calculation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import exp, sqrt

ANY = ""
"""Key of the group for rows that name nothing: positions open to all majors, students without a wish."""
SMALL = 10
"""Below this many openings or seekers a ratio is shown with its interval only as a hint."""
Z95 = 1.959964


@dataclass(frozen=True)
class Item:
    """One position (weight: its openings) or one student (weight 1), and the groups it counts in."""

    id: int
    weight: int
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Ratio:
    """Numerator and denominator with what may be said about their quotient."""

    key: str
    openings: int
    seekers: int
    positions: int

    @property
    def value(self) -> float | None:
        """Openings per seeker; None where nobody looks."""
        return self.openings / self.seekers if self.seekers else None

    @property
    def below_one(self) -> bool:
        """Whether there are fewer openings than seekers."""
        return self.seekers > 0 and self.openings < self.seekers

    @property
    def small(self) -> bool:
        """Whether the counts are too small for the quotient to mean much."""
        return self.seekers > 0 and min(self.openings, self.seekers) < SMALL

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % interval, both counts taken as Poisson: exp(ln r ± z·sqrt(1/openings + 1/seekers))."""
        if not self.openings or not self.seekers:
            return None
        spread = exp(Z95 * sqrt(1 / self.openings + 1 / self.seekers))
        quotient = self.openings / self.seekers
        return quotient / spread, quotient * spread


@dataclass(frozen=True)
class Table:
    """Every group, and the whole; a row that counts in several groups counts once in the whole."""

    total: Ratio
    groups: tuple[Ratio, ...]


def ratio_table(demand: Iterable[Item], supply: Iterable[Item]) -> Table:
    """Ratios per group, the group without a name last, the others in order of key."""
    positions, people = list(demand), list(supply)
    opened, counted = _sum(positions), _sum(people)
    numbers = _sum([Item(item.id, 1, item.groups) for item in positions])
    keys = sorted({*opened, *counted}, key=lambda key: (key == ANY, key))
    groups = tuple(Ratio(key, opened.get(key, 0), counted.get(key, 0), numbers.get(key, 0)) for key in keys)
    total = Ratio("*", sum(i.weight for i in positions), sum(i.weight for i in people), len(positions))
    return Table(total, groups)


def members(items: Iterable[Item], key: str) -> list[int]:
    """Ids of the rows that make a figure; `*` is the whole."""
    return [item.id for item in items if key == "*" or key in _keys(item)]


def _sum(items: Iterable[Item]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for item in items:
        for key in _keys(item):
            found[key] = found.get(key, 0) + item.weight
    return found


def _keys(item: Item) -> set[str]:
    return set(item.groups) or {ANY}
