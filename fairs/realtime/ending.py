"""SIGTERM: the sockets go before the server does, spread over some seconds, so that not everybody is back in one moment."""

import asyncio
import os
import signal
import threading
from collections.abc import Awaitable, Callable

SPREAD = 5.0
"""Seconds over which the sockets are closed; a container is given ten before it is killed."""
GOING = 4503
"""Not 1012, which daphne refuses to send."""


def before_the_end(loop: asyncio.AbstractEventLoop, drain: Callable[[], Awaitable[None]]) -> None:
    """Let `drain` run when the process is asked to end, and the server's own handler after it; asked twice it ends at once."""
    if threading.current_thread() is not threading.main_thread():
        return
    server = signal.getsignal(signal.SIGTERM)
    if not callable(server):
        return

    async def drained() -> None:
        try:
            await drain()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    def asked(number: int, frame: object) -> None:
        signal.signal(signal.SIGTERM, server)
        loop.call_soon_threadsafe(lambda: tasks.append(loop.create_task(drained())))

    tasks: list[asyncio.Task] = []
    signal.signal(signal.SIGTERM, asked)
