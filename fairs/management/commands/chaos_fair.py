"""Kill a part of the fair again and again while people act, then look for what was acknowledged and is lost."""

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

VICTIMS = ("server", "worker", "redis", "postgres")


class Command(BaseCommand):
    help = f"{__doc__} Needs the tests beside the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--victim", choices=VICTIMS, action="append", help="may be repeated (all)")
        parser.add_argument("--times", type=int, default=20, help="kills of each (20)")
        parser.add_argument("--people", type=int, default=60, help="people who act meanwhile (60)")
        parser.add_argument("--server", choices=("daphne", "uvicorn"), default="daphne", help="(daphne)")
        parser.add_argument("--no-guard", action="store_true", help="the control: figures must miss")
        parser.add_argument("--json", action="store_true", help="one JSON list for each victim")

    def handle(self, *args: Any, **options: Any) -> None:
        """Each victim in a process of its own, with databases of its own."""
        codes = [self._run(victim, options) for victim in options["victim"] or VICTIMS]
        if any(codes):
            raise SystemExit(max(codes))

    @staticmethod
    def _run(victim: str, options: dict[str, Any]) -> int:
        command = [
            sys.executable, "-m", "tests.load", f"--server={options['server']}", *(["--json"] if options["json"] else []),
            "chaos", f"--victim={victim}", f"--times={options['times']}", f"--people={options['people']}",
            *(["--no-guard"] if options["no_guard"] else []),
        ]  # fmt: skip
        return abs(subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode)
