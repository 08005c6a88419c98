"""Where group sessions are tested: a booth with two recruiters and a line."""

from fairs.domain import group, line, meeting
from fairs.models import Ticket
from tests.factories.fairs import BoothFactory, FairFactory, recruiter_at, staff_of, student_at


class Hall:
    """A booth with two recruiters and five who wait in the order of `students`."""

    def __init__(self):
        self.fair = FairFactory(no_show_grace_seconds=90, meeting_minutes=8)
        self.booth, self.other = BoothFactory(fair=self.fair), BoothFactory(fair=self.fair)
        self.staff = staff_of(self.fair)
        self.leader, self.colleague = recruiter_at(self.booth), recruiter_at(self.booth)
        self.students = [student_at(self.fair) for _ in range(5)]
        self.tickets = [line.join_line(actor=actor, booth_id=self.booth.pk) for actor in self.students]

    def open(self, size=3, topic="", **also):
        return group.open_group(
            **{"actor": self.leader, "booth_id": self.booth.pk, "size": size, "topic": topic} | also
        )

    def come(self, *which):
        return [meeting.accept_call(actor=self.students[n], ticket_id=self.tickets[n].pk) for n in which]

    def stands(self):
        """(number, status, in a group) of the booth's tickets."""
        rows = Ticket.objects.filter(booth=self.booth).order_by("number")
        return [(n, status, bool(g)) for n, status, g in rows.values_list("number", "status", "group")]
