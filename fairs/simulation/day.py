"""One fair day, event by event: students come, stand in lines, are called, talk, lose patience, go on to the next booth.

Made up, not observed: lengths, no-shows, breaks and patience are drawn per booth and person from the ranges below, which are
wider than one school's habits. The rules are the product's own: fair turns, who is busy elsewhere is passed over, whoever does
not come within the grace is a no-show.
"""

import heapq
import random
from bisect import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from fairs.turns import bonus_of
from fairs.wait import Record, Turn

LOOKS = 600.0
"""Seconds between two looks of everybody in line at what their wait is said to be."""


@dataclass(frozen=True)
class Plan:
    """The size of a day; times in seconds."""

    seconds: float = 10_800.0
    booths: int = 30
    students: int = 420
    lines: int = 3
    plan_minutes: int = 8
    grace: float = 90.0
    bonus_minutes: int = 5


Turned = tuple[float, int]
"""Where somebody stands: the second since when, with the bonus for few talks, and the number drawn."""


@dataclass
class Booth:
    """A booth and how its people work."""

    recruiters: int
    mean: float
    spread: float
    pause: float
    absent: float
    pull: float
    line: list["Person"] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    going: dict[int, float] = field(default_factory=dict)
    away: set[int] = field(default_factory=set)
    resting: set[int] = field(default_factory=set)
    gone: int = 0
    drawn: int = 0
    stood: float = 0.0
    since: dict[Turned, float] = field(default_factory=dict)
    left: list[tuple[Turned, list["Told"]]] = field(default_factory=list)
    """Who left the line uncalled, by place: the next call of somebody behind it would have been theirs."""


@dataclass(eq=False)
class Person:
    """A student of the day: where they stand, and since when."""

    patience: float
    leaves: float
    standing: dict[int, Turned] = field(default_factory=dict)
    """Booth → where they stand there."""
    seen: set[int] = field(default_factory=set)
    busy: bool = False
    talks: int = 0


@dataclass(frozen=True)
class Look:
    """What one student was told from: the booth's record as it was at `at`, `ahead` before them, and what came of it.

    `real`: seconds until the call, or until the call that would have been theirs had they not left; None where the day
    ended before it.
    """

    at: float
    ahead: int
    record: Record
    real: float | None


Told = tuple[float, int, Record]


class Day:
    """Runs one day; `looks` are all moments at which somebody read a wait."""

    def __init__(self, seed: int, plan: Plan = Plan()) -> None:
        self.plan, self.dice = plan, random.Random(seed)
        self.now, self._order = 0.0, count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self.booths = [self._booth() for _ in range(plan.booths)]
        self._open: dict[tuple[int, int], list[Told]] = {}
        self.looks: list[Look] = []

    def run(self) -> list[Look]:
        """From opening to the end."""
        for _ in range(self.plan.students):
            # Most come early, a few all day long.
            self._at(self.plan.seconds * self.dice.betavariate(1.1, 2.6), self._arrive)
        for number, booth in enumerate(self.booths):
            for recruiter in range(booth.recruiters):
                booth.away.add(recruiter)
                self._at(self.dice.uniform(0, 300), lambda b=number, r=recruiter: self._free(b, r))
                for _ in range(self.dice.choice((0, 0, 1, 1, 2))):
                    begin = self.dice.uniform(1800, self.plan.seconds)
                    self._at(begin, lambda b=number, r=recruiter: self._rest(b, r))
        self._at(LOOKS, self._look_around)
        while self._events:
            self.now, _, happen = heapq.heappop(self._events)
            if self.now > self.plan.seconds:
                break
            happen()
        for told in (*self._open.values(), *(told for booth in self.booths for _, told in booth.left)):
            self._settle(told, None)
        return self.looks

    def _booth(self) -> Booth:
        mean = 60.0 * self.plan.plan_minutes * self.dice.lognormvariate(-0.1, 0.35)
        return Booth(
            recruiters=self.dice.choice((1, 1, 1, 1, 2, 2, 2, 3)),
            mean=mean,
            spread=self.dice.uniform(0.25, 0.7),
            pause=self.dice.uniform(10, 70),
            absent=self.dice.betavariate(1.5, 14),
            pull=self.dice.paretovariate(1.6),
        )

    def _at(self, moment: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), happen))

    def _arrive(self) -> None:
        person = Person(
            patience=self.dice.lognormvariate(8.2, 0.6), leaves=self.now + self.dice.uniform(2400, 9000)
        )
        for _ in range(self.dice.randint(1, self.plan.lines)):
            self._join(person)
        self._at(person.leaves, lambda: self._go_home(person))

    def _join(self, person: Person) -> None:
        if self.now > person.leaves or len(person.standing) >= self.plan.lines:
            return
        known = person.seen | set(person.standing)
        choices = [number for number in range(len(self.booths)) if number not in known]
        if not choices:
            return
        # Long lines put off, but the booths everybody wants keep the longest ones.
        weights = [self.booths[n].pull / (1 + 0.05 * len(self.booths[n].line)) for n in choices]
        number = self.dice.choices(choices, weights)[0]
        booth = self.booths[number]
        booth.drawn += 1
        bonus = 60.0 * bonus_of(person.talks, self.plan.bonus_minutes)
        person.standing[number] = mine = (self.now - bonus, booth.drawn)
        booth.since[mine] = self.now
        booth.line.insert(bisect(booth.line, mine, key=lambda other: other.standing[number]), person)
        self._tell(number, person)
        self._at(self.now + person.patience, lambda: self._give_up(person, number, mine))
        for recruiter in range(booth.recruiters):
            self._call(number, recruiter)

    def _give_up(self, person: Person, number: int, drawn: Turned) -> None:
        """Out of patience, if the person still stands there with that number; nobody leaves close to the head."""
        line = self.booths[number].line
        if person.standing.get(number) == drawn and person in line and line.index(person) > 2:
            self._leave(person, number)

    def _leave(self, person: Person, number: int) -> None:
        booth = self.booths[number]
        booth.line.remove(person)
        booth.gone += 1
        drawn = person.standing.pop(number)
        booth.stood += self.now - booth.since.pop(drawn)
        booth.left.append((drawn, self._open.pop((number, id(person)))))

    def _go_home(self, person: Person) -> None:
        for number in list(person.standing):
            if person in self.booths[number].line:
                self._leave(person, number)

    def _rest(self, number: int, recruiter: int) -> None:
        booth = self.booths[number]
        booth.resting.add(recruiter)

        def back() -> None:
            booth.resting.discard(recruiter)
            self._call(number, recruiter)

        self._at(self.now + self.dice.uniform(300, 1200), back)

    def _free(self, number: int, recruiter: int) -> None:
        self.booths[number].away.discard(recruiter)
        self._call(number, recruiter)

    def _call(self, number: int, recruiter: int) -> None:
        """The first of the line who is not busy elsewhere."""
        booth = self.booths[number]
        if recruiter in booth.away or recruiter in booth.resting:
            return
        person = next((person for person in booth.line if not person.busy), None)
        if person is None:
            return
        booth.line.remove(person)
        booth.stood += self.now - booth.since.pop(person.standing[number])
        booth.going[recruiter] = self.now
        booth.away.add(recruiter)
        person.busy = True
        self._settle(self._open.pop((number, id(person))), self.now)
        for drawn, told in [left for left in booth.left if left[0] < person.standing[number]]:
            booth.left.remove((drawn, told))
            self._settle(told, self.now)
        if self.dice.random() < booth.absent:
            self._at(self.now + self.plan.grace, lambda: self._end(number, recruiter, person))
            return
        person.talks += 1
        talk = booth.mean * self.dice.gammavariate(1 / booth.spread**2, booth.spread**2)
        come = self.dice.uniform(5, 60)
        self._at(self.now + come + talk, lambda: self._end(number, recruiter, person))

    def _end(self, number: int, recruiter: int, person: Person) -> None:
        """A turn is over, whether the student came or not; the recruiter takes a moment, the student goes on."""
        booth = self.booths[number]
        booth.turns.append(Turn(recruiter, booth.going.pop(recruiter), self.now))
        person.busy = False
        person.standing.pop(number)
        person.seen.add(number)
        self._at(self.now + self.dice.expovariate(1 / booth.pause), lambda: self._free(number, recruiter))
        self._at(self.now + self.dice.uniform(20, 300), lambda: self._join(person))
        for other in person.standing:
            for colleague in range(self.booths[other].recruiters):
                self._call(other, colleague)

    def _look_around(self) -> None:
        for number, booth in enumerate(self.booths):
            for person in booth.line:
                self._tell(number, person)
        self._at(self.now + LOOKS, self._look_around)

    def _tell(self, number: int, person: Person) -> None:
        booth = self.booths[number]
        going = [Turn(recruiter, begun, None) for recruiter, begun in booth.going.items()]
        stood = booth.stood + sum(self.now - since for since in booth.since.values())
        record = Record(
            turns=(*booth.turns, *going), gone=booth.gone, stood=stood, plan_minutes=self.plan.plan_minutes
        )
        told = (self.now, booth.line.index(person), record)
        self._open.setdefault((number, id(person)), []).append(told)

    def _settle(self, told: list[Told], called: float | None) -> None:
        for at, ahead, record in told:
            real = None if called is None else called - at
            self.looks.append(Look(at, ahead, record, real))
