"""Put search through crashes, a dying Elasticsearch and rebuilds under writes, in a place of its own."""

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = (
        "Kill indexers and Elasticsearch under load and count what is lost. Needs the tests beside the code."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("runs", nargs="*", help="crashes, restarts, rebuilds (all)")
        parser.add_argument("--crashes", type=int, default=200, help="indexers killed")
        parser.add_argument("--restarts", type=int, default=5, help="times Elasticsearch is killed")
        parser.add_argument("--rebuilds", type=int, default=5, help="rebuilds under writes")
        parser.add_argument(
            "--rate", type=float, default=20, help="searches, and writes in rebuilds, a second"
        )
        parser.add_argument("--positions", type=int, default=3_000, help="positions that are searched")
        parser.add_argument("--no-guard", action="store_true", help="the control: figures must miss")

    def handle(self, *args: Any, **options: Any) -> None:
        """In a process of its own: settings and connections of this one belong to the real database."""
        numbers = [
            f"--{name}={options[name]}" for name in ("crashes", "restarts", "rebuilds", "rate", "positions")
        ]
        control = ["--no-guard"] if options["no_guard"] else []
        command = [sys.executable, "-m", "tests.chaos", *options["runs"], *numbers, *control]
        code = subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode
        if code:
            raise SystemExit(code)
