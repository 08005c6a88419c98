"""Fairs, booths and lines in their states, with the people who use them."""

from datetime import timedelta

import factory
from factory.django import DjangoModelFactory

from backend.accounts.actor import Actor, actor_of
from backend.accounts.enums import Role
from backend.common import clock
from fairs.enums import BoothStatus, FairStatus, PlanStatus, TicketStatus
from fairs.models import (
    Booth,
    Fair,
    FairRegistration,
    GroupSession,
    Invitation,
    Meeting,
    Plan,
    PlannedTalk,
    Ticket,
)
from tests.factories.accounts import MembershipFactory
from tests.factories.companies import RecruiterFactory
from tests.factories.students import StudentFactory


class FairFactory(DjangoModelFactory):
    """A live fair of four hours; traits give the other states."""

    class Meta:
        model = Fair

    school = factory.SubFactory("tests.factories.schools.SchoolFactory")
    name = factory.Sequence(lambda n: f"春季双选会{n}")
    starts_at = factory.LazyFunction(lambda: clock.now() - timedelta(hours=1))
    ends_at = factory.LazyFunction(lambda: clock.now() + timedelta(hours=3))
    status = FairStatus.LIVE

    class Params:
        draft = factory.Trait(status=FairStatus.DRAFT)
        sign_up = factory.Trait(status=FairStatus.SIGN_UP)
        ready = factory.Trait(
            status=FairStatus.READY,
            starts_at=factory.LazyFunction(lambda: clock.now() + timedelta(hours=1)),
            ends_at=factory.LazyFunction(lambda: clock.now() + timedelta(hours=5)),
        )
        closed = factory.Trait(status=FairStatus.CLOSED)


class BoothFactory(DjangoModelFactory):
    """An approved booth of a verified company of the fair's school."""

    class Meta:
        model = Booth

    fair = factory.SubFactory(FairFactory)
    company = factory.SubFactory(
        "tests.factories.companies.CompanyFactory",
        verified=True,
        school=factory.SelfAttribute("..fair.school"),
    )
    label = factory.Sequence(lambda n: f"B{n:03d}")
    zone = "A"
    status = BoothStatus.APPROVED

    class Params:
        requested = factory.Trait(status=BoothStatus.REQUESTED, label="")


class TicketFactory(DjangoModelFactory):
    """A waiting ticket; the next number of its booth."""

    class Meta:
        model = Ticket

    booth = factory.SubFactory(BoothFactory)
    student = factory.SubFactory(
        "tests.factories.students.StudentFactory", school=factory.SelfAttribute("..booth.fair.school")
    )
    number = factory.Sequence(lambda n: 1000 + n)
    status = TicketStatus.WAITING
    joined_at = factory.LazyFunction(clock.now)
    stands_since = factory.SelfAttribute("joined_at")


class MeetingFactory(DjangoModelFactory):
    """An open meeting of eight minutes."""

    class Meta:
        model = Meeting

    ticket = factory.SubFactory(TicketFactory, status=TicketStatus.MEETING)
    started_at = factory.LazyFunction(clock.now)
    ends_at = factory.LazyFunction(lambda: clock.now() + timedelta(minutes=8))


class GroupSessionFactory(DjangoModelFactory):
    """An open session of five seats without a recruiter; nobody is called into it."""

    class Meta:
        model = GroupSession

    booth = factory.SubFactory(BoothFactory)
    size = 5
    topic = "校招宣讲"
    started_at = factory.LazyFunction(clock.now)
    ends_at = factory.LazyFunction(lambda: clock.now() + timedelta(minutes=8))


def student_at(fair: Fair, *, registered: bool = True, **fields) -> Actor:
    """A confirmed student of the fair's school with an account, registered for the fair."""
    membership = MembershipFactory(
        role=Role.STUDENT, school=fair.school, student=StudentFactory(school=fair.school, **fields)
    )
    if registered:
        FairRegistration.objects.create(fair=fair, student=membership.student)
    return actor_of(membership.user)


def recruiter_at(booth: Booth) -> Actor:
    """A recruiter of the booth's company."""
    return actor_of(RecruiterFactory(company=booth.company).user)


def staff_of(fair: Fair) -> Actor:
    """Staff of the whole school that holds the fair."""
    return actor_of(MembershipFactory(role=Role.STAFF, school=fair.school).user)


class PlanFactory(DjangoModelFactory):
    """A draft on the grid of its fair: slots of ten minutes from its start, for three hours."""

    class Meta:
        model = Plan

    fair = factory.SubFactory(FairFactory, ready=True)
    starts_at = factory.SelfAttribute("fair.starts_at")
    slots = 18
    minutes = 10

    class Params:
        published = factory.Trait(status=PlanStatus.PUBLISHED, published_at=factory.LazyFunction(clock.now))


class PlannedTalkFactory(DjangoModelFactory):
    """A talk at the plan's first time with the booth's first recruiter, of a student registered for the fair."""

    class Meta:
        model = PlannedTalk

    plan = factory.SubFactory(PlanFactory)
    booth = factory.SubFactory(BoothFactory, fair=factory.SelfAttribute("..plan.fair"))
    student = factory.SubFactory(StudentFactory, school=factory.SelfAttribute("..plan.fair.school"))
    slot = 0
    seat = 0

    @factory.post_generation
    def registered(talk, create, extracted, **_more):
        """Sign the student up, as everybody who is planned has done."""
        FairRegistration.objects.get_or_create(fair=talk.plan.fair, student=talk.student)


class InvitationFactory(DjangoModelFactory):
    """An open invitation that stands a quarter of an hour."""

    class Meta:
        model = Invitation

    booth = factory.SubFactory(BoothFactory)
    student = factory.SubFactory(StudentFactory, school=factory.SelfAttribute("..booth.fair.school"))
    expires_at = factory.LazyFunction(lambda: clock.now() + timedelta(minutes=15))
