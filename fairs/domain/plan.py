"""The plan of a fair: proposed, mended by hand, published as timetables; every edit under the plan's lock."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.accounts.enums import Role
from backend.accounts.models import Membership, User
from backend.audit import domain as audit
from backend.common import clock
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.common.transitions import move
from backend.notifications import domain as notifications
from backend.students.domain import departing
from fairs import plans, queries, rules
from fairs.blocking import barred_pairs, blocked
from fairs.domain.fair import managed_fair
from fairs.domain.line import user_ids
from fairs.enums import PLAN_TRANSITIONS, BoothStatus, PlanStatus
from fairs.models import Booth, BoothChoice, Fair, FairRegistration, Plan, PlannedTalk, Ticket
from fairs.plan_models import LIMITS, MOST_SLOTS
from fairs.planning.problem import Talk

PAUSE = 2
"""Minutes between two planned talks beyond the length of a meeting, where nobody says otherwise."""


def propose_plan(*, actor: Actor, fair_id: int, values: dict[str, int]) -> Plan:
    """Work out who talks to whom and when; what an earlier draft held is replaced.

    `values`: most (talks per student), minutes (from talk to talk), breath (every so many-th time stays free), seed.
    The sums take seconds and stand outside the transaction: the draft is what the rows said when it was asked for,
    without pairs that have been blocked since.
    """
    fair = managed_fair(actor, fair_id)
    made = _laid_out(fair, _checked(values))
    gathered = plans.gather(made)
    # Read in here: with scipy's optimiser it takes half a second, and a server that starts does without.
    from fairs.planning.rounds import propose

    proposal = propose(gathered.problem, made.seed)
    with transaction.atomic():
        fair = Fair.objects.select_for_update().get(pk=fair.pk)
        must_be_before_opening(fair)
        # The fair's lock and the plan's, which whoever blocks somebody takes too: a block is seen here, or sees the talks.
        plan, _new = Plan.objects.select_for_update().get_or_create(fair=fair, defaults=_columns(made))
        if plan.status != PlanStatus.DRAFT:
            raise _is_published()
        Plan.objects.filter(pk=plan.pk).update(
            **_columns(made), version=F("version") + 1, updated_at=clock.now()
        )
        plan.refresh_from_db()
        plan.talks.all().delete()
        barred = barred_pairs(list(Booth.objects.filter(fair=fair)))
        kept = [talk for talk in proposal.talks if (talk.booth, talk.student) not in barred]
        PlannedTalk.objects.bulk_create(_rows(plan, gathered, kept), batch_size=500)
        lost = {talk.student for talk in proposal.talks} - {talk.student for talk in kept}
        without = len(proposal.without) + len(gathered.left_out) + len(lost)
        counts = {"talks": len(kept), "without": without, "seed": plan.seed}
        audit.record(actor=actor, verb="plans.proposed", target=plan, data=counts)
    return plan


@transaction.atomic
def publish_plan(*, actor: Actor, fair_id: int) -> Plan:
    """Make the draft everybody's timetable; the first numbers of each line are kept for it."""
    plan = _locked(actor, fair_id)
    must_be_before_opening(plan.fair)
    if not plan.talks.exists():
        raise Conflict("plan_empty", _("Nothing is planned yet."))
    booths = _approved(plan)
    if plans.off_hours(plan).exists():
        raise Conflict(
            "plan_off_hours", _("The hours of the fair have changed since this plan was made: propose anew.")
        )
    outdated = plans.outdated(plan)
    if outdated:
        raise Conflict(
            "plan_outdated",
            _("%(count)d talks no longer suit what both sides say by now: propose anew, or drop them."),
            count=len(outdated),
        )
    if any(booth.last_number for booth in booths):
        raise Conflict(
            "line_started", _("Numbers have been drawn already: the first ones can no longer be kept.")
        )
    before = move(plan, PlanStatus.PUBLISHED, PLAN_TRANSITIONS, published_at=clock.now())
    _reserve(plan, booths)
    audit.record(actor=actor, verb="plans.published", target=plan, before=before, after=plan.status)
    _tell(plan, "fairs.plan_published")
    return plan


@transaction.atomic
def withdraw_plan(*, actor: Actor, fair_id: int) -> Plan:
    """Take published timetables back before the fair, to propose anew; everybody who had one is told."""
    plan = _locked(actor, fair_id)
    must_be_before_opening(plan.fair)
    before = move(plan, PlanStatus.DRAFT, PLAN_TRANSITIONS, published_at=None)
    Booth.objects.filter(fair=plan.fair, tickets__isnull=True).update(last_number=0)
    audit.record(actor=actor, verb="plans.withdrawn", target=plan, before=before, after=plan.status)
    _tell(plan, "fairs.plan_withdrawn")
    return plan


@transaction.atomic
def add_talk(*, actor: Actor, fair_id: int, booth_id: int, student_id: int, slot: int) -> PlannedTalk:
    """Plan one more talk by hand."""
    plan = _locked(actor, fair_id)
    booth = Booth.objects.filter(queries.open_booths(), fair=plan.fair, pk=booth_id).first()
    registration = (
        FairRegistration.objects.filter(fair=plan.fair, student_id=student_id)
        .select_related("student")
        .first()
    )
    if booth is None:
        raise Invalid(fields={"booth": [_("This booth does not come to the fair.")]})
    if registration is None:
        raise Invalid(fields={"student": [_("This student is not registered for the fair.")]})
    chose = BoothChoice.objects.filter(registration=registration, booth=booth).exists()
    why = plans.reason_without(plan, registration, chose=chose)
    if why:
        raise Conflict("student_not_open", plans.WHY[why])
    if blocked(student_id, booth.company_id):
        raise Conflict("pair_blocked", _("These two do not meet: one of them wanted it so."))
    if plan.talks.filter(booth=booth, student_id=student_id).exists():
        raise Conflict("pair_planned", _("These two have a talk in this plan already."))
    talk = PlannedTalk(plan=plan, booth=booth, student_id=student_id, chosen=chose)
    _put(talk, registration, slot)
    audit.record(actor=actor, verb="plans.talk_added", target=plan, data=_named(talk))
    _changed(plan, [talk])
    return talk


@transaction.atomic
def move_talk(*, actor: Actor, talk_id: int, slot: int) -> PlannedTalk:
    """Another time for a planned talk."""
    talk, plan = _talk(actor, talk_id)
    if not rules.can_manage_fair(actor, plan.fair):
        raise NotAllowed
    _not_begun(talk)
    registration = FairRegistration.objects.filter(fair=plan.fair, student_id=talk.student_id).get()
    before = talk.slot
    _put(talk, registration, slot)
    audit.record(
        actor=actor,
        verb="plans.talk_moved",
        target=plan,
        before=str(before),
        after=str(slot),
        data=_named(talk),
    )
    _changed(plan, [talk])
    return talk


@transaction.atomic
def drop_talk(*, actor: Actor, talk_id: int) -> PlannedTalk:
    """Take one talk out of the plan; students give up their own that way, and the other side is told."""
    talk, plan = _talk(actor, talk_id)
    if not (rules.can_manage_fair(actor, plan.fair) or rules.owns_talk(actor, talk)):
        raise NotAllowed
    _not_begun(talk)
    take_out(actor, talk)
    return talk


def take_out(actor: Actor, talk: PlannedTalk) -> None:
    """Remove one talk from its plan, and say so to both sides."""
    audit.record(actor=actor, verb="plans.talk_dropped", target=talk.plan, data=_named(talk))
    PlannedTalk.objects.filter(pk=talk.pk).delete()
    _changed(talk.plan, [talk])


def forget_booth(actor: Actor, booth: Booth) -> None:
    """A booth that no longer comes leaves the plan with every talk that has not begun; the students are told."""
    for talk in PlannedTalk.objects.filter(booth=booth, ticket__isnull=True).select_related("plan__fair"):
        take_out(actor, talk)


def forget_pair(actor: Actor, student_id: int, company_id: int) -> None:
    """Two who do not meet any more leave each other's timetables, where the talk has not begun; both are told."""
    talks = PlannedTalk.objects.filter(
        student_id=student_id, booth__company_id=company_id, ticket__isnull=True
    )
    _hold_plans(student_id, company_id)
    for talk in talks.select_related("plan__fair").order_by("plan_id", "pk"):
        take_out(actor, talk)


def _hold_plans(student_id: int, company_id: int) -> None:
    """Lock the plans of fairs to which both come before their talks, as whoever edits one does: nobody plans the two meanwhile.

    Before them the fairs that may get their first plan at this moment, as whoever proposes one: it has no row to lock yet.
    """
    here = Booth.objects.filter(company_id=company_id).values("fair")
    both = FairRegistration.objects.filter(student_id=student_id, fair__in=here)
    ahead = Fair.objects.filter(pk__in=both.values("fair"), status__in=plans.BEFORE).order_by("pk")
    list(ahead.select_for_update(no_key=True).values_list("pk"))
    list(Plan.objects.select_for_update().filter(fair__in=both.values("fair")).order_by("pk"))


def forget_visitor(user: User) -> None:
    """Whoever erases the account gives up every planned talk that has not begun; the companies are told."""
    for actor in departing(user):
        mine = PlannedTalk.objects.filter(student_id=actor.student_id, ticket__isnull=True)
        # A plan before its talks, as whoever edits it locks them.
        list(Plan.objects.select_for_update().filter(pk__in=mine.values("plan")).order_by("pk"))
        for talk in mine.select_related("plan").order_by("plan_id", "slot"):
            take_out(actor, talk)


def _put(talk: PlannedTalk, registration: FairRegistration, slot: int) -> None:
    """Give a talk this time and a free recruiter, or say what stands against it."""
    plan, booth = talk.plan, talk.booth
    if slot not in plan.open_slots:
        raise Invalid(fields={"slot": [_("The plan has no such time.")]})
    said = {"time": _time(plan, slot)}
    stand = plans.stand(plan, Booth.objects.select_related("team").get(pk=booth.pk))
    if not stand.first <= slot < stand.last:
        raise Conflict("booth_away", _("Nobody is at this booth at %(time)s."), **said)
    first, last = plans.window(plan, registration.free_from, registration.free_until)
    if not first <= slot < last:
        raise Conflict("student_away", _("The student cannot come at %(time)s."), **said)
    others = plan.talks.exclude(pk=talk.pk).filter(slot=slot)
    busy = others.filter(student_id=talk.student_id).select_related("booth__company").first()
    if busy is not None:
        company = busy.booth.company.name
        raise Conflict(
            "student_busy", _("The student talks with %(company)s at %(time)s."), company=company, **said
        )
    taken = set(others.filter(booth=booth).values_list("seat", flat=True))
    seat = next((seat for seat in range(stand.seats) if seat not in taken), None)
    if seat is None:
        raise Conflict("booth_full", _("All recruiters of this booth have a talk at %(time)s."), **said)
    if plan.status == PlanStatus.PUBLISHED:
        if plan.at(slot + 1) <= clock.now():
            raise Conflict("time_over", _("%(time)s is over."), **said)
        _keep_numbers(plan, stand)
    talk.slot, talk.seat = slot, seat
    try:
        with transaction.atomic():
            talk.save()
    except IntegrityError:
        # The plan's lock makes this rare: on SQLite there is one writer, on PostgreSQL the row is locked.
        raise Conflict from None


def number_of(talk: PlannedTalk, seats: int) -> int:
    """The number kept for a planned talk: in order of time, below every number that the line draws."""
    return talk.slot * seats + talk.seat + 1


def _reserve(plan: Plan, booths: Iterable[Booth]) -> None:
    rows = list(booths)
    for booth in rows:
        booth.last_number = plan.slots * plans.stand(plan, booth).seats
    Booth.objects.bulk_update(rows, ["last_number"])


def _keep_numbers(plan: Plan, stand: Any) -> None:
    """A booth approved after publication keeps its numbers too, as long as the line has drawn none of them."""
    kept = plan.slots * stand.seats
    if Booth.objects.filter(pk=stand.id, last_number=0).update(last_number=kept):
        return
    own = Ticket.objects.filter(booth=stand.id, number__lte=kept, planned__isnull=True).exists()
    if own or not Booth.objects.filter(pk=stand.id, last_number__gte=kept).exists():
        raise Conflict(
            "line_started", _("Numbers have been drawn already: the first ones can no longer be kept.")
        )


def _approved(plan: Plan) -> list[Booth]:
    rows = Booth.objects.filter(fair=plan.fair, status=BoothStatus.APPROVED).order_by("pk")
    list(rows.select_for_update().values_list("pk"))
    # Read once they stand still: a lock that had to wait brings the booth as it is, but the team as it was.
    return list(rows.select_related("team"))


def _rows(plan: Plan, gathered: plans.Gathered, talks: Iterable[Talk]) -> list[PlannedTalk]:
    students = {one.id: place for place, one in enumerate(gathered.problem.students)}
    booths = {one.id: place for place, one in enumerate(gathered.problem.booths)}
    rows = []
    for talk in talks:
        fit = float(gathered.fit[students[talk.student], booths[talk.booth]])
        rows.append(
            PlannedTalk(
                plan=plan,
                booth_id=talk.booth,
                student_id=talk.student,
                slot=talk.slot,
                seat=talk.seat,
                fit=fit if fit >= 0 else None,
                chosen=talk.booth in gathered.choices.get(talk.student, ()),
                marked=(talk.booth, talk.student) in gathered.marks,
            )
        )
    return rows


def usual_minutes(fair: Fair) -> int:
    """Minutes from talk to talk where nobody says otherwise, as near to a meeting and a pause as a plan may have."""
    low, high = LIMITS["minutes"]
    return min(max(fair.meeting_minutes + PAUSE, low), high)


def _laid_out(fair: Fair, values: dict[str, int]) -> Plan:
    """An unsaved plan whose grid is the fair's hours."""
    must_be_before_opening(fair)
    minutes = values.get("minutes", usual_minutes(fair))
    slots = int((fair.ends_at - fair.starts_at) / timedelta(minutes=minutes))
    if not 1 <= slots <= MOST_SLOTS:
        raise Invalid(fields={"minutes": [_("The fair holds no talk, or too many, of this length.")]})
    return Plan(fair=fair, starts_at=fair.starts_at, slots=slots, **(values | {"minutes": minutes}))


def _columns(plan: Plan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in ("starts_at", "slots", "minutes", "most", "breath", "seed")}


def _checked(values: dict[str, int]) -> dict[str, int]:
    problems = {}
    for key, value in values.items():
        low, high = LIMITS[key]
        if not low <= value <= high:
            problems[key] = [_("Between %(low)d and %(high)d.") % {"low": low, "high": high}]
    if problems:
        raise Invalid(fields=problems)
    return values


def _locked(actor: Actor, fair_id: int) -> Plan:
    """The plan of a fair one manages, held still; the fair first, so that it does not open meanwhile."""
    fair = Fair.objects.select_for_update().get(pk=managed_fair(actor, fair_id).pk)
    plan = (
        Plan.objects.select_for_update(of=("self",)).select_related("fair__school").filter(fair=fair).first()
    )
    if plan is None:
        raise Conflict("plan_missing", _("Propose a plan first."))
    return plan


def _talk(actor: Actor, talk_id: int) -> tuple[PlannedTalk, Plan]:
    """A talk one sees, read again once its plan is held still."""
    seen = plans.talks_visible_to(actor).filter(pk=talk_id).first()
    if seen is None:
        raise NotFound
    plan = Plan.objects.select_for_update(of=("self",)).select_related("fair__school").get(pk=seen.plan_id)
    talk = PlannedTalk.objects.select_related("booth__company").filter(pk=talk_id).first()
    if talk is None:
        raise NotFound
    talk.plan = plan
    return talk, plan


def must_be_before_opening(fair: Fair) -> None:
    """Conflict("fair_started") once the fair has opened."""
    if fair.status not in plans.BEFORE:
        raise Conflict("fair_started", _("Plans are made and published before the fair opens."))


def _is_published() -> Conflict:
    return Conflict("plan_published", _("The plan is published: take it back first."))


def _not_begun(talk: PlannedTalk) -> None:
    if talk.ticket_id is not None:
        raise Conflict("talk_begun", _("The number of this talk is drawn already."))


def _named(talk: PlannedTalk) -> dict[str, int]:
    return {"booth": talk.booth_id, "student": talk.student_id, "slot": talk.slot}


def _time(plan: Plan, slot: int) -> str:
    """When a slot begins, with the day where the plan has several."""
    at = timezone.localtime(plan.at(slot))
    return at.strftime("%H:%M" if plans.on_one_day(plan) else "%m-%d %H:%M")


def _changed(plan: Plan, talks: list[PlannedTalk]) -> None:
    """Count the change; once published, both sides of these talks hear of it."""
    Plan.objects.filter(pk=plan.pk).update(version=F("version") + 1, updated_at=clock.now())
    plan.refresh_from_db(fields=["version", "updated_at"])
    if plan.status == PlanStatus.PUBLISHED:
        _tell(
            plan,
            "fairs.plan_changed",
            Q(pk__in=[talk.booth_id for talk in talks]),
            {t.student_id for t in talks},
        )


def _tell(plan: Plan, kind: str, where: Q | None = None, students: set[int] | None = None) -> None:
    """Students and teams of these booths, or of all talks of the plan, each with the address of their timetable."""
    if students is None:
        students = set(plan.talks.values_list("student_id", flat=True))
    booths = Booth.objects.filter(where if where is not None else Q(planned__plan=plan)).distinct()
    key = f"{kind}:{plan.pk}:{plan.version}"
    users = user_ids(sorted(students))
    notifications.notify(
        user_ids=sorted(set(users.values())),
        kind=kind,
        dedupe_key=key,
        url=f"/fairs/{plan.fair_id}/timetable/",
        fair=plan.fair.name,
    )
    team = Membership.objects.filter(role=Role.RECRUITER, ended_at__isnull=True)
    by_company: dict[int, list[int]] = {}
    for company, user in (
        team.filter(company__booths__in=booths).distinct().values_list("company_id", "user_id")
    ):
        by_company.setdefault(company, []).append(user)
    for booth in booths.order_by("pk"):
        notifications.notify(
            user_ids=sorted(by_company.get(booth.company_id, [])),
            kind=kind,
            dedupe_key=f"{key}:{booth.pk}",
            url=f"/company/fairs/booths/{booth.pk}/timetable/",
            fair=plan.fair.name,
        )
