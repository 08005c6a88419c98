"""Build the search index anew from the database."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from search import api


class Command(BaseCommand):
    help = "Build the search index anew beside the old one and swap. Safe while people search and write."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--engine", action="append", default=[], help="only this engine; may be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        names = options["engine"] or api.engine_names()
        source = api.source()
        total = sum(1 for _ in source.standings())
        console = Console(file=self.stderr._out)
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
            task = progress.add_task(", ".join(names), total=total)
            try:
                written = api.rebuild(
                    source.documents(),
                    lambda number: progress.update(task, completed=number),
                    only=options["engine"],
                )
            except api.EngineUnavailable as error:
                raise CommandError(f"not everything was rebuilt: {error}") from error
            progress.update(task, completed=written)
        self.stdout.write(f"{written} positions indexed in {', '.join(names)}")
