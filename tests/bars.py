"""`make bars`: build a demo of its own, start it, and measure what a visitor would feel; non-zero on a miss.

Bars: seconds from a fresh clone to a demo that answers (packages cached) and of the second start, resident memory, p95 and
queries of every main page inside the process, kB of JavaScript of each, seconds from a write to the search that finds it.
The p95 over HTTP, with the server beside the client on the same processors, is printed for information only.

    make bars                            everything
    python -m tests.bars --no-clone      build with this environment; a clone makes its own, which takes disk and a cache
    python -m tests.bars --pages         only the pages of a demo already built in DATA_DIR
"""

import argparse
import json
import os
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 12
PATIENCE = 400
Check = tuple[str, float, float]


def main() -> int:
    """Measure, print each bar as kept or MISSED; 1 on a miss."""
    options = _options()
    if options.pages:
        return report(_in_process(Path(os.environ["DATA_DIR"])))
    folder = Path(tempfile.mkdtemp(prefix="fairway-bars-"))
    try:
        return report(_measure(folder, clone=not options.no_clone))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def report(checks: Iterator[Check]) -> int:
    """Print each as soon as it is known."""
    missed = 0
    busy, processors = os.getloadavg()[0], os.cpu_count() or 1
    print(
        f"info   load average {busy:.1f} on {processors} processors; above 1 each, seconds are not the program's"
    )
    for name, figure, bar in checks:
        missed += figure > bar
        print(f"{'kept  ' if figure <= bar else 'MISSED'} {name}: {figure:g} (bar {bar:g})", flush=True)
    print(f"{missed} missed" if missed else "all kept")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--no-clone", action="store_true", help="build with this environment")
    parser.add_argument("--pages", action="store_true", help="only the pages, of the demo in DATA_DIR")
    return parser.parse_args()


def _measure(folder: Path, *, clone: bool) -> Iterator[Check]:
    data, port = folder / "data", _free_port()
    data.mkdir()
    tree = ROOT
    started = time.monotonic()
    if clone:
        tree = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tree)], check=True)
    server = _start(tree, data, port, command=["make", "demo"] if clone else None)
    name = "clone to demo answering" if clone else "demo built and answering, environment at hand"
    yield f"{name}, s", round(time.monotonic() - started, 1), 120
    _stop(server)
    started = time.monotonic()
    server = _start(ROOT, data, port)
    try:
        yield "second start, s", round(time.monotonic() - started, 1), 10
        _over_http(data, port)
        yield "memory of the demo process, MB", _resident(server.pid), 600
    finally:
        _stop(server)
    yield from _in_process(data)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(tree: Path, data: Path, port: int, command: list[str] | None = None) -> subprocess.Popen:
    """Start a demo in a group of its own, and wait until it answers."""
    log = (data / "server.log").open("ab")
    server = subprocess.Popen(
        command or [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=tree,
        env=_environment(data) | {"PORT": str(port), "DATA_DIR": str(data)},
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"The demo ended: {(data / 'server.log').read_text()[-3000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read()
        except OSError:
            time.sleep(0.1)
            continue
        return server
    _stop(server)
    raise SystemExit(f"The demo did not answer within {PATIENCE} s.")


def _stop(server: subprocess.Popen) -> None:
    """End the server and whatever make started for it."""
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(20)


def _environment(data: Path) -> dict[str, str]:
    """The demo as it comes: no servers, its own folder."""
    others = {"DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_URL", "VENV", "MAKEFLAGS", "MAKELEVEL"}
    return {key: value for key, value in os.environ.items() if key not in others} | {"DATA_DIR": str(data)}


def _resident(pid: int) -> int:
    """Resident memory of the process that serves, MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024


def _over_http(data: Path, port: int) -> None:
    """Print the p95 of each page over HTTP: no bar, because client and server share the processors."""
    shown = subprocess.run(
        [sys.executable, "manage.py", "demo_accounts", "--json"],
        cwd=ROOT, env=_environment(data), capture_output=True, text=True, check=True,
    )  # fmt: skip
    accounts = json.loads(shown.stdout.strip().splitlines()[-1])
    for role, paths in _inside(data, "--addresses").items():
        browser = _sign_in(port, accounts[role])
        for path in paths:
            seconds = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                with browser.open(f"http://127.0.0.1:{port}{path}", timeout=20) as response:
                    response.read()
                seconds.append(time.perf_counter() - started)
            print(f"info   p95 over HTTP of {path} as {role}, ms: {p95(seconds):g}", flush=True)


def p95(seconds: list[float]) -> float:
    """The 95th percentile in ms, of all but the first call, which fills caches."""
    return round(statistics.quantiles(seconds[1:], n=20)[-1] * 1000, 1)


def _sign_in(port: int, account: dict) -> urllib.request.OpenerDirector:
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    address = f"http://127.0.0.1:{port}/accounts/login/"
    page = browser.open(address, timeout=20).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page).group(1)
    body = urlencode(
        {"csrfmiddlewaretoken": token, "login": account["email"], "password": account["password"]}
    ).encode()
    request = urllib.request.Request(address, data=body, headers={"Referer": address})
    with browser.open(request, timeout=20) as response:
        if "/login" in response.url:
            raise SystemExit(f"Could not sign in as {account['email']}.")
    return browser


def _in_process(data: Path) -> Iterator[Check]:
    yield from (tuple(row) for row in _inside(data))


def _inside(data: Path, *arguments: str) -> list | dict:
    """What `tests.bars_inside` says about the demo in a folder."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bars_inside", *arguments],
        cwd=ROOT,
        env=_environment(data) | {"DJANGO_SETTINGS_MODULE": "backend.config.settings"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    raise SystemExit(main())
