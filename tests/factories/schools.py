"""Schools, their parts, and reference codes."""

import factory
from factory.django import DjangoModelFactory

from backend.schools.models import Alliance, Department, Division, Major, Occupation, School, SchoolClass


class DivisionFactory(DjangoModelFactory):
    """A city; Suzhou unless said otherwise."""

    class Meta:
        model = Division
        django_get_or_create = ("code",)

    code = "320500"
    name = "苏州市"
    short_name = "苏州"
    parent_code = "320000"
    level = 2
    pinyin = "Suzhou"


class OccupationFactory(DjangoModelFactory):
    """An occupation of level 4 with a code of its own."""

    class Meta:
        model = Occupation
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"2-02-{10 + n // 100 % 90:02d}-{n % 100:02d}")
    name = factory.Sequence(lambda n: f"工程技术人员{n}")
    level = 4


class AllianceFactory(DjangoModelFactory):
    """An alliance without schools."""

    class Meta:
        model = Alliance

    name = factory.Sequence(lambda n: f"职教联盟{n}")


class SchoolFactory(DjangoModelFactory):
    """A school that stands alone."""

    class Meta:
        model = School

    name = factory.Sequence(lambda n: f"示范职业技术学院{n}")
    code = factory.Sequence(lambda n: f"school-{n}")
    city_code = "320500"


class DepartmentFactory(DjangoModelFactory):
    """A department of a school of its own."""

    class Meta:
        model = Department

    school = factory.SubFactory(SchoolFactory)
    name = factory.Sequence(lambda n: f"信息工程学院{n}")


class MajorFactory(DjangoModelFactory):
    """A major of a department of the same school."""

    class Meta:
        model = Major

    school = factory.SubFactory(SchoolFactory)
    department = factory.SubFactory(DepartmentFactory, school=factory.SelfAttribute("..school"))
    name = factory.Sequence(lambda n: f"软件技术{n}")
    code = "510203"
    skills = factory.LazyFunction(lambda: ["Java", "SQL"])
    occupation_codes = factory.LazyFunction(list)


class SchoolClassFactory(DjangoModelFactory):
    """A class of a major of its own."""

    class Meta:
        model = SchoolClass

    major = factory.SubFactory(MajorFactory)
    name = factory.Sequence(lambda n: f"软件24{n:02d}")
    graduation_year = 2026
