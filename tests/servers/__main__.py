"""`python -m tests.servers up|env|down`: PostgreSQL, Redis and Elasticsearch for the tests.

up    use what the environment names; else docker compose; else start what is installed. With SERVERS=1,
      as root on Debian, missing packages are installed and Elasticsearch is fetched. With
      TEST_ELASTICSEARCH_HEAP_MB=n Elasticsearch runs as in production, for benchmarks.
      Exit 3 when a server is missing.
env   lines for a shell: eval "$(python -m tests.servers env)".
down  stop what `up` started, and nothing else.
"""

import argparse
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

from tests.servers import compose, local, machine, state

MISSING = 3


def up() -> int:
    """Start what is not there yet; on Ctrl-C or an error stop what this call started."""
    for number in (signal.SIGTERM, signal.SIGINT):
        # A shell starts background jobs with SIGINT ignored: say what both mean here.
        signal.signal(number, signal.default_int_handler)
    now = current()
    before = set(now.processes)
    wanted = [name for name in state.VARIABLES if name not in now.urls]
    missing: list[str] = []
    try:
        if wanted and compose.engine_answers():
            now.compose = True
            state.save(now)
            now.urls |= compose.up(wanted)
        elif wanted:
            machine.install_missing()
            missing = [name for name in wanted if not start(now, name)]
        state.save(now)
    except BaseException:
        halt(now, [name for name in now.processes if name not in before])
        state.save(now)
        raise
    for name, url in now.urls.items():
        print(f"{name}={url}")
    return MISSING if missing else 0


def current() -> state.State:
    """What is running: named by the environment, or started earlier and still alive."""
    now = state.load()
    owners = {
        "TEST_DATABASE_URL": "postgres",
        "TEST_REDIS_URL": "redis",
        "TEST_ELASTICSEARCH_URL": "elasticsearch",
    }
    for variable, owner in owners.items():
        if owner in now.processes and not state.alive(now.processes[owner]):
            del now.processes[owner]
            now.urls.pop(variable, None)
        if os.environ.get(variable):
            now.urls[variable] = os.environ[variable]
        elif owner not in now.processes and not now.compose:
            now.urls.pop(variable, None)
    return now


def start(now: state.State, variable: str) -> bool:
    """Start one server and say how long it took; one that cannot be had is named with the reason."""
    began = time.monotonic()
    before = set(now.processes)
    state.folder().mkdir(parents=True, exist_ok=True)
    try:
        now.urls[variable] = local.STARTERS[variable](now)
    except (machine.Missing, subprocess.CalledProcessError) as error:
        halt(now, [name for name in now.processes if name not in before])
        print(f"{variable}: not started: {error}", file=sys.stderr)
        return False
    print(f"{variable}: started in {time.monotonic() - began:.1f} s", flush=True)
    return True


def halt(now: state.State, names: list[str]) -> None:
    for name in names:
        state.stop(now.processes.pop(name))
        print(f"{name}: stopped")


def env() -> int:
    """Export lines for what can be reached; nothing for what cannot."""
    for name, url in current().urls.items():
        print(f"export {name}={shlex.quote(url)}")
    return 0


def down() -> int:
    """Stop what was started here and remove the folder."""
    now = state.load()
    halt(now, list(now.processes))
    if now.compose:
        compose.down()
    shutil.rmtree(state.folder(), ignore_errors=True)
    return 0


def main() -> int:
    commands = {"up": up, "env": env, "down": down}
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("command", choices=commands)
    chosen = parser.parse_args().command
    if chosen == "env":
        return env()
    with state.locked():
        return commands[chosen]()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("interrupted: what was started has been stopped", file=sys.stderr)
        sys.exit(130)
