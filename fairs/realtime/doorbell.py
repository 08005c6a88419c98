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

log = structlog.get_logger(__name__)


def ring(reached: dict[str, int]) -> None:
    """Wake whoever reads these streams; returns at once and never fails the write that has been committed."""
    wake_local(reached)
    layer = get_channel_layer()
    if isinstance(layer, InMemoryChannelLayer):
        return
    asyncio.run_coroutine_threadsafe(_send(layer, reached), _loop())


async def _send(layer, reached: dict[str, int]) -> None:
    try:
        await layer.group_send(GROUP, {"type": "doorbell.ring", "streams": reached})
    except Exception as error:  # noqa: BLE001 - any failure of the layer means the same: the poll mends it
        log.warning("doorbell_lost", error=repr(error), streams=sorted(reached))


@lru_cache(maxsize=1)
def _loop() -> asyncio.AbstractEventLoop:
    """One loop in a thread of its own: a sync writer neither waits nor opens a connection per ring."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="doorbell", daemon=True).start()
    return loop
