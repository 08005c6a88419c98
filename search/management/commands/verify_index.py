"""Compare the search index with the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from search import api


class Command(BaseCommand):
    help = "Compare ids, versions and visibility of the search index with the database, both ways."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--fail-on-drift", action="store_true", help="exit non-zero when they differ")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            drifts = api.verify(api.source().standings)
        except api.EngineUnavailable as error:
            raise CommandError(f"an engine cannot be asked: {error}") from error
        for engine, drift in drifts.items():
            self.stdout.write(
                f"{engine}: missing {len(drift.missing)}, ghosts {len(drift.ghosts)}, stale {len(drift.stale)}, "
                f"visibility {len(drift.visibility)}"
            )
        if options["fail_on_drift"] and any(drifts.values()):
            raise CommandError("the index differs from the database: run rebuild_index")
