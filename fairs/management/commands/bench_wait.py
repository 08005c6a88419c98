"""`manage.py bench_wait`: how many waits of made-up fair days lie in the interval that students are told."""

import json
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from fairs.simulation.coverage import PLANS, Coverage, looks_of, measure

HELD_OUT = 1_000
"""The ends of the interval were set on days before this number."""
BAR = (0.77, 0.83)
SHARE_OF_NAIVE = 0.5


class Command(BaseCommand):
    """Judge the wait on days it was not set on; fails where fewer than 77 or more than 83 % lie inside."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """How many days, and how to print."""
        parser.add_argument("--days", type=int, default=8, help="held-out days of each size")
        parser.add_argument("--json", action="store_true", help="one JSON object")

    def handle(self, *args, **options) -> None:
        """Run the days, print the figures, compare with the bars."""
        if options["days"] < 1:
            raise CommandError("--days: at least 1")
        parts = [looks_of(range(HELD_OUT, HELD_OUT + options["days"]), [plan]) for plan in PLANS]
        every = measure([look for part in parts for look in part])
        if options["json"]:
            sizes = [asdict(plan) | asdict(measure(part)) for plan, part in zip(PLANS, parts, strict=True)]
            self.stdout.write(json.dumps(asdict(every) | {"days": options["days"], "sizes": sizes}))
        else:
            for plan, part in zip(PLANS, parts, strict=True):
                self.stdout.write(f"{plan.booths} booths, {plan.students} students: {_line(measure(part))}")
            self.stdout.write(f"all: {_line(every)}")
        if not BAR[0] <= every.inside <= BAR[1]:
            raise CommandError(
                f"{every.inside:.1%} of the waits lie inside, bar {BAR[0]:.0%} to {BAR[1]:.0%}"
            )
        if every.error > SHARE_OF_NAIVE * every.naive:
            raise CommandError(f"error {every.error:.1f} min, more than half of {every.naive:.1f} min")


def _line(found: Coverage) -> str:
    return (
        f"{found.looks} looks, inside {found.inside:.1%} (below {found.below:.1%}, above {found.above:.1%}; "
        f"as shown, rounded {found.shown:.1%}), mean error {found.error:.1f} min, "
        f"length × mean {found.naive:.1f} min, width {found.width:.1f} min"
    )
