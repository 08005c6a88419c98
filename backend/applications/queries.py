"""Which applications, slots and notes may this person see?"""

from django.db.models import Count, Q, QuerySet

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.applications.eligibility import qualification_of
from backend.applications.enums import LIVE, OPEN, ApplicationStatus
from backend.applications.models import Application, ApplicationNote, InterviewSlot
from backend.common import clock
from backend.common.errors import NotFound
from backend.companies.queries import reachable
from backend.students.models import Student
from search.query import Qualification


def applications_visible_to(actor: Actor) -> QuerySet[Application]:
    """Students see their own, recruiters their verified company's, staff those of their school's students.

    Whoever applies is named to that company, and stays so when the schools no longer share an alliance: the student
    chose the company, and the record of it is the company's too. How to reach them ends with the consent (rule 17),
    the rest of the profile with the circle, the name when the student erases the account.
    """
    rows = Application.objects.select_related(
        "position__company",
        "student__school",
        "student__major__department",
        "student__school_class",
        "resume",
        "offer",
    )
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.STUDENT:
            return rows.filter(student_id=actor.student_id)
        case Role.RECRUITER:
            return rows.filter(reachable("position__company__"), position__company_id=actor.company_id)
        case Role.STAFF:
            rows = rows.filter(student__school_id=actor.school_id)
            return (
                rows.filter(student__major__department_id=actor.department_id)
                if actor.department_id
                else rows
            )
        case _:
            return rows.none()


def get_application(actor: Actor, application_id: int) -> Application:
    """One application this person may see; NotFound otherwise."""
    row = applications_visible_to(actor).filter(pk=application_id).first()
    if row is None:
        raise NotFound()
    return row


def slots_visible_to(actor: Actor) -> QuerySet[InterviewSlot]:
    """Recruiters see their company's slots; students the coming ones they may pick, and their own."""
    rows = InterviewSlot.objects.select_related("position__company", "application__student").order_by(
        "starts_at", "pk"
    )
    match actor.role:
        case Role.OPERATOR | Role.SYSTEM:
            return rows
        case Role.RECRUITER:
            return rows.filter(reachable("position__company__"), position__company_id=actor.company_id)
        case Role.STUDENT:
            invited = Application.objects.filter(
                student_id=actor.student_id, status=ApplicationStatus.INTERVIEW
            )
            free = Q(starts_at__gt=clock.now(), position__in=invited.values("position"))
            return rows.filter(free | Q(application__student_id=actor.student_id))
        case _:
            return rows.none()


def free_slots_for(application: Application) -> QuerySet[InterviewSlot]:
    """Coming times nobody has taken, for the position of this application."""
    return InterviewSlot.objects.filter(
        position_id=application.position_id, application__isnull=True, starts_at__gt=clock.now()
    ).order_by("starts_at", "pk")


def booked_slot(application: Application) -> InterviewSlot | None:
    """The interview time of an application."""
    return InterviewSlot.objects.filter(application=application).first()


def notes_on(actor: Actor, application: Application) -> QuerySet[ApplicationNote]:
    """A company's private notes; nobody else reads them."""
    if actor.role != Role.RECRUITER or actor.company_id != application.position.company_id:
        return ApplicationNote.objects.none()
    return application.notes.select_related("author").order_by("-pk")


def overdue_visible_to(actor: Actor) -> QuerySet[Application]:
    """Open applications whose answer is past its due date, the longest silence first."""
    return (
        applications_visible_to(actor)
        .filter(status__in=OPEN, due_at__lt=clock.now())
        .order_by("due_at", "pk")
    )


def stage_counts(rows: QuerySet[Application]) -> dict[str, int]:
    """How many applications stand at each stage, every stage named."""
    found = dict(rows.order_by().values_list("status").annotate(number=Count("pk")))
    return {status: found.get(status, 0) for status in ApplicationStatus.values}


def live_application(student_id: int, position_id: int) -> Application | None:
    """The one live application of a student for a position."""
    return Application.objects.filter(student_id=student_id, position_id=position_id, status__in=LIVE).first()


def recruiters_of(company_id: int) -> list[int]:
    """User ids of a company's recruiters."""
    rows = Membership.objects.filter(company_id=company_id, role=Role.RECRUITER, ended_at__isnull=True)
    return list(rows.order_by("user_id").values_list("user_id", flat=True))


def user_of(student_id: int) -> list[int]:
    """The user id of a student with an account, as a list."""
    rows = Membership.objects.filter(student_id=student_id, ended_at__isnull=True)
    return list(rows.values_list("user_id", flat=True))


def applicants_of(company_id: int) -> Q:
    """Condition on Student: has applied to this company and not withdrawn."""
    applied = Application.objects.filter(position__company_id=company_id)
    return Q(pk__in=applied.exclude(status=ApplicationStatus.WITHDRAWN).values("student_id"))


def qualification_for(actor: Actor) -> Qualification | None:
    """What the student who asks has to offer to positions; None for everybody else."""
    if actor.role != Role.STUDENT or actor.student_id is None:
        return None
    return qualification_of(Student.objects.select_related("major").get(pk=actor.student_id))
