"""Measure the live fair with thousands of sockets, beside a bare asyncio server in the same run; non-zero on a miss."""

import subprocess
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

RUNS = {"line": 400, "fanout": 2000, "stalled": 50, "storm": 2000, "crowd": 5000, "sockets": 2000}


class Command(BaseCommand):
    help = f"{__doc__} Without a run named, all of them. Needs the tests beside the code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        meanings = {
            "line": "students in one line: when the last is told of “next”",
            "fanout": "sockets in one room: deliveries a second",
            "stalled": "readers that stop reading: growth of the server's memory",
            "storm": "sockets that come back after the server was killed",
            "crowd": "sockets in one room at 10,000 deliveries a second: how late they come",
            "sockets": "sockets of a fair day: how late events come",
        }
        for name, meaning in meanings.items():
            parser.add_argument(
                f"--{name}", type=int, nargs="?", const=RUNS[name], help=f"{meaning} ({RUNS[name]})"
            )
        parser.add_argument(
            "--deliveries",
            type=int,
            default=0,
            help="at least so many are checked with --fanout (20 s of them)",
        )
        parser.add_argument("--minutes", type=float, default=10, help="of the fair day (10)")
        parser.add_argument("--hurry", type=float, default=1, help="times as fast as people are (1)")
        parser.add_argument("--server", choices=("daphne", "uvicorn"), default="daphne", help="(daphne)")
        parser.add_argument(
            "--database", default="", help="an empty PostgreSQL; its tables are made and emptied (SQLite)"
        )
        parser.add_argument("--redis", default="", help="address of a Redis (in the process)")
        parser.add_argument("--json", action="store_true", help="one JSON list on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        """In a process of its own: settings and connections of this one belong to the real database."""
        named = {name: options[name] for name in RUNS if options[name]} or RUNS
        runs = [f"--{name}={number}" for name, number in named.items()]
        common = [f"--{name}={options[name]}" for name in ("server", "database", "redis")]
        command = [
            sys.executable, "-m", "tests.load", *common, *(["--json"] if options["json"] else []), "bench", *runs,
            f"--minutes={options['minutes']}", f"--deliveries={options['deliveries']}", f"--hurry={options['hurry']}",
        ]  # fmt: skip
        code = subprocess.run(command, cwd=settings.BASE_DIR, check=False).returncode
        if code:
            raise SystemExit(code)
