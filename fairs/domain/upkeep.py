"""What befalls a published plan by itself: students who hide, and times that pass while the fair is paused."""

from collections import defaultdict
from datetime import timedelta
from itertools import chain

from django.db import transaction
from django.utils import timezone

from backend.accounts.actor import SYSTEM
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.common import clock
from backend.notifications import domain as notifications
from backend.notifications.queries import told
from fairs import plans
from fairs.domain.line import user_ids
from fairs.domain.plan import take_out
from fairs.enums import RUNNING, FairStatus, PlanStatus
from fairs.models import FairRegistration, Plan, PlannedTalk


def drop_hidden() -> int:
    """Take out talks to come of students who hide from companies by now and had not chosen the booth; how many.

    To the booth such a student would be nameless. Both sides are told, and the staff of the school.
    """
    hidden = _hidden().filter(plan__fair__status__in=[*plans.BEFORE, *RUNNING]).values("plan")
    found = Plan.objects.filter(status=PlanStatus.PUBLISHED, pk__in=hidden).order_by("pk")
    return sum(_drop_hidden(pk) for pk in list(found.values_list("pk", flat=True)))


def _hidden():
    rows = PlannedTalk.objects.filter(chosen=False, ticket__isnull=True)
    return rows.exclude(student__visibility__in=plans.OPEN_TO_COMPANIES)


@transaction.atomic
def _drop_hidden(pk: int) -> int:
    plan = Plan.objects.select_for_update(of=("self",)).select_related("fair__school").get(pk=pk)
    if plan.status != PlanStatus.PUBLISHED:
        return 0
    rows = _hidden().filter(plan=plan).select_related("booth__company", "student").order_by("slot", "pk")
    now, dropped = clock.now(), 0
    for talk in rows:
        talk.plan = plan
        if talk.ends_at > now:
            take_out(SYSTEM, talk)
            dropped += 1
    if dropped:
        staff = Membership.objects.filter(
            role=Role.STAFF, school=plan.fair.school, department__isnull=True, ended_at__isnull=True
        )
        notifications.notify(
            user_ids=list(staff.order_by("pk").values_list("user_id", flat=True)),
            kind="fairs.talks_hidden",
            dedupe_key=f"fairs.talks_hidden:{plan.pk}:{plan.version}",
            url=f"/staff/fairs/{plan.fair_id}/plan/?view=without",
            fair=plan.fair.name,
            count=dropped,
        )
    return dropped


def tell_lost() -> int:
    """Tell both sides of planned talks whose whole rest passed while the fair is paused, for students who had come; how many."""
    lost = 0
    paused = Plan.objects.filter(
        status=PlanStatus.PUBLISHED, fair__status=FairStatus.PAUSED, fair__paused_at__isnull=False
    )
    for plan in paused.select_related("fair").order_by("pk"):
        lost += _tell_lost(plan)
    return lost


@transaction.atomic
def _tell_lost(plan: Plan) -> int:
    step, paused_at = timedelta(minutes=plan.minutes), plan.fair.paused_at
    over = (clock.now() - plan.starts_at) // step
    first = max((paused_at - plan.starts_at) // step, 0)
    here = FairRegistration.objects.filter(fair=plan.fair, entered_at__isnull=False)
    rows = plan.talks.filter(
        slot__gte=first, slot__lt=over, ticket__isnull=True, student__in=here.values("student_id")
    )
    talks = list(rows.select_related("booth__company").order_by("slot", "pk"))
    users = user_ids([talk.student_id for talk in talks])
    teams: dict[int, list[int]] = defaultdict(list)
    team = Membership.objects.filter(
        role=Role.RECRUITER, ended_at__isnull=True, company__in={talk.booth.company_id for talk in talks}
    )
    for company, user in team.order_by("pk").values_list("company_id", "user_id"):
        teams[company].append(user)
    # A pause is looked at again and again: who has read it already costs nothing more.
    everybody = {*users.values(), *chain.from_iterable(teams.values())}
    known = told(everybody, [key for talk in talks for key in _keys(talk)])
    for talk in talks:
        talk.plan, (mine, theirs) = plan, _keys(talk)
        said = {"fair": plan.fair.name, "time": timezone.localtime(talk.starts_at).strftime("%H:%M")}
        notifications.notify(
            user_ids=_left([users[talk.student_id]] if talk.student_id in users else [], mine, known),
            kind="fairs.talk_lost",
            dedupe_key=mine,
            url=f"/fairs/{plan.fair_id}/timetable/",
            company=talk.booth.company.name,
            **said,
        )
        notifications.notify(
            user_ids=_left(teams[talk.booth.company_id], theirs, known),
            kind="fairs.talk_lost_here",
            dedupe_key=theirs,
            url=f"/company/fairs/booths/{talk.booth_id}/timetable/",
            **said,
        )
    return len(talks)


def _keys(talk: PlannedTalk) -> tuple[str, str]:
    """What the student, and the booth's team, are told once of a talk that was lost."""
    return f"fairs.talk_lost:{talk.pk}:{talk.slot}", f"fairs.talk_lost_here:{talk.booth_id}:{talk.slot}"


def _left(users: list[int], key: str, known: set[tuple[int, str]]) -> list[int]:
    return [user for user in users if (user, key) not in known]
