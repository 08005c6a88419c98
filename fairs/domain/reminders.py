"""Reminders before a fair: companies a week and a day before, registered students a day and an hour before, once each."""

from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import NotFound
from backend.notifications import domain as notifications
from backend.notifications.queries import told, was_told
from fairs import queries, readiness, rules
from fairs.enums import BoothStatus, FairPlace, FairStatus, PlanStatus
from fairs.models import Booth, Fair, FairRegistration, PlannedTalk

COMPANIES = (("week", timedelta(days=7), timedelta(days=1)), ("day", timedelta(days=1), timedelta(0)))
STUDENTS = (("day", timedelta(days=1), timedelta(hours=1)), ("hour", timedelta(hours=1), timedelta(0)))
"""Name of a reminder, and between how long before the first opening it is sent."""
AT_ONCE = 500
"""Students read at once: a fair has thousands."""


def send_due() -> int:
    """Send what is due by now to whom it was not sent; how many times somebody was told. Twice is once."""
    now, sent = clock.now(), 0
    ahead = Fair.objects.filter(
        status__in=[FairStatus.SIGN_UP, FairStatus.READY],
        starts_at__gt=now,
        starts_at__lte=now + COMPANIES[0][1],
    )
    for fair in ahead.select_related("school").order_by("pk"):
        before = fair.starts_at - now
        for name, most, least in COMPANIES:
            if least < before <= most:
                sent += _remind_companies(fair, name)
        for name, most, least in STUDENTS:
            if least < before <= most:
                sent += _remind_students(fair, name, registered_by=fair.starts_at - most)
    return sent


@transaction.atomic
def set_reminders(*, actor: Actor, fair_id: int, wanted: bool) -> None:
    """A registered student wants to be reminded of a fair, or no longer does."""
    fair = queries.fairs_visible_to(actor).filter(pk=fair_id).first()
    rows = FairRegistration.objects.filter(fair=fair, student_id=actor.student_id)
    if fair is None or not rules.can_stand_in_line(actor) or not rows.exists():
        raise NotFound
    if rows.update(reminders=wanted):
        audit.record(actor=actor, verb="fairs.reminders_set", target=fair, after="on" if wanted else "off")


@transaction.atomic
def stop_reminders(*, actor: Actor, registration_id: int) -> None:
    """Remind of one fair no more; whoever holds the link of a mail may, signed in or not."""
    row = FairRegistration.objects.select_related("fair").filter(pk=registration_id, reminders=True).first()
    if row is not None:
        FairRegistration.objects.filter(pk=row.pk).update(reminders=False)
        audit.record(actor=actor, verb="fairs.reminders_set", target=row.fair, after="off")


def words_of_company(params: dict[str, Any]) -> dict[str, Any]:
    """What a booth lacks, in the active language."""
    missing = params.get("missing")
    if not isinstance(missing, list):
        return {}
    known = [(readiness.SENTENCES[kind], count) for kind, count in missing if kind in readiness.SENTENCES]
    words = [(str(sentence) % {"count": count}).rstrip(".。") for sentence, count in known]
    return {"missing": "; ".join(words) or _("nothing is missing")}


def words_of_student(params: dict[str, Any]) -> dict[str, Any]:
    """A student's planned talks, and the way in, in the active language."""
    talks, said = params.get("talks"), {}
    if isinstance(talks, list):
        named = "; ".join(f"{time} {company}" for time, company in talks)
        said["talks"] = (
            _("Your planned talks: %(list)s.") % {"list": named}
            if talks
            else _("You have no planned talks: join a line in the hall.")
        )
    if params.get("place") in FairPlace.values:
        said["place"] = (
            _("You enter the hall on the page of the fair")
            if params["place"] == FairPlace.ONLINE
            else _("At the door show your code, which stands on the page of the fair")
        )
    return said


@transaction.atomic
def _remind_companies(fair: Fair, name: str) -> int:
    booths = list(
        Booth.objects.filter(fair=fair)
        .exclude(status=BoothStatus.REFUSED)
        .select_related("company", "fair")
        .order_by("pk")
    )
    teams: dict[int, list[int]] = defaultdict(list)
    rows = Membership.objects.filter(
        role=Role.RECRUITER, ended_at__isnull=True, company__in={booth.company_id for booth in booths}
    )
    for company, user in rows.order_by("pk").values_list("company_id", "user_id"):
        teams[company].append(user)
    keys = {booth.pk: f"{_key(fair, name)}:{booth.pk}" for booth in booths}
    known = told({user for team in teams.values() for user in team}, list(keys.values()))
    left = {
        booth.pk: [user for user in teams[booth.company_id] if (user, keys[booth.pk]) not in known]
        for booth in booths
    }
    booths = [booth for booth in booths if left[booth.pk]]
    gaps = readiness.of_booths(booths)
    for booth in booths:
        notifications.notify(
            user_ids=left[booth.pk],
            kind="fairs.reminder_company",
            dedupe_key=keys[booth.pk],
            url=f"/company/fairs/booths/{booth.pk}/readiness/",
            fair=fair.name,
            time=_local(fair, fair.starts_at),
            missing=[(gap.kind, gap.count) for gap in gaps[booth.pk]],
        )
    return sum(len(left[booth.pk]) for booth in booths)


def _remind_students(fair: Fair, name: str, *, registered_by: datetime) -> int:
    """Those who want to be reminded and registered before this reminder's time: others have just read it all."""
    rows = FairRegistration.objects.filter(fair=fair, reminders=True, created_at__lte=registered_by)
    accounts = Q(student__membership__ended_at__isnull=True, student__membership__user__isnull=False)
    left = rows.filter(accounts, ~was_told("student__membership__user_id", _key(fair, name))).order_by("pk")
    people = list(left.values_list("pk", "student_id", "student__membership__user_id"))
    for first in range(0, len(people), AT_ONCE):
        _remind_some(fair, name, people[first : first + AT_ONCE])
    return len(people)


@transaction.atomic
def _remind_some(fair: Fair, name: str, people: list[tuple[int, int, int]]) -> None:
    talks: dict[int, list[tuple[str, str]]] = defaultdict(list)
    planned = PlannedTalk.objects.filter(
        plan__fair=fair,
        plan__status=PlanStatus.PUBLISHED,
        student__in=[student for _pk, student, _user in people],
    )
    for talk in planned.select_related("plan", "booth__company").order_by("slot"):
        talks[talk.student_id].append((_local(fair, talk.starts_at), talk.booth.company.name))
    for pk, student, user in people:
        notifications.notify(
            user_ids=[user],
            kind="fairs.reminder_student",
            dedupe_key=_key(fair, name),
            url=f"/fairs/{fair.pk}/",
            fair=fair.name,
            time=_local(fair, fair.starts_at),
            address=fair.address or str(fair.get_place_display()),
            place=fair.place,
            talks=talks[student],
            registration=pk,
        )


def _key(fair: Fair, name: str) -> str:
    """One reminder of a name per fair and day: a fair that was moved is told of anew."""
    return f"fairs.reminder:{fair.pk}:{name}:{_local(fair, fair.starts_at)[:10]}"


def _local(fair: Fair, at: datetime) -> str:
    return at.astimezone(ZoneInfo(fair.school.time_zone)).strftime("%Y-%m-%d %H:%M")
