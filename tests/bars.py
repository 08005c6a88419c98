"""`make bars`: build a demo of its own, start it, and measure what a visitor would feel; non-zero on a miss.

Figures: build and second start in seconds, resident memory, p95 of each main page in the process, queries per page,
seconds from a published position to the search that finds it.
"""

import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 25
PAGES = {
    "student": [
        "/",
        "/positions/",
        "/positions/?q=%E4%BC%9A%E8%AE%A1",
        "/matches/",
        "/applications/",
        "/me/",
        "/fairs/",
    ],
    "recruiter": ["/", "/company/", "/company/positions/", "/applications/", "/fairs/"],
    "staff": ["/", "/staff/companies/", "/staff/positions/", "/students/", "/insights/ratio/", "/fairs/"],
}


def main() -> int:
    """Run everything on a fresh DATA_DIR below the system's temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="fairway-bars-"))
    try:
        checks = list(_measure(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for name, figure, bar in checks:
        print(f"{'kept  ' if figure <= bar else 'MISSED'} {name}: {figure} (bar {bar})")
    return 0 if all(figure <= bar for _, figure, bar in checks) else 1


def _measure(folder: Path):
    port = _free_port()
    server, built = _start(folder, port)
    yield "demo built and answering, s", round(built, 1), 120
    server.terminate()
    server.wait(20)
    server, again = _start(folder, port)
    try:
        yield "second start, s", round(again, 1), 10
        yield from _pages(folder, port)
        yield "memory of the demo process, MB", _resident(server.pid), 600
    finally:
        server.terminate()
        server.wait(20)
    yield from _in_process(folder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _start(folder: Path, port: int) -> tuple[subprocess.Popen, float]:
    started = time.monotonic()
    log = (folder / "server.log").open("ab")
    server = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=ROOT, env=os.environ | {"DATA_DIR": str(folder)}, stdout=log, stderr=log,
    )  # fmt: skip
    while time.monotonic() - started < 300:
        if server.poll() is not None:
            raise SystemExit(f"The demo ended: {(folder / 'server.log').read_text()[-3000:]}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2).read()
        except OSError:
            time.sleep(0.2)
            continue
        return server, time.monotonic() - started
    raise SystemExit("The demo did not answer within 300 s.")


def _resident(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024


def _pages(folder: Path, port: int):
    shown = subprocess.run(
        [sys.executable, "manage.py", "demo_accounts", "--json"],
        cwd=ROOT, env=os.environ | {"DATA_DIR": str(folder)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    accounts = json.loads(shown.stdout.strip().splitlines()[-1])
    for role, paths in PAGES.items():
        browser = _sign_in(port, accounts[role])
        for path in paths:
            seconds = []
            for _ in range(ROUNDS):
                started = time.perf_counter()
                with browser.open(f"http://127.0.0.1:{port}{path}", timeout=20) as response:
                    response.read()
                seconds.append(time.perf_counter() - started)
            p95 = statistics.quantiles(seconds[3:], n=20)[-1]
            yield f"p95 over HTTP of {path} as {role}, ms", round(p95 * 1000), 120


def _sign_in(port: int, account: dict) -> urllib.request.OpenerDirector:
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
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


def _in_process(folder: Path):
    """Queries per page, and write to findable, measured inside one process on the same demo."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bars_inside"],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "backend.config.settings"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    yield from (tuple(row) for row in json.loads(done.stdout.strip().splitlines()[-1]))


if __name__ == "__main__":
    raise SystemExit(main())
