"""How much one socket may ask."""

import time
from collections.abc import Callable

from fairs.protocol import RATE_BURST, RATE_PER_SECOND

SOCKETS_PER_PERSON = 8


class Bucket:
    """A token bucket: `burst` at once, `rate` a second after that."""

    def __init__(
        self,
        rate: float = RATE_PER_SECOND,
        burst: int = RATE_BURST,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate, self._burst, self._now = rate, burst, now
        self._tokens, self._at = float(burst), now()

    def take(self) -> bool:
        """Whether one more frame is within the limit."""
        moment = self._now()
        self._tokens = min(self._burst, self._tokens + (moment - self._at) * self._rate)
        self._at = moment
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
