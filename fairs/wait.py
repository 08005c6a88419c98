"""The wait as an interval in words, from the talk lengths of this booth; from the plan at first."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, pstdev

from django.utils.translation import gettext as _

PRIOR = (0.5, 1.5, 0.8, 1.2, 1.0)
"""Before anybody was served: five imagined talks, as multiples of the planned length."""
Z_80 = 1.2816
"""Half width of the central 80 % of a normal distribution: a sum of talks is close to one."""


@dataclass(frozen=True)
class Wait:
    """The wait in minutes: eight in ten waits are meant to lie between low and high."""

    low: int
    high: int

    @property
    def text(self) -> str:
        """The interval in the reader's language."""
        if self.high <= 1:
            return _("no wait")
        if self.low == self.high:
            return _("about %(minutes)d minutes") % {"minutes": self.high}
        return _("%(low)d–%(high)d minutes") % {"low": self.low, "high": self.high}


def estimate(*, ahead: int, talking: int, lengths: Sequence[float], plan_minutes: int) -> Wait:
    """The wait of somebody with `ahead` people before them while `talking` talks go on.

    The imagined talks fade as real ones come in. Recruiters who talk now are taken as the staff of the booth.
    """
    imagined = [60.0 * plan_minutes * share for share in PRIOR]
    sample = [*lengths, *imagined[len(lengths) :]]
    mean, spread = fmean(sample), pstdev(sample)
    staff = max(1, talking)
    rounds = ahead / staff
    # Each talk that goes on now has on average half its length left: anything between none and all of it.
    rest = mean / 2 if talking else 0.0
    centre = rounds * mean + rest
    half = Z_80 * sqrt(rounds * spread**2 / staff + (mean**2 / 12 if talking else 0.0))
    return Wait(low=_minutes(max(0.0, centre - half)), high=_minutes(centre + half))


def _minutes(seconds: float) -> int:
    """Whole minutes below ten, steps of five above: nobody can promise more."""
    minutes = seconds / 60
    return round(minutes) if minutes < 10 else 5 * round(minutes / 5)
