"""What `up` started: one JSON file in a private folder, so that `env` and `down` know it later."""

import contextlib
import fcntl
import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

# Kept so that they can be reaped.
CHILDREN: dict[int, subprocess.Popen] = {}
VARIABLES = ("TEST_DATABASE_URL", "TEST_REDIS_URL", "TEST_ELASTICSEARCH_URL")


@dataclass
class State:
    """URLs by variable, and the processes we started: name -> [pid, start time in clock ticks]."""

    urls: dict[str, str] = field(default_factory=dict)
    processes: dict[str, list[int]] = field(default_factory=dict)
    compose: bool = False


def folder() -> Path:
    """TEST_SERVERS_DIR, or a folder of this user's own under the system's temporary one."""
    named = os.environ.get("TEST_SERVERS_DIR")
    return Path(named) if named else Path(tempfile.gettempdir()) / f"fairway-servers-{os.getuid()}"


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Two `up` or `down` at once take turns."""
    with Path(f"{folder()}.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def load() -> State:
    path = folder() / "state.json"
    return State(**json.loads(path.read_text())) if path.exists() else State()


def save(state: State) -> None:
    folder().mkdir(parents=True, exist_ok=True)
    (folder() / "state.json").write_text(json.dumps(asdict(state), indent=1))


def started_at(pid: int) -> int | None:
    """When a process began, in clock ticks since boot; None when it is gone or only waits to be reaped.

    Together with the pid it names one process for good: a pid alone may be given to a stranger later.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else int(fields[19])


def alive(process: list[int]) -> bool:
    pid, began = process
    return started_at(pid) == began


def launch(state: State, name: str, command: list[str], *, user: str | None, env: dict | None = None) -> None:
    """Start a server in a session of its own, its output in <name>.log, and write it down at once."""
    with (folder() / f"{name}.log").open("w") as log:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            env=os.environ | (env or {}),
            start_new_session=True,
            **({"user": user, "group": group_of(user), "extra_groups": []} if user else {}),
        )
    CHILDREN[child.pid] = child
    state.processes[name] = [child.pid, started_at(child.pid) or 0]
    save(state)


def group_of(user: str) -> int:
    import pwd

    return pwd.getpwnam(user).pw_gid


def stop(process: list[int], *, patience: float = 20) -> None:
    """Ask the process to end, then its session by force; one that is not ours any more is left alone."""
    pid, _ = process
    if not alive(process):
        _reap(pid)
        return
    os.kill(pid, signal.SIGINT if "postgres" in _name(pid) else signal.SIGTERM)
    deadline = time.monotonic() + patience
    while alive(process) and time.monotonic() < deadline:
        _reap(pid)
        time.sleep(0.05)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    if pid in CHILDREN:
        CHILDREN.pop(pid).wait()


def _reap(pid: int) -> None:
    if pid in CHILDREN:
        CHILDREN[pid].poll()


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
