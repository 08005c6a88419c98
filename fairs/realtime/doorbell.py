"""The doorbell: after commit, say "stream S has reached n", and nothing else (rule 3).

Hubs of this process are woken directly and thread-safely: the in-memory layer must not be used from other
threads. Hubs of other processes hear it through a shared channel layer. A lost ring is mended by their poll.
"""

import asyncio
import threading
from functools import lru_cache

import structlog
from channels.layers import InMemoryChannelLayer, get_channel_layer

from fairs.realtime.hub import GROUP, wake_local

PATIENCE = 3.0
"""Seconds one ring may take: by then the poll has told everybody anyway."""

log = structlog.get_logger(__name__)


def ring(reached: dict[str, int]) -> None:
    """Wake whoever reads these streams; returns at once and never fails the write that has been committed."""
    wake_local(reached)
    layer = get_channel_layer()
    if isinstance(layer, InMemoryChannelLayer):
        return
    _ringer.ring(reached)


class Ringer:
    """One ring on its way at a time; what happens meanwhile goes with the next, so a layer that hangs heaps up nothing."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._next: dict[str, int] = {}
        self._sending = False

    def ring(self, reached: dict[str, int]) -> None:
        """Take it in and return at once."""
        with self._guard:
            for stream, seq in reached.items():
                self._next[stream] = max(seq, self._next.get(stream, 0))
            if self._sending:
                return
            self._sending = True
        asyncio.run_coroutine_threadsafe(self._send(), _loop())

    async def _send(self) -> None:
        while True:
            with self._guard:
                reached, self._next = self._next, {}
                self._sending = bool(reached)
            if not reached:
                return
            message = {"type": "doorbell.ring", "streams": reached}
            try:
                await asyncio.wait_for(get_channel_layer().group_send(GROUP, message), PATIENCE)
            except Exception as error:  # noqa: BLE001 - whatever fails, the next ring must go out; the poll mends this one
                log.warning("doorbell_lost", error=repr(error), streams=len(reached))


_ringer = Ringer()


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    """One loop in a thread of its own: a sync writer neither waits nor opens a connection per ring."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="doorbell", daemon=True).start()
    return loop
