"""`manage.py export_interactions FILE`: what students were shown and did, without names, for `python -m matching train`.

Students have numbers of this file alone. What they wrote about themselves is left out unless --texts is given; without it a
model learns nothing about texts. Wishes, skills, days and the district they start from remain: treat the file as personal.
"""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from backend.recommendations.domain import export_interactions


class Command(BaseCommand):
    """Write one line of JSON per list that was shown."""

    help = __doc__

    def add_arguments(self, parser) -> None:
        """Where to, and whether with texts."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--texts", action="store_true", help="with what students wrote about themselves")

    def handle(self, *args, **options) -> None:
        """Write a new file; one that is there already is left as it is."""
        try:
            count = export_interactions(options["file"], texts=options["texts"])
        except OSError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{count} lists shown, in {options['file']}")
