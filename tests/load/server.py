"""Servers as processes of their own, that can be killed and started again at the same address."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.load.wire import Door

PATIENCE = 180.0
APPLICATION = "backend.config.asgi:application"
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Process:
    """A program with its output in a file; `start` after `kill` is the same program again."""

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        self.command, self.log = list(command), log
        self.environment = os.environ | dict(environment or {})
        self.running: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("a") as out:
            self.running = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.environment, cwd=ROOT
            )

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask it to end; by force after a while."""
        self._end(signal.SIGTERM)

    def memory(self, field: str = "VmRSS") -> float:
        """Megabytes; 0 when it does not run."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for line in Path(f"/proc/{self._pid}/status").read_text().splitlines():
                if line.startswith(field):
                    return int(line.split()[1]) / 1024
        return 0.0

    def seconds(self) -> float:
        """Processor time it has used."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return 0.0

    @property
    def _pid(self) -> int:
        return self.running.pid if self.running else 0

    def _end(self, number: int) -> None:
        if self.running is None:
            return
        self.running.send_signal(number)
        try:
            self.running.wait(20)
        except subprocess.TimeoutExpired:
            self.running.kill()
            self.running.wait()
        self.running = None


class Served(Process):
    """Fairway on one of the ASGI servers."""

    def __init__(
        self,
        folder: Path,
        kind: str = "daphne",
        *,
        application: str = APPLICATION,
        worker: bool = True,
        name: str = "server",
    ) -> None:
        port = free_port()
        self.door = Door(port)
        commands = {
            "daphne": ["daphne", "-b", "127.0.0.1", "-p", str(port), "-v", "0"],
            "uvicorn": [
                "uvicorn", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning",
                "--ws-per-message-deflate", "false",
            ],
        }  # fmt: skip
        super().__init__(
            [sys.executable, "-m", *commands[kind], application],
            folder / f"{name}.log",
            {"RUN_WORKER_INLINE": "1" if worker else "0", "DEMO_BOTS": "0", "PUBLIC_URL": self.door.origin},
        )

    def start(self) -> None:
        """Returns when it answers."""
        super().start()
        wait_until(self.answers, self)

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.door.origin}/healthz", timeout=5) as got:
                return got.status == 200
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            return False

    def faults(self) -> int:
        """Errors in its log."""
        text = self.log.read_text(errors="replace")
        return text.count("Traceback (most recent call last)") + text.count('"level": "error"')


class Bare(Process):
    """The baseline."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.door = Door(port, "/")
        super().__init__([sys.executable, "-m", "tests.load.bare", str(port)], folder / "bare.log")

    def start(self) -> None:
        """Returns when it listens."""
        super().start()
        wait_until(self._listens, self)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.door.port)) == 0


def wait_until(ready, process: Process) -> None:
    """Poll; a process that ended says so with the end of its log."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        ended = process.running is None or process.running.poll() is not None
        if ended or time.monotonic() > deadline:
            raise RuntimeError(
                f"{process.command} does not answer:\n{process.log.read_text(errors='replace')[-2000:]}"
            )
        time.sleep(0.02)
