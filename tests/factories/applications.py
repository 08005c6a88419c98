"""Applications in their stages, interview times and offers; and actors of the people around them."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application, InterviewSlot, Offer
from backend.common import clock
from tests.factories.positions import PositionFactory
from tests.factories.students import StudentFactory


class ApplicationFactory(DjangoModelFactory):
    """A new application of a fitting student for a published position of a company of the same school."""

    class Meta:
        model = Application

    student = factory.SubFactory(StudentFactory)
    position = factory.SubFactory(
        PositionFactory,
        published=True,
        majors=factory.LazyFunction(list),
        company__school=factory.SelfAttribute("...student.school"),
    )
    due_at = factory.LazyFunction(lambda: clock.now() + timedelta(days=7))

    class Params:
        viewed = factory.Trait(status=ApplicationStatus.VIEWED)
        shortlisted = factory.Trait(status=ApplicationStatus.SHORTLISTED)
        interview = factory.Trait(status=ApplicationStatus.INTERVIEW)
        offered = factory.Trait(
            status=ApplicationStatus.OFFER,
            offer=factory.RelatedFactory("tests.factories.applications.OfferFactory", "application"),
        )
        withdrawn = factory.Trait(status=ApplicationStatus.WITHDRAWN, due_at=None)


class OfferFactory(DjangoModelFactory):
    """An offer to be answered within three days."""

    class Meta:
        model = Offer

    application = factory.SubFactory(ApplicationFactory, status=ApplicationStatus.OFFER)
    salary = 6500
    starts_on = factory.LazyFunction(lambda: clock.today() + timedelta(days=30))
    deadline = factory.LazyFunction(lambda: clock.now() + timedelta(days=3))


class InterviewSlotFactory(DjangoModelFactory):
    """A free half hour tomorrow or later."""

    class Meta:
        model = InterviewSlot

    position = factory.SubFactory(PositionFactory, published=True)
    starts_at = factory.Sequence(lambda n: clock.now() + timedelta(days=1, minutes=30 * n))
    ends_at = factory.LazyAttribute(lambda slot: slot.starts_at + timedelta(minutes=30))
    place = "A 座 301"


def student_actor(student, **fields) -> Actor:
    """The actor of a student, without an account."""
    school = student.school_id
    return Actor(role=Role.STUDENT, school_id=school, school_ids=(school,), student_id=student.pk, **fields)


def recruiter_actor(company, **fields) -> Actor:
    """The actor of a recruiter, without an account."""
    school = company.school_id
    return Actor(role=Role.RECRUITER, school_id=school, school_ids=(school,), company_id=company.pk, **fields)


def staff_actor(school, **fields) -> Actor:
    """The actor of a school's staff."""
    return Actor(role=Role.STAFF, school_id=school.pk, school_ids=(school.pk,), **fields)
