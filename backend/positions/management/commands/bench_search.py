"""Measure search over real postings through the API, beside the bare query of the same engine; non-zero on a miss."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from backend.positions.benchmark import corpus, run
from search import benchmark


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--engine",
            action="append",
            choices=("embedded", "elasticsearch"),
            help="may be repeated (all configured)",
        )
        parser.add_argument(
            "--positions", type=int, default=0, help="in Elasticsearch, by copies (0: the real ones)"
        )
        parser.add_argument(
            "--rate", type=float, default=0, help="searches a second in a pass of its own besides (0: none)"
        )
        parser.add_argument(
            "--postgres", default="", help="address of a PostgreSQL whose full text is measured beside it"
        )
        parser.add_argument("--queries", type=int, default=500, help="of the log")
        parser.add_argument("--postings", type=Path, default=corpus.POSTINGS, help="folder of csv files")
        parser.add_argument("--keep", type=Path, help="folder for the database, made once and used again")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        parser.add_argument(
            "--inside", action="store_true", help="this process is already in a place of its own"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """In a process of its own with a database of its own: this one belongs to the real one."""
        if not options["inside"]:
            raise SystemExit(self._in_a_place_of_its_own(options["keep"]))
        corpus.lay(options["postings"], self._say)
        try:
            checks = run.measured(self._plan(options), self._say)
        finally:
            if not options["keep"]:
                benchmark.clear()
        if options["json"]:
            self.stdout.write(json.dumps([check.as_dict() for check in checks], ensure_ascii=False))
        else:
            self.stdout.write("\n".join(map(str, checks)))
        if not all(check.kept for check in checks):
            raise SystemExit(1)

    @staticmethod
    def _plan(options: dict[str, Any]) -> run.Plan:
        configured = ["embedded", *(["elasticsearch"] if settings.ELASTICSEARCH_URL else [])]
        return run.Plan(
            engines=options["engine"] or configured,
            queries=options["queries"],
            positions=options["positions"],
            rate=options["rate"],
            postgres=options["postgres"],
        )

    def _say(self, text: str) -> None:
        self.stderr.write(text)

    @staticmethod
    def _in_a_place_of_its_own(kept: Path | None) -> int:
        folder = kept or Path(tempfile.mkdtemp(prefix="fairway-bench-"))
        # Elasticsearch is the configured one, its indices have a prefix of their own.
        environment = os.environ | {
            "DATA_DIR": str(folder), "DATABASE_URL": "", "REDIS_URL": "", "PRODUCTION": "0", "DEBUG": "0",
            "SEARCH_INDEX_PREFIX": "bench", "ALLOWED_HOSTS": "testserver", "LOG_LEVEL": "ERROR",
            "ELASTICSEARCH_TIMEOUT_MS": "60000",
        }  # fmt: skip
        command = [sys.executable, *sys.argv, "--inside"]
        try:
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            if kept is None:
                shutil.rmtree(folder, ignore_errors=True)
