"""A circuit breaker: after some failures in a row a dead engine is left in peace for a while."""

import random
import threading
import time
from collections.abc import Callable
from typing import Literal, TypeAlias

State: TypeAlias = Literal["closed", "open", "half-open"]


class Breaker:
    """Closed lets calls through. Open refuses them until the pause is over, then lets one try, alone.

    While that one has not reported, nobody else is let through; if it never reports (its process died, or it failed
    in another way), the next one may try a pause later. The pause is drawn between half of it and all of it, so that
    many processes do not come back to a weak server at the same moment.
    """

    def __init__(
        self,
        failures: int = 3,
        pause: float = 5,
        clock: Callable[[], float] = time.monotonic,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._limit, self._pause, self._clock, self._draw = failures, pause, clock, draw
        self._failed, self._until = 0, 0.0
        self._trying = False
        self._lock = threading.Lock()

    def allows(self) -> bool:
        """Whether a call may be made now; who is told yes reports `succeeded` or `failed`."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._clock() < self._until:
                return False
            self._trying = True
            self._rest()
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failed, self._trying = 0, False

    def failed(self) -> None:
        with self._lock:
            self._failed += 1
            self._trying = False
            self._rest()

    def _rest(self) -> None:
        self._until = self._clock() + self._draw(self._pause / 2, self._pause)

    @property
    def state(self) -> State:
        with self._lock:
            if self._failed < self._limit:
                return "closed"
            return "half-open" if self._trying or self._clock() >= self._until else "open"

    @property
    def open(self) -> bool:
        return self.state != "closed"
