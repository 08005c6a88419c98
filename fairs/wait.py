"""The wait as an interval in words, from this booth's day so far: how long its turns take, who works there, who gives up.

A line of n people is served at the rate of its recruiters and loses people who give up, dn/dt = -s/m - r n, so that whoever
stands behind n others is next after ln(1 + r n m / s) / r. What the constants below cannot know, the two ends of the
interval take up: they were set on made-up fair days and are judged on others by `manage.py bench_wait`.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, log1p, sqrt
from statistics import fmean

from django.utils.translation import gettext as _

IMAGINED = (0.5, 1.5, 0.8, 1.2, 1.0)
"""Before anybody was served: five imagined turns, as multiples of the planned length."""
PAUSES = (40.0, 40.0, 40.0)
"""Imagined seconds between two turns of a recruiter; LONGEST is what counts of a real one, since a line may be empty."""
LONGEST = 300.0
AT_WORK = 900.0
"""Seconds since the last turn after which a recruiter no longer counts as staff of the booth."""
GIVE_UP = (4, 14_400.0)
"""Imagined people who gave up, and the seconds that they had stood in line altogether."""
HASTE = 2.5
"""How much faster people give up later than so far: patience ends."""
UNSURE = (0.9, 0.2, 100.0, 3)
"""Share of the rest of a turn, share of everything before oneself, seconds, imagined turns behind the mean."""
LOW, HIGH = -1.64, 1.79
"""Ends of the interval in widths of the logarithm: a tenth of the waits of made-up training days lay beyond each."""


@dataclass(frozen=True)
class Turn:
    """What one call took of a recruiter's time, in seconds of one clock; `ended` None: it goes on.

    `until`: the planned end of a group session, one turn however many take part; it says nothing of how long talks last.
    """

    recruiter: int
    begun: float
    ended: float | None
    until: float | None = None


@dataclass(frozen=True)
class Record:
    """A booth's day so far: its turns, how many left the line uncalled, seconds that all together stood in line.

    `expected`: when planned talks begin whose numbers are yet to be drawn, in order; they come before whoever waits.
    """

    turns: Sequence[Turn]
    gone: int
    stood: float
    plan_minutes: int
    expected: Sequence[float] = ()


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


def estimate(*, ahead: int, now: float, record: Record) -> Wait:
    """The wait of somebody with `ahead` people before them, `now` on the clock of the record."""
    low, high = interval(ahead=ahead, now=now, record=record)
    return Wait(low=_minutes(low), high=_minutes(high))


def interval(*, ahead: int, now: float, record: Record) -> tuple[float, float]:
    """The same in seconds, not rounded; whose planned time comes before one's own turn stands before oneself too."""
    pace, counted = _pace(record, now), 0
    while True:
        low, high = _interval(ahead + counted, pace)
        due = bisect_right(record.expected, now + (low + high) / 2)
        if due <= counted:
            return low, high
        counted = due


@dataclass(frozen=True)
class _Pace:
    """What a day so far says of its booth, whoever asks: seconds of a turn with its pause, of a rest, staff, turns known."""

    mean: float
    spread: float
    rest: float
    staff: int
    rate: float
    known: int
    idle: bool


def _interval(ahead: int, pace: _Pace) -> tuple[float, float]:
    """The two ends for so many people. Nobody before oneself and nobody called: as long as it takes to look up."""
    if ahead == 0 and pace.idle:
        return 0.0, 60.0
    middle, width = _middle(ahead, pace)
    low, high = ((middle + 1) * exp(end * width) - 1 for end in (LOW, HIGH))
    return max(0.0, low), high


def _pace(record: Record, now: float) -> _Pace:
    talks = [turn for turn in record.turns if turn.until is None]
    ended = [turn.ended - turn.begun for turn in talks if turn.ended is not None]
    lengths = [*ended, *(60.0 * record.plan_minutes * share for share in IMAGINED[len(ended) :])]
    pause = fmean([*PAUSES, *_pauses(record.turns)])
    talk = fmean(lengths)
    mean, spread = talk + pause, sqrt(fmean((length - talk) ** 2 for length in lengths))
    staff = _staff(record.turns, now)
    going_on = [turn for turn in record.turns if turn.ended is None]
    rests = [_rest(turn, now, lengths, mean) for turn in going_on] + [pause / 2] * (staff - len(going_on))
    rate = HASTE * (record.gone + GIVE_UP[0]) / (record.stood + GIVE_UP[1])
    return _Pace(mean, spread, fmean(rests), staff, rate, len(ended), not going_on)


def _middle(ahead: int, pace: _Pace) -> tuple[float, float]:
    """The expected wait in seconds, and the standard deviation of its logarithm."""
    mean, staff = pace.mean, pace.staff
    turns = log1p(pace.rate * ahead * mean / staff) * staff / (pace.rate * mean)
    before = turns * mean / staff
    of_rest, of_before, seconds, known = UNSURE
    variance = (
        turns * pace.spread**2 / staff**2
        + (turns * pace.spread / staff) ** 2 / (min(pace.known, 40) + known)
        + (of_rest * pace.rest) ** 2
        + (of_before * before) ** 2
        + seconds**2
    )
    # Of s rests that are equally likely to be anything, the first to end does so after 2 / (s + 1) of their mean.
    middle = 2 * pace.rest / (staff + 1) + before
    return middle, sqrt(log(1 + variance / (middle + 1) ** 2))


def _staff(turns: Sequence[Turn], now: float) -> int:
    """Recruiters with a turn now or a short while ago."""
    return max(1, len({turn.recruiter for turn in turns if turn.ended is None or now - turn.ended < AT_WORK}))


def _pauses(turns: Sequence[Turn]) -> list[float]:
    """Seconds between two turns of the same recruiter."""
    last: dict[int, float] = {}
    found = []
    for turn in sorted(turns, key=lambda turn: turn.begun):
        if turn.recruiter in last:
            found.append(min(LONGEST, max(0.0, turn.begun - last[turn.recruiter])))
        if turn.ended is not None:
            last[turn.recruiter] = turn.ended
    return found


def _rest(turn: Turn, now: float, lengths: Sequence[float], mean: float) -> float:
    """How long a turn goes on that has lasted for so long: as those did that lasted longer; a group until it is planned to end."""
    if turn.until is not None:
        return max(turn.until - now, 0.3 * mean)
    elapsed = now - turn.begun
    longer = [length - elapsed for length in lengths if length > elapsed]
    return (sum(longer) + 0.3 * mean) / (len(longer) + 1)


def _minutes(seconds: float) -> int:
    """Whole minutes below ten, steps of five above: nobody can promise more."""
    minutes = seconds / 60
    return round(minutes) if minutes < 10 else 5 * round(minutes / 5)
