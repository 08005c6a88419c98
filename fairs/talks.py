"""The talks of a booth as its team follows them up, and the file it takes along."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from backend.students.enums import Education, GrantField
from backend.students.queries import live_grants
from fairs.enums import MeetingStatus, Outcome
from fairs.models import Booth, Meeting

FILTERS = ("", "unanswered", "step", *(outcome.value for outcome in Outcome if outcome != Outcome.PENDING))
MOST_ROWS = 5000


def talks_of(booth: Booth, wanted: str = "") -> QuerySet[Meeting]:
    """The ended talks of a booth: those without an answer first, the first due first, then the newest."""
    rows = Meeting.objects.filter(ticket__booth=booth, status=MeetingStatus.ENDED)
    if wanted == "unanswered":
        rows = rows.filter(outcome=Outcome.PENDING)
    elif wanted == "step":
        rows = rows.exclude(next_step="")
    elif wanted in FILTERS and wanted:
        rows = rows.filter(outcome=wanted)
    answered = Case(When(outcome=Outcome.PENDING, then=Value(0)), default=Value(1))
    rows = rows.select_related("ticket__booth", "ticket__student__major", "recruiter")
    return rows.annotate(answered=answered).order_by("answered", "due_at", "-ended_at", "-pk")


def counts_of(booth: Booth) -> dict[str, int]:
    """How many talks each filter shows."""
    rows = Meeting.objects.filter(ticket__booth=booth, status=MeetingStatus.ENDED)
    found = dict.fromkeys(FILTERS, 0)
    for outcome, step in rows.values_list("outcome", "next_step"):
        found[""] += 1
        found["unanswered" if outcome == Outcome.PENDING else outcome] += 1
        found["step"] += bool(step)
    return found


def headers() -> list[str]:
    """The first row of the file."""
    return [
        _("Number"), _("Name"), _("E-mail"), _("Telephone"), _("Major"), _("Education"), _("Recruiter"), _("Ended at"),
        _("Outcome"), _("Answer due"), _("Rating"), _("Private note"), _("Next step"), _("Next step due"),
    ]  # fmt: skip


def file_rows(booth: Booth, talks: Iterable[Meeting]) -> list[list[Any]]:
    """The rows of the file; name and contact stand there only where the student disclosed them to this company."""
    found = list(talks)
    students = [talk.ticket.student_id for talk in found]
    open_fields: dict[int, set[str]] = {}
    grants = live_grants().filter(company_id=booth.company_id, student_id__in=students)
    for student, fields in grants.values_list("student_id", "fields"):
        open_fields.setdefault(student, set()).update(fields)
    return [_row(talk, open_fields.get(talk.ticket.student_id, set())) for talk in found]


def _row(talk: Meeting, disclosed: set[str]) -> list[Any]:
    student = talk.ticket.student
    return [
        talk.ticket.number,
        student.name if GrantField.NAME in disclosed else "",
        student.email if GrantField.EMAIL in disclosed else "",
        student.phone if GrantField.PHONE in disclosed else "",
        student.major.name,
        str(Education(student.education).label),
        str(talk.recruiter or ""),
        _local(talk.ended_at),
        talk.get_outcome_display(),
        _local(talk.due_at),
        talk.rating or "",
        talk.note,
        talk.next_step,
        talk.next_step_due.isoformat() if talk.next_step_due else "",
    ]


def _local(moment: datetime | None) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M") if moment else ""
