"""Where the line is walked as a machine: two booths, five students, three recruiters, and the rules of the fair."""

from tests.factories.fairs import BoothFactory, FairFactory, TicketFactory, recruiter_at, staff_of, student_at
from tests.scenes import START

GRACE, LIMIT, BONUS = 60, 2, 1
STEPS_AWAY, AWAY = 2, 1
TALKED = (2, 2, 1, 0, 0)
"""Talks that each student has had already, elsewhere: those with fewer stand before them for a while."""


class World:
    """People and booths of one fair, made once; every walk starts from here and is rolled back."""

    def __init__(self):
        self.fair = FairFactory(
            lines_per_student=LIMIT,
            no_show_grace_seconds=GRACE,
            turn_bonus_minutes=BONUS,
            steps_away_max=STEPS_AWAY,
            away_minutes_max=AWAY,
        )
        self.booths = [BoothFactory(fair=self.fair) for _ in range(2)]
        self.students = [student_at(self.fair) for _ in range(5)]
        # Two recruiters at the first booth: they race for the same line.
        self.recruiters = [recruiter_at(self.booths[n]) for n in (0, 0, 1)]
        self.staff = staff_of(self.fair)
        talked = BoothFactory(fair=self.fair)
        for student, talks in enumerate(TALKED):
            served = {"student_id": self.students[student].student_id, "status": "served", "called_at": START}
            TicketFactory.create_batch(talks, booth=talked, **served)

    def booth_of(self, recruiter):
        """The booth a recruiter works at."""
        return self.booths[(0, 0, 1)[recruiter]]
