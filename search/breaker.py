"""A circuit breaker: after some failures in a row a dead engine is left in peace for a while."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """Closed lets calls through; open refuses them until the pause is over, then lets one try."""

    def __init__(
        self, failures: int = 3, pause: float = 10, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._pause, self._clock = failures, pause, clock
        self._failed, self._until = 0, 0.0
        self._lock = threading.Lock()

    def allows(self) -> bool:
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._clock() < self._until:
                return False
            self._until = self._clock() + self._pause
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._until = self._clock() + self._pause

    @property
    def open(self) -> bool:
        with self._lock:
            return self._failed >= self._limit
