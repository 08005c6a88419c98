"""How much students and the booths of a fair would gain from each other, for whoever plans their talks."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from backend.common import clock
from backend.recommendations import catalogue
from backend.recommendations.serving import standing
from matching import api as matching

CLOSED = -1.0
"""Stands where there is no figure: the student is not ordered by fit, or nothing of the booth is open."""


def mutual_at_booths(students: Sequence[int], offers: Mapping[int, Sequence[int]]) -> npt.NDArray[np.float64]:
    """The mutual score of each student (row) with the best position of each booth (column, in the order of `offers`)."""
    standing()
    held, places = catalogue.students().held, catalogue.positions().held
    people = [(row, person) for row, pk in enumerate(students) if (person := held.get(pk)) is not None]
    wanted = sorted({pk for positions in offers.values() for pk in positions if pk in places})
    found = np.full((len(students), len(offers)), CLOSED)
    if not people or not wanted:
        return found
    mutual = matching.mutual_matrix(
        [person for _, person in people], [places.get(pk) for pk in wanted], on=clock.today()
    )
    at = {pk: column for column, pk in enumerate(wanted)}
    rows = [row for row, _ in people]
    for column, positions in enumerate(offers.values()):
        own = [at[pk] for pk in positions if pk in at]
        if own:
            found[rows, column] = mutual[:, own].max(axis=1)
    return found


def fits_at_booth(students: Sequence[int], positions: Sequence[int]) -> dict[int, float]:
    """Student → the score with the best of these positions, as their company orders; without who is not ordered by fit."""
    standing()
    held, places = catalogue.students().held, catalogue.positions().held
    people = [person for pk in students if (person := held.get(pk)) is not None]
    wanted = [places.get(pk) for pk in positions if pk in places]
    if not people or not wanted:
        return {}
    scores = matching.score_matrix(people, wanted, on=clock.today()).round(12).max(axis=1)
    return dict(zip((person.id for person in people), scores.tolist(), strict=True))
