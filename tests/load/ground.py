"""A live fair of full size, made in seconds, with a real session for everybody."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.common import clock
from backend.companies.models import Company
from backend.students.models import Student
from fairs.enums import TicketStatus
from fairs.models import Booth, Fair, FairRegistration, Meeting, Ticket
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.companies import CompanyFactory
from tests.factories.fairs import BoothFactory, FairFactory
from tests.factories.schools import MajorFactory, SchoolFactory
from tests.factories.students import StudentFactory

BATCH = 500


@dataclass(frozen=True)
class Person:
    """Somebody at the fair: the account, a session's cookie, and a student's row or a recruiter's booth."""

    user_id: int
    cookie: str
    student_id: int = 0
    booth: int = 0
    lines: tuple[int, ...] = ()

    @property
    def stream(self) -> str:
        return f"person-{self.user_id}"


@dataclass
class Ground:
    """Who and what is there; everything by primary key."""

    fair: int
    booths: list[int]
    recruiters: list[Person] = field(default_factory=list)
    students: list[Person] = field(default_factory=list)

    @property
    def hall(self) -> str:
        return f"fair-{self.fair}"


def lay(*, booths: int, recruiters: int, students: int, lines: int = 2) -> Ground:
    """A live fair; recruiters go round the booths, and every student stands in as many lines already."""
    fair = FairFactory(
        school=SchoolFactory(),
        ends_at=clock.now() + timedelta(hours=12),
        opened_at=clock.now(),
        lines_per_student=3,
    )
    companies = Company.objects.bulk_create(
        [CompanyFactory.build(school=fair.school, verified=True) for _ in range(booths)], batch_size=BATCH
    )
    standing = [[(n + step * 7) % booths for step in range(lines)] for n in range(students)]
    made = _booths(fair, companies, standing)
    ground = Ground(fair.pk, [booth.pk for booth in made])
    rows = [made[n % booths] for n in range(recruiters)]
    users = _users(recruiters)
    Membership.objects.bulk_create(
        [
            MembershipFactory.build(user=user, role=Role.RECRUITER, school=None, company=booth.company)
            for user, booth in zip(users, rows, strict=True)
        ],
        batch_size=BATCH,
    )
    ground.recruiters = [
        Person(user.pk, cookie, booth=booth.pk)
        for user, cookie, booth in zip(users, _cookies(users), rows, strict=True)
    ]
    ground.students = _students(fair, made, standing)
    return ground


def talks(ground: Ground, count: int) -> list[tuple[Person, Person, int]]:
    """Put the first `count` recruiters into a talk with a student each: (student, recruiter, meeting)."""
    pairs = list(zip(ground.students[:count], ground.recruiters[:count], strict=True))
    moment = clock.now()
    numbers = dict(Booth.objects.values_list("pk", "last_number"))
    tickets = []
    for student, recruiter in pairs:
        numbers[recruiter.booth] += 1
        tickets.append(
            Ticket(
                booth_id=recruiter.booth, student_id=student.student_id, number=numbers[recruiter.booth],
                status=TicketStatus.MEETING, called_at=moment, answer_by=moment, called_by_id=recruiter.user_id,
            )
        )  # fmt: skip
    Ticket.objects.bulk_create(tickets)
    Booth.objects.bulk_update(
        [Booth(pk=pk, last_number=last) for pk, last in numbers.items()], ["last_number"]
    )
    meetings = Meeting.objects.bulk_create(
        [
            Meeting(ticket=ticket, recruiter_id=recruiter.user_id, ends_at=moment + timedelta(hours=1))
            for ticket, (_student, recruiter) in zip(tickets, pairs, strict=True)
        ]
    )
    return [(*pair, meeting.pk) for pair, meeting in zip(pairs, meetings, strict=True)]


def _booths(fair: Fair, companies: list[Company], standing: list[list[int]]) -> list[Booth]:
    last = [0] * len(companies)
    for places in standing:
        for place in places:
            last[place] += 1
    rows = [
        BoothFactory.build(fair=fair, company=company, last_number=count)
        for company, count in zip(companies, last, strict=True)
    ]
    return Booth.objects.bulk_create(rows, batch_size=BATCH)


def _users(count: int) -> list[User]:
    return User.objects.bulk_create([UserFactory.build() for _ in range(count)], batch_size=BATCH)


def _students(fair: Fair, booths: list[Booth], standing: list[list[int]]) -> list[Person]:
    users, major = _users(len(standing)), MajorFactory(school=fair.school)
    rows = Student.objects.bulk_create(
        [StudentFactory.build(school=fair.school, major=major) for _ in users], batch_size=BATCH
    )
    Membership.objects.bulk_create(
        [
            MembershipFactory.build(user=user, role=Role.STUDENT, school=fair.school, student=student)
            for user, student in zip(users, rows, strict=True)
        ],
        batch_size=BATCH,
    )
    FairRegistration.objects.bulk_create(
        [FairRegistration(fair=fair, student=student) for student in rows], batch_size=BATCH
    )
    drawn = [0] * len(booths)
    tickets = []
    for student, places in zip(rows, standing, strict=True):
        for place in places:
            drawn[place] += 1
            tickets.append(Ticket(booth=booths[place], student=student, number=drawn[place]))
    Ticket.objects.bulk_create(tickets, batch_size=BATCH)
    return [
        Person(user.pk, cookie, student.pk, lines=tuple(booths[place].pk for place in places))
        for user, cookie, student, places in zip(users, _cookies(users), rows, standing, strict=True)
    ]


def _cookies(users: list[User]) -> list[str]:
    """A session of each, as signing in would write it."""
    store, until = SessionStore(), clock.now() + timedelta(days=1)
    backend = settings.AUTHENTICATION_BACKENDS[-1]
    rows = [
        Session(
            session_key=secrets.token_hex(16),
            expire_date=until,
            session_data=store.encode(
                {
                    "_auth_user_id": str(user.pk),
                    "_auth_user_backend": backend,
                    "_auth_user_hash": user.get_session_auth_hash(),
                }
            ),
        )
        for user in users
    ]
    Session.objects.bulk_create(rows, batch_size=BATCH)
    return [f"{settings.SESSION_COOKIE_NAME}={row.session_key}" for row in rows]
