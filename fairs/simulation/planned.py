"""One fair day three ways: whoever comes first, fixed slots booked beforehand, and a plan beside the line.

The same people, booths, habits and hours each time; only how talks come about differs. Who comes, until when, how long
a talk lasts and who does not come when called is drawn from ranges as wide as those of `day`. A student goes where the
booth draws and where the fit shows (`INSIGHT`: one standard deviation of fit counts like a draw e times as strong),
with a taste of their own; the booths they choose beforehand are those they would go to first. Lines call by fair turns,
as the product does.
"""

import heapq
import random
from bisect import insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count

import numpy as np

from fairs.planning.problem import Floats, Problem, Seeker, Stand, Talk, Wishes, worth_of
from fairs.planning.rounds import propose
from fairs.turns import bonus_of

USEFUL = 0.5
"""Mutual fit from which both sides gain by a talk; the harmonic mean of the two sides, so neither lies far below."""
CAME = 0.85
"""Share of the registered who come at all."""
INSIGHT = 1.0
CHOICES = 5
"""Booths a student chooses before the fair."""
BOOKED = 4
"""Slots a student may book where slots are booked."""
FIRST_COME, FIXED, PLANNED = "first_come", "fixed_slots", "planned"


@dataclass(frozen=True)
class Sizes:
    """A fair: `fit` has a row per student and a column per booth; times in seconds."""

    fit: Floats
    recruiters: Sequence[int]
    seconds: float
    minutes: int
    lines: int = 3
    grace: float = 90.0
    bonus_minutes: int = 5
    most: int = 6
    breath: int = 0


@dataclass
class Person:
    """A student of the day: when they come and go, which booths they would go to in order."""

    number: int
    comes: float
    leaves: float
    patience: float
    order: list[int]
    present: bool
    busy: bool = False
    talks: int = 0
    standing: set[int] = field(default_factory=set)
    met: set[int] = field(default_factory=set)


@dataclass
class Place:
    """A booth: how long its talks last, how often somebody called does not come, who waits."""

    recruiters: int
    mean: float
    spread: float
    pause: float
    absent: float
    dice: random.Random
    line: list[tuple[float, int, int]] = field(default_factory=list)
    """(second since when, number, student), the order of `turns`: planned talks before all, by their slot and seat."""
    drawn: int = 0
    free: int = 0


@dataclass(frozen=True)
class Result:
    """What a day brought: talks, how many of them useful, people who came and talked to nobody, talks per hour of a recruiter."""

    talks: int
    useful: int
    came: int
    none: int
    none_useful: int
    planned: int = 0


class Crowd:
    """The people and booths of one day, drawn from a seed, and the plan made for them."""

    def __init__(self, sizes: Sizes, seed: int, insight: float = INSIGHT) -> None:
        self.sizes, self.seed = sizes, seed
        dice, arrays = random.Random(seed), np.random.default_rng(seed)
        self.pulls = np.array([dice.paretovariate(1.6) for _ in sizes.recruiters])
        self.habits = [
            (
                60.0 * sizes.minutes * dice.lognormvariate(-0.1, 0.35),
                dice.uniform(0.25, 0.7),
                dice.uniform(10, 70),
                dice.betavariate(1.5, 14),
            )
            for _ in sizes.recruiters
        ]
        spread = float(sizes.fit.std()) or 1.0
        taste = np.log(self.pulls) + insight * (sizes.fit - sizes.fit.mean()) / spread
        self.orders = np.argsort(-(taste + arrays.gumbel(size=sizes.fit.shape)), axis=1, kind="stable")
        self.hours = []
        for _ in range(len(sizes.fit)):
            comes = sizes.seconds * dice.betavariate(1.1, 2.6)
            leaves = min(sizes.seconds, comes + dice.uniform(2400, 9000))
            self.hours.append((comes, leaves, dice.lognormvariate(8.2, 0.6), dice.random() < CAME))

    def people(self) -> list[Person]:
        """Everybody, not yet begun."""
        return [
            Person(number, comes, leaves, patience, self.orders[number].tolist(), present)
            for number, (comes, leaves, patience, present) in enumerate(self.hours)
        ]

    def places(self) -> list[Place]:
        """The booths, not yet begun."""
        return [
            Place(recruiters, *habits, random.Random(f"{self.seed}-{number}"))
            for number, (recruiters, habits) in enumerate(
                zip(self.sizes.recruiters, self.habits, strict=True)
            )
        ]

    def choices(self) -> dict[int, list[int]]:
        """What each student says beforehand."""
        return {number: self.orders[number, :CHOICES].tolist() for number in range(len(self.hours))}

    @property
    def step(self) -> float:
        """Seconds from slot to slot: a talk and two minutes."""
        return 60.0 * (self.sizes.minutes + 2)

    def plan(self) -> list[Talk]:
        """The proposal for what they said: choices, hours, and the fit the planner knows."""
        slots = int(self.sizes.seconds // self.step)
        students = list(range(len(self.hours)))
        seekers = [
            Seeker(number, -int(-comes // self.step), int(leaves // self.step))
            for number, (comes, leaves, _patience, _present) in enumerate(self.hours)
        ]
        booths = list(range(len(self.pulls)))
        stands = [Stand(number, seats, 0, slots) for number, seats in enumerate(self.sizes.recruiters)]
        worth = worth_of(self.sizes.fit, students, booths, Wishes(self.choices()))
        problem = Problem(slots, seekers, stands, worth, most=self.sizes.most, breath=self.sizes.breath)
        return list(propose(problem, self.seed).talks)

    def booked(self) -> list[Talk]:
        """Fixed slots as they are booked: one after the other takes the first free times of the booths they chose."""
        slots = int(self.sizes.seconds // self.step)
        turn = list(range(len(self.hours)))
        random.Random(self.seed).shuffle(turn)
        taken: dict[tuple[int, int], int] = {}
        talks = []
        for number in turn:
            comes, leaves, _patience, _present = self.hours[number]
            mine: set[int] = set()
            for booth in self.orders[number].tolist():
                if len(mine) >= BOOKED:
                    break
                for slot in range(-int(-comes // self.step), min(int(leaves // self.step), slots)):
                    seat = taken.get((booth, slot), 0)
                    if slot not in mine and seat < self.sizes.recruiters[booth]:
                        taken[booth, slot] = seat + 1
                        mine.add(slot)
                        talks.append(Talk(number, booth, slot, seat))
                        break
        return talks


class ThreeWays:
    """Runs one day one way."""

    def __init__(self, crowd: Crowd, way: str, talks: Sequence[Talk] = ()) -> None:
        self.crowd, self.way, self.talks = crowd, way, talks
        self.sizes, self.now, self._order = crowd.sizes, 0.0, count()
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self.people, self.places = crowd.people(), crowd.places()
        self.ahead: dict[int, set[int]] = {}
        for talk in talks:
            self.ahead.setdefault(talk.student, set()).add(talk.booth)
        self.held: list[tuple[int, int]] = []
        """(student, booth) of talks that were held to their end."""

    def run(self) -> Result:
        """From opening to the end."""
        for person in self.people:
            if person.present and self.way != FIXED:
                self._at(person.comes, lambda p=person: self._arrive(p))
        for talk in self.talks:
            self._at(talk.slot * self.crowd.step, lambda t=talk: self._begin(t))
        for number, place in enumerate(self.places):
            place.free = place.recruiters
            if self.way != FIXED:
                self._at(place.dice.uniform(0, 300), lambda n=number: self._call(n))
        while self._events:
            self.now, _, happen = heapq.heappop(self._events)
            if self.now > self.sizes.seconds:
                break
            happen()
        return self._result()

    def _result(self) -> Result:
        useful = [
            (student, booth) for student, booth in self.held if self.sizes.fit[student, booth] >= USEFUL
        ]
        came = [person.number for person in self.people if person.present]
        talked, gained = {student for student, _ in self.held}, {student for student, _ in useful}
        return Result(
            talks=len(self.held),
            useful=len(useful),
            came=len(came),
            none=len(set(came) - talked),
            none_useful=len(set(came) - gained),
            planned=len(self.talks),
        )

    def _at(self, moment: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (moment, next(self._order), happen))

    def _arrive(self, person: Person) -> None:
        for _ in range(self.sizes.lines):
            self._join(person)
        self._at(person.leaves, lambda: self._go_home(person))

    def _join(self, person: Person) -> None:
        """The next booth of one's own order whose line is not too long; nobody joins where a talk is planned."""
        if self.now >= person.leaves or len(person.standing) >= self.sizes.lines:
            return
        known = person.met | person.standing | self.ahead.get(person.number, set())
        open_ones = [booth for booth in person.order if booth not in known][:CHOICES]
        if not open_ones:
            return
        # Among the next few, long lines put off.
        booth = min(
            enumerate(open_ones), key=lambda pair: (pair[0] + 1) * (1 + 0.05 * len(self.places[pair[1]].line))
        )[1]
        place = self.places[booth]
        place.drawn += 1
        since = self.now - 60.0 * bonus_of(person.talks, self.sizes.bonus_minutes)
        stands = self._stand(person, booth, since, place.drawn)
        self._at(self.now + person.patience, lambda: self._give_up(person, booth, stands))
        self._call(booth)

    def _stand(self, person: Person, booth: int, since: float, number: int) -> tuple[float, int, int]:
        stands = (since, number, person.number)
        person.standing.add(booth)
        insort(self.places[booth].line, stands)
        return stands

    def _begin(self, talk: Talk) -> None:
        """A planned time has come: its number is drawn below all others, or the booked talk begins."""
        person, place = self.people[talk.student], self.places[talk.booth]
        self.ahead[talk.student].discard(talk.booth)
        here = person.present and person.comes <= self.now < person.leaves
        if self.way == FIXED:
            # The recruiter keeps the time free; a talk before that ran over delays this one, or costs it.
            self._booked(talk, person, place, here)
        elif here and talk.booth not in person.met:
            self._stand(person, talk.booth, float("-inf"), talk.slot * place.recruiters + talk.seat)
            self._call(talk.booth)

    def _booked(self, talk: Talk, person: Person, place: Place, here: bool) -> None:
        if self.now >= (talk.slot + 1) * self.crowd.step:
            return  # the time is over
        if person.busy or place.free == 0:
            self._at(self.now + 30.0, lambda: self._booked(talk, person, place, here))
            return
        if here and place.dice.random() >= place.absent:
            self._talk(talk.booth, person)

    def _give_up(self, person: Person, booth: int, stands: tuple[float, int, int]) -> None:
        if stands in self.places[booth].line[3:]:
            self._leave(person, booth)

    def _leave(self, person: Person, booth: int) -> None:
        place = self.places[booth]
        place.line = [entry for entry in place.line if entry[2] != person.number]
        person.standing.discard(booth)

    def _go_home(self, person: Person) -> None:
        for booth in list(person.standing):
            self._leave(person, booth)

    def _call(self, booth: int) -> None:
        """Every free recruiter calls the first of the line who is not busy elsewhere."""
        place = self.places[booth]
        while place.free:
            entry = next((entry for entry in place.line if not self.people[entry[2]].busy), None)
            if entry is None:
                return
            person = self.people[entry[2]]
            place.line.remove(entry)
            person.standing.discard(booth)
            if place.dice.random() < place.absent:
                place.free -= 1
                person.met.add(booth)
                self._at(self.now + self.sizes.grace, lambda: self._again(booth))
                continue
            self._talk(booth, person)

    def _talk(self, booth: int, person: Person) -> None:
        place = self.places[booth]
        place.free -= 1
        person.busy = True
        person.talks += 1
        person.met.add(booth)
        lasts = place.mean * place.dice.gammavariate(1 / place.spread**2, place.spread**2)
        self._at(self.now + place.dice.uniform(5, 60) + lasts, lambda: self._end(booth, person))

    def _end(self, booth: int, person: Person) -> None:
        self.held.append((person.number, booth))
        person.busy = False
        place = self.places[booth]
        self._at(self.now + place.dice.expovariate(1 / place.pause), lambda: self._again(booth))
        if self.way != FIXED:
            self._at(self.now + place.dice.uniform(20, 300), lambda: self._join(person))
            for other in list(person.standing):
                self._call(other)

    def _again(self, booth: int) -> None:
        self.places[booth].free += 1
        if self.way != FIXED:
            self._call(booth)


def compare(sizes: Sizes, seeds: Sequence[int], insight: float = INSIGHT) -> dict[str, Result]:
    """The three ways over the same days, summed."""
    found: dict[str, list[Result]] = {FIRST_COME: [], FIXED: [], PLANNED: []}
    for seed in seeds:
        crowd = Crowd(sizes, seed, insight)
        found[FIRST_COME].append(ThreeWays(crowd, FIRST_COME).run())
        found[FIXED].append(ThreeWays(crowd, FIXED, crowd.booked()).run())
        found[PLANNED].append(ThreeWays(crowd, PLANNED, crowd.plan()).run())
    names = Result.__dataclass_fields__
    return {
        way: Result(**{name: sum(getattr(result, name) for result in results) for name in names})
        for way, results in found.items()
    }
