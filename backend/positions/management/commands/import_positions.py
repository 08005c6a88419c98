"""manage.py import_positions FILE --school CODE [--verified-by EMAIL] [--report FILE]"""

import time
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from backend.accounts.actor import SYSTEM, actor_of
from backend.accounts.models import User
from backend.common.errors import Invalid
from backend.positions.imports import run
from backend.schools.models import School


class Command(BaseCommand):
    """Import postings from a spreadsheet for a school."""

    help = "Import postings from an xlsx or csv file; rows in = rows stored + rows in the report."

    def add_arguments(self, parser) -> None:
        """The file, the school, who answers for it, where the report goes."""
        parser.add_argument("file")
        parser.add_argument("--school", required=True, help="short code of the school")
        parser.add_argument(
            "--verified-by", default="", help="e-mail of the staff member who answers for the file"
        )
        parser.add_argument(
            "--report", default="", help="where refused rows go (default: FILE.rejected.csv here)"
        )

    def handle(self, *args, **options) -> None:
        """Import with progress, write the report, print the figures."""
        school = School.objects.filter(code=options["school"]).first()
        if school is None:
            raise CommandError(f"No school has the code {options['school']}.")
        verified_by = self._answering(options["verified_by"], school)
        began = time.monotonic()
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed}"),
            TimeElapsedColumn(),
        )
        try:
            path = run.path_of(options["file"])
            with Progress(*columns, console=Console(stderr=True)) as bar, path.open("rb") as file:
                task = bar.add_task("import_positions", total=None)
                outcome = run.import_table(
                    actor=verified_by or SYSTEM,
                    school_id=school.pk,
                    file=file,
                    verified_by=verified_by,
                    progress=lambda done: bar.update(task, completed=done),
                )
        except Invalid as error:
            raise CommandError(error.text) from error
        report = Path(options["report"] or f"{path.name}.rejected.csv")
        report.write_bytes(run.report_of(outcome))
        self.stdout.write(
            f"rows {outcome.total} = stored {outcome.stored} + rejected {len(outcome.rejected)}; "
            f"published {outcome.published}, new companies {outcome.companies}, "
            f"{time.monotonic() - began:.1f} s; report: {report}"
        )

    def _answering(self, email: str, school: School):
        """The staff member who answers for the file, or nobody."""
        if not email:
            return None
        actor = actor_of(User.objects.filter(email=email.lower()).first())
        if not run.can_import(actor) or (actor.school_id is not None and actor.school_id != school.pk):
            raise CommandError(f"{email} is not staff of the whole school {school.code}.")
        return actor
