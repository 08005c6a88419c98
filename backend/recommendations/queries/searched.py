"""Search hits in a student's order of fit."""

from collections.abc import Sequence
from functools import cached_property

from backend.common import clock
from backend.positions.models import Position
from backend.recommendations import catalogue
from backend.recommendations.convert import as_position
from backend.recommendations.interest import plain_students
from backend.recommendations.queries.student import MatchList, Shown
from backend.recommendations.serving import standing
from backend.students.models import Student
from matching import api as matching
from matching.api import Catalogue


class SearchOrder:
    """Puts hits in order for one student (with school, major and experience) and says why; looks at the rows in memory once."""

    def __init__(self, student: Student) -> None:
        self.student = student
        self._standing = standing()
        (self._person,) = plain_students([student])

    @cached_property
    def _held(self) -> Catalogue:
        return catalogue.positions().held  # type: ignore[no-any-return]

    def ordered(self, ids: Sequence[int]) -> list[int]:
        """The best first, swamped positions giving way; what is not in memory yet stands last, as it came."""
        found = self._held.order(self._person, ids, on=clock.today(), spread=True)
        known = set(found)
        return [*found, *(pk for pk in ids if pk not in known)]

    def shown(self, rows: Sequence[Position], first: int) -> MatchList:
        """These positions with their matches, at the places from `first` on."""
        pairs = [(self._person, self._held.get(row.pk) or as_position(row)) for row in rows]
        matches = matching.explain_pairs(pairs, on=clock.today())
        placed = enumerate(zip(rows, matches, strict=True), first)
        shown = [Shown(row, rank, match, False) for rank, (row, match) in placed]
        return MatchList(self.student, shown, self._standing)
