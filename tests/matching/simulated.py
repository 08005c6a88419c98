"""People whose taste is known, so that training has a truth to find."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import numpy as np

from matching import api
from matching.types import Interaction, Position, Student
from tests.matching.builders import position, student

START = datetime(2026, 3, 1, 8, tzinfo=UTC)
CITIES = ("420100", "420106", "420500", "110000")
SKILLS = ("Python", "SQL", "焊接", "会计", "Excel", "护理")
Taste = Callable[[Student, list[Position]], list[float]]


def by_nothing(person: Student, offers: list[Position]) -> list[float]:
    """All are liked alike: chance decides."""
    return [0.0] * len(offers)


def by_place(person: Student, offers: list[Position]) -> list[float]:
    """Only the city counts: far from the weighted rules, easy to learn."""
    return [float(offer.city_code in person.wanted_cities) for offer in offers]


def by_rules(person: Student, offers: list[Position]) -> list[float]:
    """Exactly what the weighted rules say: nothing is left to gain."""
    return list(api.score_matrix([person], offers)[0])


def interactions(taste: Taste, *, people: int = 100, seed: int = 1, shown: int = 12) -> list[Interaction]:
    """One showing per person and day; the most liked position is chosen, equal ones by lot."""
    random = np.random.default_rng(seed)
    offers = [_position(number, random) for number in range(60)]
    rows = []
    for number in range(people):
        person = _student(number, random)
        picks = [offers[i] for i in random.choice(len(offers), shown, replace=False)]
        liked = [worth + random.random() * 1e-3 for worth in taste(person, picks)]
        chosen = {picks[int(np.argmax(liked))].id}
        rows.append(Interaction(person, picks, chosen, START + timedelta(days=number % 10)))
    return rows


def _student(number: int, random: np.random.Generator) -> Student:
    return student(
        id=number,
        skills=tuple(random.choice(SKILLS, 2, replace=False)),
        wanted_cities=(str(random.choice(CITIES)),),
        salary_floor=int(random.integers(3, 12)) * 1000,
    )


def _position(number: int, random: np.random.Generator) -> Position:
    floor = int(random.integers(3, 12)) * 1000
    return position(
        id=number,
        skills=tuple(random.choice(SKILLS, 2, replace=False)),
        city_code=str(random.choice(CITIES)),
        salary_min=floor,
        salary_max=floor + 2000,
        education=str(random.choice(["any", "associate", "bachelor"])),
    )
