"""`manage.py bench_slots`: many processes grab few interview times; exactly as many bookings as times may succeed."""

import multiprocessing
import time
from collections.abc import Callable
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, OperationalError, connection, connections

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.applications.domain import book_slot
from backend.applications.enums import ApplicationStatus
from backend.applications.models import Application, InterviewSlot
from backend.audit.models import AuditEntry
from backend.common import clock
from backend.common.errors import Conflict, DomainError
from backend.companies.enums import CompanySize, CompanyStatus
from backend.companies.models import Company
from backend.positions.enums import PositionStatus
from backend.positions.models import Position
from backend.schools.models import Department, Major, Occupation, School
from backend.students.enums import Education, StudentStatus
from backend.students.models import Student

MARK = "bench-slots"
RETRIES = 5


class Command(BaseCommand):
    """Measure that no interview time is booked twice; `--no-guard` is the control that must book twice."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """How many attempts, times and processes."""
        parser.add_argument("--attempts", type=int, default=20_000)
        parser.add_argument("--slots", type=int, default=200)
        parser.add_argument("--processes", type=int, default=8)
        parser.add_argument(
            "--no-guard", action="store_true", help="look, then write, without the conditional write"
        )

    def handle(self, *args, **options) -> None:
        """Build, race, count, clean up; a wrong number is an error."""
        attempts, slots, processes = options["attempts"], options["slots"], options["processes"]
        self.stdout.write(f"{connection.vendor}: {attempts} attempts, {slots} times, {processes} processes")
        clean_up()
        slot_ids, student_ids, school_id = build(slots, attempts)
        book = book_unguarded if options["no_guard"] else book_guarded
        started = time.perf_counter()
        booked = race(book, slot_ids, student_ids, school_id, processes)
        seconds = time.perf_counter() - started
        stored = InterviewSlot.objects.filter(pk__in=slot_ids, application__isnull=False).count()
        clean_up()
        self.stdout.write(f"told “booked”: {booked}; times booked: {stored}; {seconds:.1f} s")
        if options["no_guard"]:
            if booked <= slots:
                raise CommandError(
                    "the control found no double booking: the race is too tame to prove anything"
                )
            self.stdout.write(
                self.style.SUCCESS(f"control: {booked - slots} double bookings without the guard")
            )
        elif (booked, stored) != (slots, slots):
            raise CommandError(f"{booked} were told that they have one of {slots} times")
        else:
            self.stdout.write(self.style.SUCCESS("exact: no double booking"))


def build(slots: int, attempts: int) -> tuple[list[int], list[int], int]:
    """A school, a company, a position, free times, and one student at the interview stage per attempt."""
    school = School.objects.create(name=MARK, code=MARK, city_code="320500")
    department = Department.objects.create(school=school, name=MARK)
    major = Major.objects.create(school=school, department=department, name=MARK)
    company = Company.objects.create(
        school=school,
        name=MARK,
        credit_code=MARK,
        industry=MARK,
        size=CompanySize.SMALL,
        city_code="320500",
        status=CompanyStatus.VERIFIED,
        vetted_until=clock.now() + timedelta(days=30),
    )
    occupation, _created = Occupation.objects.get_or_create(code=MARK, defaults={"name": MARK, "level": 4})
    position = Position.objects.create(
        company=company,
        title=MARK,
        occupation=occupation,
        openings=slots,
        duties=MARK,
        conditions=MARK,
        city_code="320500",
        place=MARK,
        deadline=clock.today() + timedelta(days=30),
        status=PositionStatus.PUBLISHED,
        published_at=clock.now(),
        expires_at=clock.now() + timedelta(days=30),
    )
    students = Student.objects.bulk_create(
        [
            Student(
                school=school,
                major=major,
                number=f"{MARK}-{n}",
                name=MARK,
                education=Education.ASSOCIATE,
                graduation_year=2026,
                status=StudentStatus.CONFIRMED,
            )
            for n in range(attempts)
        ],
        batch_size=500,
    )
    Application.objects.bulk_create(
        [Application(student=s, position=position, status=ApplicationStatus.INTERVIEW) for s in students],
        batch_size=500,
    )
    first = clock.now() + timedelta(days=1)
    rows = InterviewSlot.objects.bulk_create(
        [
            InterviewSlot(
                position=position,
                starts_at=first + timedelta(minutes=30 * n),
                ends_at=first + timedelta(minutes=30 * (n + 1)),
                place=MARK,
            )
            for n in range(slots)
        ]
    )
    return [row.pk for row in rows], [student.pk for student in students], school.pk


def clean_up() -> None:
    """Remove what an earlier or this run made."""
    slots = InterviewSlot.objects.filter(place=MARK)
    label = InterviewSlot._meta.label_lower
    AuditEntry.objects.filter(target=label, target_id__in=list(slots.values_list("pk", flat=True))).delete()
    slots.delete()
    Application.objects.filter(position__company__name=MARK).delete()
    Position.objects.filter(company__name=MARK).delete()
    Student.objects.filter(school__code=MARK).delete()
    Company.objects.filter(name=MARK).delete()
    School.objects.filter(code=MARK).delete()
    Occupation.objects.filter(code=MARK).delete()


Book = Callable[[int, int, int], bool]


def race(book: Book, slot_ids: list[int], student_ids: list[int], school_id: int, processes: int) -> int:
    """Share the attempts out; all processes start together and walk the times in the same order."""
    connections.close_all()
    context = multiprocessing.get_context("fork")
    gate, results = context.Barrier(processes), context.Queue()
    jobs = [
        context.Process(
            target=_worker, args=(book, slot_ids, student_ids[n::processes], school_id, (gate, results))
        )
        for n in range(processes)
    ]
    for job in jobs:
        job.start()
    answers = [results.get() for _job in jobs]
    for job in jobs:
        job.join()
    failures = [error for _booked, error in answers if error]
    if failures:
        raise CommandError(f"{len(failures)} processes failed: {failures[0]}")
    return sum(booked for booked, _error in answers)


def _worker(book: Book, slot_ids: list[int], student_ids: list[int], school_id: int, shared: tuple) -> None:
    gate, results = shared
    booked, error = 0, "stopped before the end"
    gate.wait()
    try:
        for number, student_id in enumerate(student_ids):
            booked += book(slot_ids[number % len(slot_ids)], student_id, school_id)
        error = ""
    except (DatabaseError, DomainError) as failure:
        error = repr(failure)
    finally:
        # A process that dies must say so, or the parent would wait for it for ever.
        connections.close_all()
        results.put((booked, error))


def book_guarded(slot_id: int, student_id: int, school_id: int) -> bool:
    """The product's own way; whether the student was told "booked"."""
    actor = Actor(role=Role.STUDENT, school_id=school_id, school_ids=(school_id,), student_id=student_id)
    for _attempt in range(RETRIES):
        try:
            book_slot(actor=actor, slot_id=slot_id)
        except Conflict:
            return False
        except OperationalError:
            # SQLite's busy time-out under this load: the student presses again.
            continue
        return True
    raise OperationalError(f"the database stayed busy through {RETRIES} attempts")


def book_unguarded(slot_id: int, student_id: int, school_id: int) -> bool:
    """Look, then write: what the guard is there to prevent."""
    application = Application.objects.get(student_id=student_id)
    slot = InterviewSlot.objects.get(pk=slot_id)
    if slot.application_id is not None:
        return False
    slot.application, slot.booked_at = application, clock.now()
    slot.save(update_fields=["application", "booked_at"])
    return True
