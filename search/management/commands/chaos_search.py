"""Put search through crashes, a dying Elasticsearch and rebuilds under writes, in a place of its own."""

import subprocess
import sys
from argparse import REMAINDER, ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Kill indexers and Elasticsearch under load and count what is lost. Needs the tests beside the code."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "rest", nargs=REMAINDER, help="crashes, restarts, rebuilds and options: see -- --help"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """In a process of its own: settings and connections of this one belong to the real database."""
        command = [sys.executable, "-m", "tests.chaos", *(word for word in options["rest"] if word != "--")]
        code = subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode
        if code:
            raise SystemExit(code)
