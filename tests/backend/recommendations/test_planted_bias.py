"""A department that a learnt taste would hide: the product's own training refuses the model, for groups it holds by itself."""

from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from django.conf import settings

from backend.common import clock
from backend.recommendations.domain import train_ranker
from backend.recommendations.models import Impression, Interaction
from backend.recommendations.queries import showings, standing
from backend.schools.models import Department
from matching import api as matching
from tests.factories.companies import CompanyFactory
from tests.factories.positions import PositionFactory
from tests.factories.schools import DepartmentFactory, MajorFactory
from tests.factories.students import StudentFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("frozen_now")]
CITIES, NOWHERE = ("420100", "420500", "110000"), "650100"
SKILLS = ("Python", "SQL", "焊接", "会计", "Excel", "护理")


@pytest.fixture
def biased(db):
    """Two hundred choose by place alone; one in three wishes for a place without positions, all of one department."""
    lots = Random(3)
    company = CompanyFactory(verified=True)
    majors = {
        far: MajorFactory(
            school=company.school,
            department=DepartmentFactory(school=company.school, name="远" if far else "近"),
        )
        for far in (False, True)
    }
    offers = [
        PositionFactory(
            company=company, published=True, city_code=lots.choice(CITIES), skills=lots.sample(SKILLS, 2)
        )
        for _ in range(24)
    ]
    shown, chosen, now = [], [], clock.now()
    for number in range(200):
        far = number % 3 == 0
        person = StudentFactory(
            school=company.school,
            major=majors[far],
            skills=lots.sample(SKILLS, 2),
            wanted_cities=[NOWHERE if far else lots.choice(CITIES)],
        )
        seen = lots.sample(offers, 8)
        rows = [
            Impression(
                student=person, position=offer, at=now, surface="home", rank=rank, score=0.5, model="m"
            )
            for rank, offer in enumerate(seen, 1)
        ]
        for row in rows:
            row.showing = rows[0].showing
        shown += rows
        best = max(seen, key=lambda offer: (offer.city_code in person.wanted_cities, lots.random()))
        chosen.append(Interaction(student=person, position=best, kind="apply", at=now + timedelta(minutes=1)))
    Impression.objects.bulk_create(shown)
    Interaction.objects.bulk_create(chosen)


def test_the_model_that_hides_a_department_is_refused_and_without_the_gate_it_serves(biased, tmp_path):
    """The second training is the control: the same choices, and nobody asks about departments."""
    run = train_ranker()
    (card,) = matching.cards(Path(settings.MODELS_DIR))
    assert card.metrics["gate"]["low"] > 0
    assert (run.status, card.accepted, standing().model) == ("refused", False, "weighted-rules-1")
    group = f"department: {Department.objects.get(name='远').pk}"
    assert f"under that of the rules for {group}" in run.message
    assert card.fairness[group]["unfair"] == 1.0

    plain = matching.train(showings(), tmp_path)
    assert (plain.accepted, plain.metrics["gate"]) == (True, card.metrics["gate"])
    assert matching.load(tmp_path) == "additive-0001"
