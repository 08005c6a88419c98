"""Who is killed, and how they come back: Fairway's processes, and a Redis and a PostgreSQL of the run's own."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from tests.load.server import APPLICATION, Process, Served
from tests.servers import local, state

UNGUARDED = "tests.load.unguarded:application"
NAMES = ("server", "worker", "redis", "postgres")


class Victim(Protocol):
    """Something that is taken away and comes back."""

    def kill(self) -> None: ...
    def start(self) -> None: ...


@dataclass
class Stage:
    """What runs: the fair's servers, the process that is killed, and what has to be stopped in the end."""

    victim: Victim
    servers: list[Served]
    others: list[Process] = field(default_factory=list)

    def stop(self) -> None:
        for process in [*self.servers, *self.others]:
            process.stop()


def set_up(
    name: str, folder: Path, kind: str, times: int, *, guard: bool, database: Victim | None = None
) -> Stage:
    """Start everything that this victim needs; `database` is the Redis or PostgreSQL that is to be killed."""
    application = APPLICATION if guard else UNGUARDED
    os.environ["UNGUARDED"] = "" if guard else name
    alone = name in ("server", "postgres")
    servers = [Served(folder, kind, application=application, worker=alone)]
    worker = Process([sys.executable, "-m", "tests.load.worker", name], folder / "worker.log")
    if name == "redis":
        # What happens in one process is told in the other by the bell over Redis alone.
        servers.append(Served(folder, kind, application=application, worker=False, name="second"))
    victims = {"server": servers[0], "worker": Dying(worker, times)}
    stage = Stage(database or victims[name], servers, [] if alone else [worker])
    try:
        for process in [*servers, *stage.others]:
            process.start()
    except BaseException:
        stage.stop()
        raise
    return stage


class Dying:
    """A worker that kills itself in the middle of its work; taking it away is waiting for that."""

    def __init__(self, process: Process, times: int) -> None:
        self.process, self.left = process, times

    def kill(self) -> None:
        assert self.process.running is not None
        self.process.running.wait(120)
        assert self.process.running.returncode == -signal.SIGKILL, self.process.log.read_text()[-2000:]

    def start(self) -> None:
        """The last one lives on."""
        self.left -= 1
        self.process.environment["LIVES"] = "" if self.left else "1"
        self.process.start()


class Redis:
    """A Redis that loses everything when it is killed."""

    def __init__(self) -> None:
        self._state = state.State()
        self.url = local.start_redis(self._state)

    def kill(self) -> None:
        kill_session(self._state, "redis", signal.SIGKILL)

    def start(self) -> None:
        assert local.start_redis(self._state) == self.url

    def stop(self) -> None:
        state.stop(self._state.processes["redis"])


class Postgres:
    """A PostgreSQL whose commits are in the system's hands when it answers; taken away by a fast stop or by a crash, in turn."""

    def __init__(self) -> None:
        self._state = state.State()
        self._crash = False
        self.url = local.start_postgres(self._state, committed=True)

    def kill(self) -> None:
        kill_session(self._state, "postgres", signal.SIGQUIT if self._crash else signal.SIGINT)
        self._crash = not self._crash

    def start(self) -> None:
        local.run_postgres(self._state, committed=True)

    def stop(self) -> None:
        state.stop(self._state.processes["postgres"])


def kill_session(now: state.State, name: str, number: int) -> None:
    """Send the signal to the process that `launch` began, and wait for its end."""
    pid, _began = now.processes[name]
    os.kill(pid, number)
    state.CHILDREN.pop(pid).wait()


@contextmanager
def database(name: str) -> Iterator[Victim | None]:
    """The server of the run's own that is to be killed, named to whoever is started; Missing where there is none here."""
    if name not in ("redis", "postgres"):
        yield None
        return
    one = Redis() if name == "redis" else Postgres()
    os.environ["REDIS_URL" if name == "redis" else "DATABASE_URL"] = one.url
    try:
        yield one
    finally:
        one.stop()
