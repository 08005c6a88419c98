"""`manage.py train_ranker`: learn from what students were shown and did; the gate decides whether it serves.

`--attributes FILE` brings a table (xlsx or csv) with a student's number per row and one column per protected attribute, such
as sex, that the school may hold. It is used for judging this once: a model that gives one of its groups less than four fifths
of what the best-treated has is refused. Who belongs to a group is stored nowhere; figures per group stand on the card.

Afterwards the pairs nobody noticed and the audit of groups are worked out afresh, with whatever serves then.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from backend.common.errors import Conflict, Invalid
from backend.recommendations.domain import refresh_audits, refresh_pairs, train_ranker
from backend.recommendations.enums import RunStatus
from backend.recommendations.queries import standing
from backend.recommendations.queries.groups import Groups, brought_groups
from backend.schools.models import School


class Command(BaseCommand):
    """Train a ranker into MODELS_DIR and print the gate's verdict."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """The seed makes a run repeatable; --nightly trains at most once a day; --attributes are judged, not kept."""
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument(
            "--attributes", type=Path, help="table of protected attributes, for judging alone"
        )
        parser.add_argument("--nightly", action="store_true", help="do nothing if this day's training began")

    def handle(self, *args, **options) -> None:
        """Train with progress; a refused model is kept as a file and never answers."""
        say = self.stdout.write if options["verbosity"] else None
        attributes = self._attributes(options["attributes"])
        try:
            run = train_ranker(
                seed=options["seed"], nightly=options["nightly"], progress=say, attributes=attributes
            )
        except Conflict as error:
            raise CommandError(error.text) from error
        accepted = run.status == RunStatus.ACCEPTED
        style = self.style.SUCCESS if accepted else self.style.WARNING
        self.stdout.write(style(f"gate: {'accepted' if accepted else 'refused'}: {run.message}"))
        self.stdout.write(f"answering now: {standing().model}")
        for school in School.objects.order_by("pk"):
            pairs = refresh_pairs(school)
            audits = {row.kind: row.figures for row in refresh_audits(school)}
            worst = f"{audits['fairness']['worst']:.2f}" if audits else "–"
            self.stdout.write(f"{school.name}: {pairs} unnoticed pairs, lowest impact ratio {worst}")

    def _attributes(self, path: Path | None) -> Groups | None:
        if path is None:
            return None
        try:
            found = brought_groups(path)
        except OSError as error:
            raise CommandError(str(error)) from error
        except Invalid as error:
            raise CommandError(
                " ".join(str(line) for lines in error.fields.values() for line in lines)
            ) from error
        self.stdout.write(f"{path.name}: {found.rows} rows, {found.strangers} of nobody here")
        return found.groups
