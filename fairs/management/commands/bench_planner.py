"""`manage.py bench_planner`: the plan of this database's fairs, and their days without and with one in the simulator."""

import json
import time
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Count, Q

from fairs import plans
from fairs.domain.plan import PAUSE
from fairs.enums import BoothStatus, FairStatus
from fairs.models import Fair, Plan
from fairs.planning.rounds import propose
from fairs.simulation.planned import FIRST_COME, FIXED, INSIGHT, PLANNED, USEFUL, Result, Sizes, compare

HELD_OUT = 1_000
"""The plan's free times and worths were set on days before this number."""
GAIN = 1.3
OTHER_INSIGHTS = (0.0, 2.0)


class Command(BaseCommand):
    """Plan every fair that is ahead or live; fails where an eligible student has no talk, or useful talks gain less than 30 %."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """Which fair, how many days, and how to print."""
        parser.add_argument(
            "--fair", type=int, help="one fair only (default: all that are open, ready or live)"
        )
        parser.add_argument("--days", type=int, default=3, help="held-out days of each fair")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args, **options) -> None:
        """Plan, run the days three ways, compare with the bars."""
        if options["days"] < 1:
            raise CommandError("--days: at least 1")
        rows = Fair.objects.filter(status__in=[FairStatus.SIGN_UP, FairStatus.READY, FairStatus.LIVE])
        if options["fair"]:
            rows = rows.filter(pk=options["fair"])
        approved = Count("booths", filter=Q(booths__status=BoothStatus.APPROVED), distinct=True)
        rows = rows.annotate(b=approved, r=Count("registrations", distinct=True)).filter(b__gt=0, r__gt=0)
        found = [_measure(fair, options["days"]) for fair in rows.order_by("pk")]
        if not found:
            raise CommandError("No fair with booths and registered students: build the demo first.")
        if options["json"]:
            self.stdout.write(json.dumps({"useful_from": USEFUL, "fairs": found}, ensure_ascii=False))
        else:
            for one in found:
                self.stdout.write(_told(one))
        missed = [text for one in found for text in _missed(one)]
        if missed:
            raise CommandError("; ".join(missed))


def _measure(fair: Fair, days: int) -> dict[str, Any]:
    minutes = fair.meeting_minutes + PAUSE
    slots = (fair.ends_at - fair.starts_at) // timedelta(minutes=minutes)
    plan = Plan(fair=fair, starts_at=fair.starts_at, slots=slots, minutes=minutes)
    begun = time.perf_counter()
    gathered = plans.gather(plan)
    read = time.perf_counter()
    proposal = propose(gathered.problem, plan.seed)
    done = time.perf_counter()
    sizes = Sizes(
        fit=np.maximum(gathered.fit, 0.0),
        recruiters=[booth.seats for booth in gathered.problem.booths],
        seconds=(fair.ends_at - fair.starts_at).total_seconds(),
        minutes=fair.meeting_minutes,
        lines=fair.lines_per_student,
        grace=float(fair.no_show_grace_seconds),
        bonus_minutes=fair.turn_bonus_minutes,
    )
    seeds = range(HELD_OUT, HELD_OUT + days)
    ways = compare(sizes, seeds)
    gains = {INSIGHT: ways} | {insight: compare(sizes, seeds[:1], insight) for insight in OTHER_INSIGHTS}
    return {
        "fair": fair.name,
        "registered": fair.r,
        "booths": len(gathered.problem.booths),
        "eligible": len(gathered.problem.students),
        "talks": len(proposal.talks),
        "without": len(proposal.without),
        "useful_pairs": float((sizes.fit >= USEFUL).mean()),
        "seconds": {"read_and_score": round(read - begun, 2), "assign": round(done - read, 2)},
        "days": days,
        "ways": {way: asdict(result) for way, result in ways.items()},
        "gains": {str(insight): _gain(result) for insight, result in gains.items()},
    }


def _gain(ways: dict[str, Result]) -> float | None:
    """Useful talks with a plan, as a multiple of first-come."""
    first = ways[FIRST_COME].useful
    return round(ways[PLANNED].useful / first, 3) if first else None


def _told(one: dict[str, Any]) -> str:
    lines = [
        f"{one['fair']}: {one['registered']} registered, {one['booths']} booths, {one['eligible']} eligible; "
        f"{one['talks']} talks planned, {one['without']} eligible without one; "
        f"{one['useful_pairs']:.1%} of all pairs fit from {USEFUL}; "
        f"{one['seconds']['read_and_score']} s to read and score, {one['seconds']['assign']} s to assign"
    ]
    for way in (FIRST_COME, FIXED, PLANNED):
        day = one["ways"][way]
        share = day["useful"] / day["talks"] if day["talks"] else 0.0
        lines.append(
            f"  {way:12} {day['talks']:6} talks, {day['useful']:6} useful ({share:.0%}); of {day['came']} who came "
            f"{day['none']} talked to nobody, {day['none_useful']} had no useful talk"
        )
    lines.append(
        "  useful talks, planned ÷ first come: "
        + ", ".join(f"{gain} where fit sways students by {insight}" for insight, gain in one["gains"].items())
    )
    return "\n".join(lines)


def _missed(one: dict[str, Any]) -> list[str]:
    gain = one["gains"][str(INSIGHT)]
    missed = []
    if one["without"]:
        missed.append(f"{one['fair']}: {one['without']} eligible without a talk, bar 0")
    if gain is None or gain < GAIN:
        missed.append(f"{one['fair']}: useful talks × {gain}, bar {GAIN}")
    return missed
