"""Nobody is ghosted: a talk without an answer reminds its recruiter once it is due, then the company's owners, then the school."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.notifications import domain as notifications
from fairs import queries
from fairs.models import Meeting

AT_ONCE = 500
Told = dict[int, list[int]]


@dataclass(frozen=True)
class Step:
    """Whom a talk is told to, how long after its answer was due, and where they can mend it."""

    level: int
    after: timedelta
    kind: str
    url: str
    people: Callable[[Sequence[Meeting]], Told]


def escalate() -> int:
    """Take every talk whose answer is due the steps that it has come to, each once; how many steps were taken."""
    return sum(_take(step) for step in STEPS)


@transaction.atomic
def _take(step: Step) -> int:
    due = queries.unanswered().filter(due_at__lt=clock.now() - step.after, escalated=step.level - 1)
    rows = due.select_for_update(of=("self",)).select_related("ticket__booth__fair", "ticket__booth__company")
    meetings = list(rows[:AT_ONCE])
    people = step.people(meetings)
    for meeting in meetings:
        booth = meeting.ticket.booth
        notifications.notify(
            user_ids=people.get(meeting.pk, []),
            kind=step.kind,
            dedupe_key=f"{step.kind}:{meeting.pk}",
            url=step.url.format(booth=booth.pk, fair=booth.fair_id),
            number=meeting.ticket.number,
            company=booth.company.name,
            fair=booth.fair.name,
        )
    Meeting.objects.filter(pk__in=[meeting.pk for meeting in meetings]).update(escalated=step.level)
    return len(meetings)


def _recruiter(meetings: Sequence[Meeting]) -> Told:
    return {meeting.pk: [meeting.recruiter_id] for meeting in meetings if meeting.recruiter_id}


def _owners(meetings: Sequence[Meeting]) -> Told:
    companies = {meeting.pk: meeting.ticket.booth.company_id for meeting in meetings}
    found = _members(Q(role=Role.RECRUITER, is_owner=True, company_id__in=companies.values()), "company_id")
    return {pk: found.get(company, []) for pk, company in companies.items()}


def _school(meetings: Sequence[Meeting]) -> Told:
    """Staff of the whole school that held the fair."""
    schools = {meeting.pk: meeting.ticket.booth.fair.school_id for meeting in meetings}
    whole = Q(role=Role.STAFF, department__isnull=True, school_id__in=schools.values())
    found = _members(whole, "school_id")
    return {pk: found.get(school, []) for pk, school in schools.items()}


def _members(who: Q, by: str) -> Told:
    found: Told = {}
    rows = Membership.objects.filter(who, ended_at__isnull=True).order_by("pk")
    for user, key in rows.values_list("user_id", by):
        found.setdefault(key, []).append(user)
    return found


CONSOLE, CONTROL = "/company/fairs/booths/{booth}/", "/staff/fairs/{fair}/report/unanswered/"
STEPS = (
    Step(1, timedelta(0), "fairs.answer_due", CONSOLE, _recruiter),
    Step(2, timedelta(days=2), "fairs.answer_overdue", CONSOLE, _owners),
    Step(3, timedelta(days=4), "fairs.answer_missing", CONTROL, _school),
)
