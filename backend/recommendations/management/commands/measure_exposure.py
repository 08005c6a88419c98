"""`manage.py measure_exposure`: how much room swamped positions give up, and the lowest impact ratio, per school.

Ends with 1 where more is given up than stated, or where a group of two in a hundred or more is among the first twenty of a
position less than four fifths as often as the best-treated group.
"""

import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

from backend.recommendations.domain.audits import fairness
from backend.recommendations.market import market_of
from backend.recommendations.queries.exposure import exposure_moved
from backend.schools.models import School
from matching.api import MOST_GIVEN


class Command(BaseCommand):
    """Compare the first places of students' lists with and without giving way."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """As JSON, for programs."""
        parser.add_argument("--json", action="store_true")

    def handle(self, *args, **options) -> None:
        """One line per school that has both sides of a market."""
        kept = True
        for school in School.objects.filter(suspended_at__isnull=True).order_by("pk"):
            asked, moved = exposure_moved(school)
            if not asked:
                continue
            treated = fairness(market_of(school))
            kept = kept and moved.most_given_up <= MOST_GIVEN + 1e-9 and treated["passed"]
            figures = {"school": school.name, "students": asked, "bound": MOST_GIVEN, **asdict(moved)}
            figures["impact_ratio"] = treated["worst"]
            self.stdout.write(json.dumps(figures, ensure_ascii=False) if options["json"] else _line(figures))
        if not kept:
            sys.exit(1)


def _line(figures: dict) -> str:
    return (
        "{school}: {students} students; share of exposure at swamped positions {swamped_before:.3f} -> {swamped_after:.3f};"
        " score given up per place {given_up:.4f}, at most {most_given_up:.4f} (bound {bound});"
        " lowest impact ratio {impact_ratio:.2f} (bar 0.80)"
    ).format(**figures)
