"""What corrects against the words of an index, made in a thread of its own and never inside a request.

Reading the words of 74,000 positions takes seconds; a correction against words that are some minutes old takes none.
"""

import logging
import time
from collections.abc import Callable, Mapping
from threading import Lock, Thread

from search.engines.base import EngineUnavailable
from search.spelling import Speller

log = logging.getLogger(__name__)
# For how many seconds the words are held before they are read again.
HELD = 300.0
# For how many seconds the requests of a process that has no words yet wait for them, before they go on without.
FIRST_WAIT = 1.0


class Vocabulary:
    """The speller made last, of the words that `read` gives, and the thread that makes the next one."""

    def __init__(
        self, read: Callable[[], Mapping[str, int]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._read, self._clock = read, clock
        self._speller: Speller | None = None
        self._made = 0.0
        self._making: Thread | None = None
        self._lock = Lock()

    def speller(self) -> Speller:
        """The last one, however old; where there is none in time, one that knows no words and corrects nothing."""
        making = self.refresh()
        if self._speller is None and making is not None:
            making.join(FIRST_WAIT)
        return self._speller or Speller({})

    def refresh(self) -> Thread | None:
        """Begin to read the words again where they are old; the thread that does, None where they are fresh."""
        with self._lock:
            fresh = self._speller is not None and self._clock() - self._made <= HELD
            if self._making is None and not fresh:
                self._making = Thread(target=self._make, name="search-vocabulary", daemon=True)
                self._making.start()
            return self._making

    def _make(self) -> None:
        """A failure leaves the words that are there; the next request has them read again."""
        began, made = self._clock(), None
        try:
            made = Speller(self._read())
            made.prepare()
        except EngineUnavailable as error:
            log.warning("search: the words of the index cannot be read now: %s", error)
        finally:
            with self._lock:
                self._making = None
                if made is not None:
                    self._speller, self._made = made, began
