"""`manage.py bench_matching`: how quick matching is on made-up people; ends with 1 if a bar was missed."""

import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from matching import api as matching
from matching import bench


class Command(BaseCommand):
    """Measure one student over many positions and everybody over everything, beside a bare numpy product."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """Two sizes: of the batch, and of the catalogue that one student meets."""
        parser.add_argument("--students", type=int, default=2000, help="students of the batch")
        parser.add_argument("--positions", type=int, default=6000, help="positions of the batch")
        parser.add_argument(
            "--catalogue", type=int, default=100_000, help="positions one student meets; 0: none"
        )
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--models", type=Path, help="measure what this folder serves, not the weighted rules"
        )

    def handle(self, *args, **options) -> None:
        """Print every figure with its bar as it is measured. The batch comes first, so that its memory is its own."""
        if (folder := options["models"]) is not None:
            if not folder.is_dir():
                raise CommandError(f"no folder {folder}")
            matching.load(folder)
        self.stderr.write(f"ranker: {matching.active_model()}")
        size = (options["students"], options["positions"])
        parts = [bench.measure_batch(*size, seed=options["seed"])]
        if options["catalogue"]:
            parts.append(
                bench.measure_one(options["catalogue"], seed=options["seed"], progress=self.stderr.write)
            )
        kept = True
        for figure in (figure for part in parts for figure in part):
            kept = kept and figure.kept
            self.stdout.write(str(figure) if figure.kept else self.style.ERROR(str(figure)))
        if not kept:
            sys.exit(1)
