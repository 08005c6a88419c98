"""`python -m tests.fuzz --requests 5000`: fuzz the API as three roles on a database of its own; non-zero on a miss."""

import argparse
import logging
import os
import sys
import tempfile
import time
import warnings

import pytest  # noqa: F401 - with it in memory, settings take static files as they lie


def main() -> int:
    """Make the database and the world, ask, and print the figures beside their bars."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--traces", action="store_true", help="log the trace of every fault")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fairway-fuzz-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "backend.config.settings",
            "DATA_DIR": folder,
            "ALLOWED_HOSTS": "*",
            "DATABASE_URL": "",
            "DEBUG": "0",
        }
        figures, seconds = _run(asked.requests, asked.seed, not asked.traces)
    return _report(figures, seconds, asked.requests)


def _run(requests: int, seed: int, quiet: bool):
    import django
    from django.core.management import call_command

    django.setup()
    logging.disable(logging.CRITICAL if quiet else logging.WARNING)
    warnings.simplefilter("ignore")
    call_command("migrate", run_syncdb=True, verbosity=0)
    from tests.factories import world
    from tests.fuzz.asking import fuzz

    began = time.monotonic()
    return fuzz(world.build(), requests, seed), time.monotonic() - began


def _report(figures, seconds: float, requests: int) -> int:
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(figures.statuses.items()))
    print(f"{figures.requests} requests in {seconds:.0f} s; {statuses}")
    for name, detail in sorted((figures.faults | figures.violations).items()):
        print(f"  {name}\n    {detail}")
    checks = (
        ("answers 5xx", figures.server_errors, not figures.server_errors, 0),
        ("operations that break the schema", len(figures.violations), not figures.violations, 0),
        ("requests", figures.requests, figures.requests >= requests, requests),
    )
    for name, figure, kept, bar in checks:
        print(f"{'kept  ' if kept else 'MISSED'} {name}: {figure} (bar {bar})")
    return 0 if all(kept for _, _, kept, _ in checks) else 1


if __name__ == "__main__":
    sys.exit(main())
