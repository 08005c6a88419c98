"""What both sides say before a fair: students choose booths and times, companies mark students and majors and say who comes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from backend.accounts.actor import Actor
from backend.audit import domain as audit
from backend.common.errors import Conflict, Invalid, NotAllowed, NotFound
from backend.schools.models import Major
from backend.students.queries import students_visible_to
from fairs import queries, rules
from fairs.domain.booth import worked_booth
from fairs.domain.plan import must_be_before_opening
from fairs.enums import PlanStatus
from fairs.models import Booth, BoothChoice, BoothMark, BoothTeam, Fair, FairRegistration, Plan
from fairs.plan_models import MOST_CHOICES, MOST_RECRUITERS

MOST_MARKS = 200
"""Students a booth may mark."""


@transaction.atomic
def choose_booths(
    *,
    actor: Actor,
    fair_id: int,
    booth_ids: Sequence[int],
    free_from: datetime | None = None,
    free_until: datetime | None = None,
) -> FairRegistration:
    """A registered student names the booths to meet, the dearest first, and the times; what was said before is replaced."""
    fair = queries.fairs_visible_to(actor).filter(pk=fair_id).first()
    if fair is None:
        raise NotFound
    if not rules.can_stand_in_line(actor):
        raise NotAllowed
    must_be_before_opening(fair)
    row = FairRegistration.objects.select_for_update().filter(fair=fair, student_id=actor.student_id).first()
    if row is None:
        raise Conflict("not_registered", _("Register for the fair first."))
    wanted = list(dict.fromkeys(booth_ids))
    known = set(
        Booth.objects.filter(queries.open_booths(), fair=fair, pk__in=wanted).values_list("pk", flat=True)
    )
    problems: dict[str, list[Any]] = {}
    if len(wanted) > MOST_CHOICES:
        problems["booths"] = [_("At most %(limit)d booths.") % {"limit": MOST_CHOICES}]
    elif known != set(wanted):
        problems["booths"] = [_("Choose booths of this fair.")]
    _in_order(problems, fair, {"free_from": free_from, "free_until": free_until})
    if problems:
        raise Invalid(fields=problems)
    row.free_from, row.free_until = free_from, free_until
    row.save(update_fields=["free_from", "free_until"])
    row.choices.all().delete()
    BoothChoice.objects.bulk_create(
        [BoothChoice(registration=row, booth_id=pk, rank=rank) for rank, pk in enumerate(wanted, 1)]
    )
    audit.record(actor=actor, verb="fairs.booths_chosen", target=fair, data={"booths": len(wanted)})
    return row


@transaction.atomic
def set_team(
    *,
    actor: Actor,
    booth_id: int,
    recruiters: int,
    major_ids: Sequence[int],
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> BoothTeam:
    """How many recruiters talk at once and when they are there, and which majors they want to meet."""
    booth = worked_booth(actor, booth_id)
    # Held, so that its times do not move meanwhile; before its booth, as everybody who takes both.
    fair = Fair.objects.select_for_update().get(pk=booth.fair_id)
    problems: dict[str, list[Any]] = {}
    if not 1 <= recruiters <= MOST_RECRUITERS:
        problems["recruiters"] = [_("Between %(low)d and %(high)d.") % {"low": 1, "high": MOST_RECRUITERS}]
    _in_order(problems, fair, {"starts_at": starts_at, "ends_at": ends_at})
    majors = list(
        Major.objects.filter(pk__in=major_ids, school_id__in=actor.school_ids).values_list("pk", flat=True)
    )
    if len(majors) != len(set(major_ids)):
        problems["majors"] = [_("Choose majors of the schools at this fair.")]
    if problems:
        raise Invalid(fields=problems)
    Booth.objects.select_for_update().get(pk=booth.pk)
    team = BoothTeam.objects.filter(booth=booth).first() or BoothTeam(booth=booth)
    must_be_before_opening(fair)
    if recruiters != team.recruiters and Plan.objects.filter(fair=fair, status=PlanStatus.PUBLISHED).exists():
        # The numbers kept for the timetable were counted by it.
        raise Conflict("plan_published", _("The timetable is published: the number of recruiters stands."))
    team.recruiters, team.starts_at, team.ends_at = recruiters, starts_at, ends_at
    team.save()
    BoothMark.objects.filter(booth=booth, major__isnull=False).exclude(major__in=majors).delete()
    BoothMark.objects.bulk_create(
        [BoothMark(booth=booth, major_id=pk) for pk in majors], ignore_conflicts=True
    )
    audit.record(actor=actor, verb="booths.team_set", target=booth, data={"recruiters": recruiters})
    return team


@transaction.atomic
def mark_student(*, actor: Actor, booth_id: int, student_id: int, wanted: bool) -> None:
    """Say, or no longer say, that the booth wants to meet a student one may see."""
    booth = worked_booth(actor, booth_id)
    must_be_before_opening(booth.fair)
    rows = BoothMark.objects.filter(booth=booth, student_id=student_id)
    if not wanted:
        rows.delete()
        return
    if not visible_at(actor, booth).filter(pk=student_id).exists():
        raise NotFound
    Booth.objects.select_for_update().get(pk=booth.pk)
    if BoothMark.objects.filter(booth=booth, student__isnull=False).count() >= MOST_MARKS:
        raise Conflict("too_many_marks", _("At most %(limit)d students can be marked."), limit=MOST_MARKS)
    BoothMark.objects.bulk_create([BoothMark(booth=booth, student_id=student_id)], ignore_conflicts=True)


def visible_at(actor: Actor, booth: Booth):
    """The students registered for the booth's fair whom the company may see anyway."""
    here = FairRegistration.objects.filter(fair=booth.fair_id).values("student_id")
    return students_visible_to(actor).filter(pk__in=here)


def _in_order(problems: dict[str, list[Any]], fair: Fair, hours: dict[str, datetime | None]) -> None:
    """What stands against these hours, the first of which begin and the second end."""
    years = range(fair.starts_at.year - 1, fair.ends_at.year + 2)
    for name, at in hours.items():
        if at is not None and at.year not in years:
            problems[name] = [_("Choose a time on the days of the fair.")]
    (_first, begins), (name, ends) = hours.items()
    if not problems.keys() & hours.keys() and begins and ends and ends <= begins:
        problems[name] = [_("The end lies before the start.")]
