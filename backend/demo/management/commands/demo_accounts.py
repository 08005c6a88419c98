"""Print how to sign in to the demo, one account per role."""

import json

from django.core.management.base import BaseCommand, CommandError

from backend.demo import people


class Command(BaseCommand):
    help = "Print the demo accounts, one per role."

    def add_arguments(self, parser):
        """--json for machines."""
        parser.add_argument("--json", action="store_true", help="one JSON object, role → e-mail and password")

    def handle(self, *args, **options):
        """Print them, or say how to get them."""
        found = people.accounts()
        if not found:
            raise CommandError("No demo school here yet: run `make demo`.")
        if options["json"]:
            self.stdout.write(
                json.dumps({one.role: {"email": one.email, "password": one.password} for one in found})
            )
            return
        for one in found:
            self.stdout.write(f"{one.role:10} {one.email:34} {one.password}")
