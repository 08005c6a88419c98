"""`manage.py measure_exposure`: how much room swamped positions give up, per school; ends with 1 above the stated bound."""

import json
import sys
from dataclasses import asdict

from django.core.management.base import BaseCommand

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
            kept = kept and moved.most_given_up <= MOST_GIVEN + 1e-9
            figures = {"school": school.name, "students": asked, "bound": MOST_GIVEN, **asdict(moved)}
            self.stdout.write(json.dumps(figures, ensure_ascii=False) if options["json"] else _line(figures))
        if not kept:
            sys.exit(1)


def _line(figures: dict) -> str:
    return (
        "{school}: {students} students; share of exposure at swamped positions {swamped_before:.3f} -> {swamped_after:.3f};"
        " score given up per place {given_up:.4f}, at most {most_given_up:.4f} (bound {bound})"
    ).format(**figures)
