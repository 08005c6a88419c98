"""The two sides of one school's market as matching knows them: who looks, and what is open."""

from collections.abc import Sequence
from dataclasses import dataclass

import matching.types as plain
from backend.accounts.actor import SYSTEM
from backend.positions.queries import open_now, positions_visible_to
from backend.recommendations import catalogue
from backend.schools.models import School
from backend.students.enums import StudentStatus
from backend.students.models import Student


@dataclass(frozen=True)
class Market:
    """Seeking, confirmed students of a school who are ordered by fit, and positions open to its circle, by id."""

    students: Sequence[plain.Student]
    positions: Sequence[plain.Position]

    @property
    def empty(self) -> bool:
        """Whether there is no pair to speak of."""
        return not self.students or not self.positions


def market_of(school: School) -> Market:
    """The market of today."""
    circle = [school.pk]
    if school.alliance_id is not None:
        circle = list(School.objects.filter(alliance_id=school.alliance_id).values_list("pk", flat=True))
    seekers = Student.objects.filter(
        school=school, status=StudentStatus.CONFIRMED, seeking=True, personalised=True
    )
    places = positions_visible_to(SYSTEM).filter(open_now(), company__school_id__in=circle)
    people, offers = catalogue.students().held, catalogue.positions().held
    return Market(
        [found for pk in seekers.order_by("pk").values_list("pk", flat=True) if (found := people.get(pk))],
        [found for pk in places.order_by("pk").values_list("pk", flat=True) if (found := offers.get(pk))],
    )
