"""Rounds of assignment: in each, everybody who can be given one more talk gets one, together as good as possible.

Students × free seats (booth, slot, recruiter) is a rectangular assignment problem, solved exactly by scipy's
`linear_sum_assignment` (the shortest augmenting paths of D. F. Crouse, "On implementing 2D rectangular assignment
algorithms", IEEE Transactions on Aerospace and Electronic Systems 52(4), 2016). One problem per round, rather than one
for all talks, is what keeps the k-th talk of one student from being paid for with the first of another: the same idea
as handing out reviews fairly in N. Garg, T. Kavitha, A. Kumar, K. Mehlhorn, J. Mestre, "Assigning papers to referees",
Algorithmica 58(1), 2010.
"""

import numpy as np

from fairs.planning.problem import ENOUGH, Floats, Problem, Proposal, Talk

FORBIDDEN = 1e5
"""Cost of a pair that may not be: more than all worths of a round together, so that as many as can be are placed."""
SLACK = 0.02
"""Of two times of one booth the one that leaves the student more time afterwards: talks before it may last longer."""
TIE = 1e-6
"""Equal pairs are told apart by the seed, by less than any worth means."""


def propose(problem: Problem, seed: int = 0) -> Proposal:
    """The talks of a fair; the same problem and seed give the same talks, in whatever order rows are handed in."""
    hall = _Hall(problem, seed)
    for number in range(1, problem.most + 1):
        hall.play(number)
    talks = sorted(hall.talks)
    placed = {talk.student for talk in talks}
    return Proposal(talks, [one.id for one in hall.students if one.id not in placed])


class _Hall:
    """The grid as it fills: which seats are free, when each student is, whom each has been planned with."""

    def __init__(self, problem: Problem, seed: int) -> None:
        by_student = sorted(range(len(problem.students)), key=lambda place: problem.students[place].id)
        by_booth = sorted(range(len(problem.booths)), key=lambda place: problem.booths[place].id)
        self.students = [problem.students[place] for place in by_student]
        booths = [problem.booths[place] for place in by_booth]
        self.booths = booths
        self.worth: Floats = problem.worth[np.ix_(by_student, by_booth)].astype(np.float64)
        self.dice = np.random.default_rng(seed)
        self.talks: list[Talk] = []
        self.held = np.zeros(len(self.students), dtype=int)
        slots = range(problem.slots)
        there = [[one.first <= slot < one.last for slot in slots] for one in self.students]
        self.free = np.array(there, dtype=bool).reshape(len(self.students), problem.slots)
        self.slack: Floats = self.free[:, ::-1].cumsum(axis=1)[:, ::-1] / max(problem.slots, 1)
        self.seats = [
            (column, slot, seat)
            for column, booth in enumerate(booths)
            for slot in range(max(booth.first, 0), min(booth.last, problem.slots))
            for seat in range(booth.seats)
            if slot not in problem.shut and not _breathes(problem.breath, column, slot)
        ]

    def play(self, number: int) -> None:
        """One round: the `number`-th talk of everybody who has one fewer and can be given it."""
        wanting = np.flatnonzero(self.held < number)
        if not wanting.size or not self.seats:
            return
        columns, slots = np.array([seat[:2] for seat in self.seats]).T
        worth = self.worth[np.ix_(wanting, columns)]
        least = np.where(self.held[wanting] == 0, 0.0, ENOUGH)
        may = (worth >= least[:, np.newaxis]) & self.free[np.ix_(wanting, slots)]
        worth = worth + SLACK * self.slack[np.ix_(wanting, slots)]
        cost = np.where(may, -worth, FORBIDDEN) - TIE * self.dice.random(worth.shape)
        # Read in here: few processes ever plan a fair, and every other would start later for it.
        from scipy.optimize import linear_sum_assignment

        rows, places = linear_sum_assignment(cost)
        taken = {int(place): int(wanting[r]) for r, place in zip(rows, places, strict=True) if may[r, place]}
        for place, who in taken.items():
            self._take(who, *self.seats[place])
        self.seats = [seat for place, seat in enumerate(self.seats) if place not in taken]

    def _take(self, who: int, column: int, slot: int, seat: int) -> None:
        self.talks.append(Talk(self.students[who].id, self.booths[column].id, slot, seat))
        self.held[who] += 1
        self.free[who, slot] = False
        self.worth[who, column] = -1.0


def _breathes(breath: int, column: int, slot: int) -> bool:
    """Whether a slot stays free; neighbouring booths breathe at different times."""
    return breath > 0 and (slot + column) % breath == breath - 1
