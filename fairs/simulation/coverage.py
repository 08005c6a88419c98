"""How many waits of made-up days lie in the interval that was told, beside what "length × mean" says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import inf
from statistics import fmean

from fairs.simulation.day import Day, Look, Plan
from fairs.wait import estimate, interval

JUDGED = 2 / 3
"""Looks of the last third of a day are left out: the end of the day would answer most of them."""
PLANS = (
    Plan(),
    Plan(booths=12, students=160, seconds=7_200.0, plan_minutes=5),
    Plan(booths=60, students=700, seconds=14_400.0, lines=5, plan_minutes=10),
)
"""Days of three sizes."""


@dataclass(frozen=True)
class Coverage:
    """Shares of all looks, mean errors and width in minutes. A wait beyond the end of the day lies above every interval."""

    looks: int
    inside: float
    below: float
    above: float
    shown: float
    error: float
    naive: float
    width: float


def looks_of(seeds: Iterable[int], plans: Sequence[Plan] = PLANS) -> list[Look]:
    """What was told on the first two thirds of these days, of every size."""
    return [
        look
        for plan in plans
        for seed in seeds
        for look in Day(seed, plan).run()
        if look.at < JUDGED * plan.seconds
    ]


def measure(looks: Sequence[Look]) -> Coverage:
    """Judge what `fairs.wait` says; raises ValueError where there is nothing to judge."""
    if not looks:
        raise ValueError("no looks")
    inside = below = shown = 0
    errors, naive, widths = [], [], []
    for look in looks:
        low, high = interval(ahead=look.ahead, now=look.at, record=look.record)
        told = estimate(ahead=look.ahead, now=look.at, record=look.record)
        real = inf if look.real is None else look.real
        inside += low <= real <= high
        below += real < low
        shown += told.low <= round(real / 60) <= told.high if look.real is not None else 0
        widths.append(high - low)
        if look.real is not None:
            errors.append(abs((low * high) ** 0.5 - real))
            naive.append(abs(length_times_mean(look) - real))
    number = len(looks)
    return Coverage(
        looks=number,
        inside=inside / number,
        below=below / number,
        above=1 - (inside + below) / number,
        shown=shown / number,
        error=fmean(errors) / 60,
        naive=fmean(naive) / 60,
        width=fmean(widths) / 60,
    )


def length_times_mean(look: Look) -> float:
    """What a sign at a booth would say: people before oneself × mean turn ÷ recruiters at work, in seconds."""
    turns = look.record.turns
    lengths = [turn.ended - turn.begun for turn in turns if turn.ended is not None]
    mean = fmean(lengths) if lengths else 60.0 * look.record.plan_minutes
    return look.ahead * mean / max(1, sum(turn.ended is None for turn in turns))
