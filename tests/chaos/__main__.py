"""The runs at full size, in a place of their own; see `python manage.py chaos_search --help`."""

import argparse
import contextlib
import logging
import os
import shutil
import signal
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

RUNS = ("crashes", "restarts", "rebuilds")


def main() -> int:
    """Run what is asked for, print each figure; 1 when one misses."""
    options = _options()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    with _private_place() as server_of, contextlib.ExitStack() as held:
        server = server_of()
        held.callback(server.stop)
        os.environ["ELASTICSEARCH_URL"] = server.url
        _django()
        missed = 0
        for name in options.runs or RUNS:
            print(f"-- {name}{' without the guard' if options.no_guard else ''}", flush=True)
            for check in _run(name, options, server):
                print(check, flush=True)
                missed += not check.kept
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    """As `manage.py chaos_search` hands them over, which explains them."""
    parser = argparse.ArgumentParser(prog="manage.py chaos_search")
    parser.add_argument("runs", nargs="*")
    parser.add_argument("--crashes", type=int, required=True)
    parser.add_argument("--restarts", type=int, required=True)
    parser.add_argument("--rebuilds", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--positions", type=int, required=True)
    parser.add_argument("--no-guard", action="store_true")
    options = parser.parse_args()
    if unknown := set(options.runs) - set(RUNS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    return options


@contextlib.contextmanager
def _private_place() -> Iterator[Callable]:
    """A folder for database, index and server that is gone afterwards; the settings are read from these variables."""
    folder = Path(tempfile.mkdtemp(prefix="fairway-chaos-"))
    # The server runs as a user of its own and must reach what is his.
    folder.chmod(0o755)
    os.environ |= {
        "DATA_DIR": str(folder / "data"), "DATABASE_URL": "", "REDIS_URL": "", "PRODUCTION": "0", "DEBUG": "0",
        "SEARCH_INDEX_PREFIX": "chaos", "LOG_LEVEL": "ERROR", "ALLOWED_HOSTS": "testserver",
        "TEST_SERVERS_DIR": str(folder / "servers"), "DJANGO_SETTINGS_MODULE": "backend.config.settings",
        "EMAIL_URL": "dummymail://",
    }  # fmt: skip
    (folder / "servers").mkdir()
    from tests.chaos.server import Server

    try:
        yield Server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _django() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    # The client tells of every failure of a server that is being killed on purpose.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="No directory at")
    call_command("migrate", verbosity=0)


def _run(name: str, options: argparse.Namespace, server) -> list:
    from tests.chaos import ground, guards, runs

    per_company = 30
    laid = ground.lay(max(1, options.positions // per_company), per_company)
    guard = {"crashes": guards.at_most_once, "restarts": guards.no_failover, "rebuilds": guards.no_versions}[
        name
    ]
    with guard() if options.no_guard else contextlib.nullcontext():
        if name == "crashes":
            return runs.crashes(laid, options.crashes)
        if name == "restarts":
            return runs.restarts(laid, [(server.kill, server.start)] * options.restarts, options.rate)
        return runs.rebuilds(laid, options.rebuilds, options.rate)


if __name__ == "__main__":
    sys.exit(main())
