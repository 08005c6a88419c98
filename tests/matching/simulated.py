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
Taste = Callable[[Student, Position], float]


def by_place(person: Student, offer: Position) -> float:
    """Only the city counts: far from the weighted rules, easy to learn."""
    return float(offer.city_code in person.wanted_cities)


def by_rules(person: Student, offer: Position) -> float:
    """Exactly what the weighted rules say: nothing is left to gain."""
    return api.explain(person, offer).score


def interactions(taste: Taste, *, people: int = 100, seed: int = 1, shown: int = 12) -> list[Interaction]:
    """One showing per person and day; the most liked position is chosen, equal ones by lot."""
    random = np.random.default_rng(seed)
    offers = [_position(number, random) for number in range(60)]
    rows = []
    for number in range(people):
        person = _student(number, random)
        picks = [offers[i] for i in random.choice(len(offers), shown, replace=False)]
        liked = [taste(person, offer) + random.random() * 1e-3 for offer in picks]
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
