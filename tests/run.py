"""`make test`: the whole suite embedded and in the browser, then again on the real servers; one closing block says it all.

SERVERS=1 lets it install and start what is missing (root on Debian). CI=true refuses skips.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ON_SERVERS = ["tests/backend", "tests/fairs"]
ON_POSTGRES = [
    "--migrations", "--only-database",
    "-W", "ignore:Error when trying to teardown test databases",
    "-W", "ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning",
]  # fmt: skip
"""Threads that race keep their connections to the end; the private server takes its test databases with it.

When such a connection is collected later, it complains in whichever test runs then.
"""
ONCE, LONGEST = "embedded, with the browser; search on Elasticsearch too", 600
"""The part that runs every test once, and the bar for it in seconds on two processors: said, never a failure."""
MEMORY, ROOM = Path("/dev/shm"), 2**30
"""The disk in memory that Linux has, and the bytes that have to be free there."""
HOW = "SERVERS=1 make test (as root on Debian), or set DATABASE_URL, REDIS_URL and ELASTICSEARCH_URL"


@dataclass
class Part:
    """One part of the run: what it was, how it ended, how long it took."""

    name: str
    code: int
    seconds: float


def main() -> int:
    """Run every part that can be run here; the highest exit code."""
    # Ended from outside, what lies in memory is taken away all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    refuse = os.environ.get("SERVERS") == "1" or os.environ.get("CI") == "true"
    if refuse:
        os.environ["FAIRWAY_REFUSE_SKIPS"] = "1"
    parts = [_run("messages", ["manage.py", "build_messages"], {})]
    try:
        servers = _servers(refuse)
        parts.append(_pytest(ONCE, ["tests"], servers))
        if "TEST_DATABASE_URL" in servers:
            on = {
                "DATABASE_URL": servers["TEST_DATABASE_URL"],
                "REDIS_URL": servers.get("TEST_REDIS_URL", ""),
            }
            parts.append(
                _pytest("on PostgreSQL and Redis, with migrations", ON_SERVERS, servers | on, *ON_POSTGRES)
            )
    finally:
        subprocess.run([sys.executable, "-m", "tests.servers", "down"], cwd=ROOT, check=False)
    _say(parts, with_servers="TEST_DATABASE_URL" in servers)
    return max(part.code for part in parts)


def _servers(refuse: bool) -> dict[str, str]:
    """Bring the servers up where they can be had; their addresses."""
    up = subprocess.run([sys.executable, "-m", "tests.servers", "up"], cwd=ROOT, check=False)
    if up.returncode and refuse:
        raise SystemExit("The servers did not start, and skips are refused here.")
    shown = subprocess.run(
        [sys.executable, "-m", "tests.servers", "env"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = {}
    for line in shown.stdout.splitlines():
        name, _, value = line.removeprefix("export ").partition("=")
        found[name] = value.strip("'\"")
    return found


def _pytest(name: str, paths: list[str], env: dict[str, str], *more: str) -> Part:
    with _folders() as where:
        return _run(name, ["-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", *where, *more, *paths], env)


@contextmanager
def _folders() -> Iterator[list[str]]:
    """Where pytest makes the folders of tests: in memory where there is room, as an index waits for the disk at every
    commit and a run makes thousands of commits; a run fills some 200 MB."""
    if not (os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM):
        yield []
        return
    with tempfile.TemporaryDirectory(
        prefix="fairway-tests-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        # Named outright: what pytest would put between is too much for the path of a server's socket, of 107 characters.
        yield ["--basetemp", f"{folder}/t"]


def _run(name: str, arguments: list[str], env: dict[str, str]) -> Part:
    print(f"== {name}", flush=True)
    started = time.monotonic()
    done = subprocess.run([sys.executable, *arguments], cwd=ROOT, env=_caching() | env, check=False)
    return Part(name, done.returncode, time.monotonic() - started)


def _caching() -> dict[str, str]:
    """The environment, but what Python compiles is kept: otherwise every worker and every server a test starts compiles
    the product, and pytest rewrites its own plug-ins and all tests, anew (15 s of a worker's collection of 33 s)."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _say(parts: list[Part], *, with_servers: bool) -> None:
    print("\n== What was run")
    for part in parts:
        print(f"  {'passed' if part.code == 0 else 'FAILED':7} {part.seconds:6.0f} s  {part.name}")
        if part.name == ONCE:
            print(f"  {'kept' if part.seconds <= LONGEST else 'MISSED':7} {LONGEST:6} s  every test once")
    if not with_servers:
        print(f"  NOT RUN          on PostgreSQL, Redis and Elasticsearch: {HOW}")


if __name__ == "__main__":
    raise SystemExit(main())
