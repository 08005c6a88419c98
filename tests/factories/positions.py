"""Positions in their states."""

from datetime import timedelta

import factory

from backend.common import clock
from backend.positions.enums import PositionStatus
from backend.positions.models import Position


class PositionFactory(factory.django.DjangoModelFactory):
    """A lawful draft of a verified company; `published` makes it reachable."""

    class Meta:
        model = Position

    company = factory.SubFactory("tests.factories.companies.CompanyFactory", verified=True)
    title = factory.Sequence(lambda n: f"数控操作员{n}")
    occupation = factory.SubFactory("tests.factories.schools.OccupationFactory")
    openings = 3
    duties = "操作数控车床，完成零件加工和自检。"
    conditions = "两班倒，提供住宿；会看图纸。"
    education = "associate"
    majors = factory.LazyFunction(lambda: ["机电一体化技术"])
    skills = factory.LazyFunction(lambda: ["数控编程", "识图"])
    city_code = "310000"
    place = "浦东新区东方路1号"
    salary_min = 5000
    salary_max = 8000
    deadline = factory.LazyFunction(lambda: clock.today() + timedelta(days=60))

    class Params:
        in_review = factory.Trait(status=PositionStatus.IN_REVIEW)
        published = factory.Trait(
            status=PositionStatus.PUBLISHED,
            published_at=factory.LazyFunction(clock.now),
            expires_at=factory.LazyFunction(lambda: clock.now() + timedelta(days=60)),
        )
