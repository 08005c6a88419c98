"""One socket's side of the hub: a cursor per stream and a window of what it has not acknowledged."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from fairs.protocol import RESERVE, WINDOW

STALLED_AFTER = 30.0
"""Seconds a full window may stay full before the reader is closed."""


@dataclass(eq=False)
class Connection:
    """What the hub knows of a socket; `send` and `close` are the consumer's."""

    user_id: int
    session_key: str
    rights: tuple
    send: Callable[[str], Awaitable[None]]
    close: Callable[[int], Awaitable[None]]
    window: int = WINDOW
    cursors: dict[str, int] = field(default_factory=dict)
    sent: int = 0
    acknowledged: int = 0
    full_since: float | None = None
    """Since when something may wait for room; only then does the pump look again when there is some."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def room(self) -> int:
        """How many more events may be sent before the client acknowledges."""
        return self.window - (self.sent - self.acknowledged)

    @property
    def may_ask(self) -> bool:
        """Whether there is room for what the client asks for: who never reads gets no answers heaped up."""
        return self.room + RESERVE > 0

    def acknowledge(self, count: int) -> bool:
        """Note that the client has read `count` frames in all; False when that cannot be, or says nothing new."""
        if not self.acknowledged < count <= self.sent:
            return False
        self.acknowledged = count
        if self.full_since is not None:
            self.full_since = None
            self.wake.set()
        return True

    async def deliver(self, frames: list[str]) -> None:
        """Send frames, counting them against the window."""
        for frame in frames:
            self.sent += 1
            await self.send(frame)
