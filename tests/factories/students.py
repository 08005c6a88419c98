"""Students, what they show, and whom they show it."""

from datetime import date, timedelta

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory

from backend.common import clock
from backend.students.enums import StudentStatus, Visibility
from backend.students.models import DisclosureGrant, Experience, Resume, Student
from tests.factories.schools import MajorFactory, SchoolFactory


class StudentFactory(DjangoModelFactory):
    """A confirmed student, visible to companies, with a profile of some substance."""

    class Meta:
        model = Student

    class Params:
        on_roster = factory.Trait(status=StudentStatus.ROSTER, email="", phone="")
        pending = factory.Trait(status=StudentStatus.PENDING)
        hidden = factory.Trait(visibility=Visibility.HIDDEN)
        anonymous = factory.Trait(visibility=Visibility.ANONYMOUS)

    school = factory.SubFactory(SchoolFactory)
    major = factory.SubFactory(MajorFactory, school=factory.SelfAttribute("..school"))
    number = factory.Sequence(lambda n: f"2023{n:05d}")
    name = factory.Sequence(lambda n: f"学生{n}")
    email = factory.Sequence(lambda n: f"student{n}@students.invalid")
    phone = factory.Sequence(lambda n: f"139{n:08d}")
    education = "associate"
    graduation_year = 2026
    status = StudentStatus.CONFIRMED
    visibility = Visibility.VISIBLE
    skills = factory.LazyFunction(lambda: ["Java", "SQL"])
    certificates = factory.LazyFunction(list)
    wanted_occupations = factory.LazyFunction(list)
    wanted_cities = factory.LazyFunction(lambda: ["320500"])
    wanted_kinds = factory.LazyFunction(lambda: ["full_time"])


class ExperienceFactory(DjangoModelFactory):
    """Half a year of internship."""

    class Meta:
        model = Experience

    student = factory.SubFactory(StudentFactory)
    title = "测试实习生"
    organisation = "示例软件公司"
    started_on = date(2025, 3, 1)
    ended_on = date(2025, 8, 31)
    description = "编写自动化测试"


class ResumeFactory(DjangoModelFactory):
    """A stored resume; its file is a few bytes that say PDF."""

    class Meta:
        model = Resume

    student = factory.SubFactory(StudentFactory)
    title = "我的简历"
    file = factory.LazyFunction(lambda: ContentFile(b"%PDF-1.4\n%%EOF\n", name="resume.pdf"))
    content_type = "application/pdf"
    size = 15


class DisclosureGrantFactory(DjangoModelFactory):
    """A consent that holds for a month; give `company`."""

    class Meta:
        model = DisclosureGrant

    student = factory.SubFactory(StudentFactory)
    fields = factory.LazyFunction(lambda: ["name", "email", "phone"])
    purpose = "application"
    expires_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=30))
