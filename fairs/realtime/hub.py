"""One reader of the journal per process, serving its sockets from bounded rings (rules 3 to 5)."""

import asyncio
import random
import threading
from collections import deque
from collections.abc import Collection, Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from asgiref.sync import SyncToAsync
from channels.db import DatabaseSyncToAsync
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import connection as database

from backend.common import clock, lasting
from fairs.domain import journal
from fairs.realtime import entrance, reader
from fairs.realtime.connection import STALLED_AFTER, Connection
from fairs.realtime.ending import GOING, SPREAD, before_the_end
from fairs.realtime.frames import event_frame, refused_frame
from fairs.realtime.limits import SOCKETS_PER_PERSON
from fairs.realtime.together import Together

log = structlog.get_logger(__name__)

RING = 1024
"""Events kept per stream: a reader further behind gets a snapshot."""
POLL = timedelta(seconds=1.5)
RIGHTS = timedelta(seconds=4)
TICK = 0.25
AT_ONCE = 200
"""Arrivals, and questions for streams' numbers, that are read in one hop."""
RIGHTS_AT_ONCE = 500
"""Connections whose rights are read in one hop."""
ENTER_AT_ONCE = 32
"""Hellos answered in one hop: what is read for them waits in memory until it is sent."""
LET_GO = 1.0
GROUP = "fairs.doorbell"

# SQLite lets one write at a time, and who waits there is woken by chance: commands wait in order before it.
WRITERS = 1 if database.vendor == "sqlite" else 8
_commands = ThreadPoolExecutor(WRITERS, "fair-command", initializer=lasting.last)
_reads = ThreadPoolExecutor(1, "fair-reader", initializer=lasting.last)
_entrance = ThreadPoolExecutor(1, "fair-entrance", initializer=lasting.last)
_rights = ThreadPoolExecutor(1, "fair-rights", initializer=lasting.last)


def in_thread(function, *args) -> SyncToAsync:
    """One hop into the bounded pool of command threads."""
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_commands)(*args)


def reading(function, *args) -> SyncToAsync:
    """One hop into the reader's thread."""
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_reads)(*args)


def entering(function, *args) -> SyncToAsync:
    """One hop into the thread that lets people in: a crowd there holds up neither events nor commands."""
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_entrance)(*args)


def checking(function, *args) -> SyncToAsync:
    """One hop into the thread that reads rights again: events do not wait behind thousands of them."""
    return DatabaseSyncToAsync(function, thread_sensitive=False, executor=_rights)(*args)


class Ring:
    """The newest events of a stream as ready frames; continuous from `start` + 1 to `last`."""

    def __init__(self, last: int) -> None:
        self.start = self.last = last
        self.frames: deque[tuple[int, str]] = deque()
        self.followers: set[Connection] = set()

    def add(self, rows: Iterable[tuple[int, str]]) -> None:
        """Append events in order; what is known is skipped, what is too much falls off the old end."""
        for seq, frame in rows:
            if seq != self.last + 1:
                continue
            self.frames.append((seq, frame))
            self.last = seq
            if len(self.frames) > RING:
                self.start = self.frames.popleft()[0]

    def after(self, cursor: int, limit: int) -> list[tuple[int, str]]:
        """Up to `limit` events past a cursor that lies within the ring."""
        skip = max(0, cursor - self.start)
        return [self.frames[n] for n in range(skip, min(len(self.frames), skip + max(0, limit)))]


class Hub:
    """Rings, the sockets that follow them, and the tasks that fill, check and close."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.rings: dict[str, Ring] = {}
        self.connections: set[Connection] = set()
        self.draining = False
        self._behind: set[str] = set()
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task] = []
        self._apart: set[asyncio.Task] = set()
        self._stands = Together(lambda asked: entering(_reached, asked), AT_ONCE)
        self.arrivals = Together(lambda keys: entering(reader.arrivals, keys), AT_ONCE)
        self.entries = Together(lambda asked: entering(entrance.enter, asked), ENTER_AT_ONCE)
        self._polled: datetime = clock.now()
        self._checked: datetime = clock.now()

    def sockets_of(self, user_id: int) -> int:
        """How many sockets a person holds here."""
        return sum(1 for connection in self.connections if connection.user_id == user_id)

    def add(self, connection: Connection) -> bool:
        """Take a socket in; False when the person holds too many."""
        if self.sockets_of(connection.user_id) >= SOCKETS_PER_PERSON:
            return False
        self.connections.add(connection)
        if not self._tasks:
            self._tasks = [self.loop.create_task(self._read()), self.loop.create_task(self._tick())]
            if not isinstance(get_channel_layer(), InMemoryChannelLayer):
                self._tasks.append(self.loop.create_task(self._listen()))
        return True

    async def remove(self, connection: Connection) -> None:
        """Let a socket go; the last one stops the tasks."""
        self.connections.discard(connection)
        for stream in list(connection.cursors):
            self.unfollow(connection, stream)
        if not self.connections:
            tasks, self._tasks = self._tasks, []
            for task in tasks:
                task.cancel()
            # A layer that is away takes its time to let go: nobody waits for that.
            if tasks:
                await asyncio.wait(tasks, timeout=LET_GO)

    async def drain(self, seconds: float = SPREAD) -> None:
        """Let nobody in any more, and close everybody within that time, in an order of chance."""
        self.draining = True
        everybody = list(self.connections)
        random.shuffle(everybody)
        for connection in everybody:
            self._part(connection, GOING)
            await asyncio.sleep(seconds / len(everybody))

    async def open_rings(self, connection: Connection, streams: Collection[str]) -> list[Ring]:
        """Subscribe first (rule 4): from here on nothing of these streams passes this connection by. Their rings, in order."""
        stand: dict[str, int] = {}
        # Looked at until all are known: a ring that was here may be dropped by its last follower meanwhile.
        while unknown := [name for name in streams if name not in self.rings and name not in stand]:
            stand |= dict.fromkeys(unknown, 0) | await self._stands.ask(unknown)
        rings = [self.rings.setdefault(stream, Ring(stand.get(stream, 0))) for stream in streams]
        for ring in rings:
            ring.followers.add(connection)
        return rings

    def follow(self, connection: Connection, stream: str, cursor: int) -> None:
        """Serve a stream from a cursor on."""
        connection.cursors[stream] = cursor
        connection.wake.set()

    def unfollow(self, connection: Connection, stream: str) -> None:
        """Stop serving a stream; a ring that nobody follows is dropped."""
        connection.cursors.pop(stream, None)
        ring = self.rings.get(stream)
        if ring is not None:
            ring.followers.discard(connection)
            if not ring.followers:
                del self.rings[stream]

    def note(self, reached: dict[str, int]) -> None:
        """The bell rang: read the streams somebody here follows. Runs in the loop's thread."""
        behind = {name for name, seq in reached.items() if name in self.rings and self.rings[name].last < seq}
        if behind:
            self._behind |= behind
            self._wake.set()

    async def pump(self, connection: Connection) -> None:
        """Serve one connection: a task per socket, so that one stalled reader holds up nobody."""
        while True:
            await connection.wake.wait()
            connection.wake.clear()
            for stream in list(connection.cursors):
                ring = self.rings.get(stream)
                if ring is None:
                    continue
                if connection.cursors[stream] < ring.start:
                    await connection.close(4408)
                    return
                room = connection.room
                rows = ring.after(connection.cursors[stream], room)
                if rows:
                    connection.cursors[stream] = rows[-1][0]
                    await connection.deliver([frame for _seq, frame in rows])
                if 0 < room == len(rows):
                    # There may be more, and what was acknowledged meanwhile woke nobody.
                    connection.wake.set()
            if connection.room <= 0 and connection.full_since is None:
                connection.full_since = self.loop.time()

    async def _read(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            behind, self._behind = self._behind, set()
            known = {name: self.rings[name].last for name in behind if name in self.rings}
            try:
                found = await reading(reader.events_after, known)
                for stream, rows in found.items():
                    self._spread(stream, rows)
            except Exception:  # the one reader of all sockets must outlive any fault; the poll asks again
                log.exception("journal_unreadable", streams=len(known))

    def _spread(self, stream: str, rows: list[tuple[int, str, dict]]) -> None:
        ring = self.rings.get(stream)
        if ring is None:
            return
        if rows and rows[0][0] > ring.last + 1:
            # What lies between was erased: whoever follows comes back and gets a snapshot.
            for connection in list(ring.followers):
                self._part(connection, 4408)
            return
        ring.add([(seq, event_frame(stream, seq, kind, payload)) for seq, kind, payload in rows])
        if len(rows) == reader.BATCH:
            self.note({stream: ring.last + 1})
        for connection in ring.followers:
            connection.wake.set()

    async def _tick(self) -> None:
        """The slow clock, injectable: poll for lost rings, re-read rights, close who stalls."""
        while True:
            await asyncio.sleep(TICK)
            now = clock.now()
            try:
                if now - self._polled >= POLL:
                    self._polled = now
                    self.note(await reading(journal.reached, list(self.rings)))
                if now - self._checked >= RIGHTS:
                    self._checked = now
                    await self.check_rights()
            except (
                Exception
            ):  # the one clock of all sockets must outlive any fault; the next tick tries again
                log.exception("hub_tick_failed")
            for connection in list(self.connections):
                if connection.full_since and self.loop.time() - connection.full_since > STALLED_AFTER:
                    self._part(connection, 4408)

    async def check_rights(self) -> None:
        """Close whose session or right ended; who only lost a stream is told so, and hears no more of it (rule 18)."""
        everybody = list(self.connections)
        for n in range(0, len(everybody), RIGHTS_AT_ONCE):
            await self._check(everybody[n : n + RIGHTS_AT_ONCE])

    async def _check(self, connections: list[Connection]) -> None:
        asked = [(c.user_id, c.session_key, c.rights, tuple(c.cursors)) for c in connections]
        verdicts = await checking(reader.verdicts, asked)
        for connection, (code, rights, lost) in zip(connections, verdicts, strict=True):
            connection.rights = rights
            if code is not None:
                self._part(connection, code)
            for stream in lost:
                self.unfollow(connection, stream)
                self._beside(connection.deliver([refused_frame(stream)]))

    def _part(self, connection: Connection, code: int) -> None:
        """Serve a connection no further, and close it."""
        for stream in list(connection.cursors):
            self.unfollow(connection, stream)
        self._beside(connection.close(code))

    def _beside(self, work: Coroutine) -> None:
        """Talk to one socket in a task of its own: some servers wait there for a reader that has stalled."""
        task = self.loop.create_task(work)
        self._apart.add(task)
        task.add_done_callback(self._apart.discard)

    async def _listen(self) -> None:
        """Hear the other processes' bells; a layer that fails is tried again, the poll fills the gap."""
        while True:
            try:
                layer = get_channel_layer()
                channel = await layer.new_channel()
                await layer.group_add(GROUP, channel)
                while True:
                    self.note((await layer.receive(channel))["streams"])
            except Exception as error:  # noqa: BLE001 - whatever the layer's client raises, trying again is the answer
                log.warning("doorbell_deaf", error=repr(error))
                await asyncio.sleep(1)


def _reached(asked: Sequence[list[str]]) -> list[dict[str, int]]:
    """Where each of the streams stands, read once for everybody who asks."""
    stand = journal.reached({name for names in asked for name in names})
    return [{name: stand[name] for name in names if name in stand} for names in asked]


_hubs: dict[asyncio.AbstractEventLoop, Hub] = {}
_guard = threading.Lock()


def current() -> Hub:
    """The hub of the running loop; hubs of closed loops are forgotten."""
    loop = asyncio.get_running_loop()
    with _guard:
        for other in [known for known in _hubs if known.is_closed()]:
            del _hubs[other]
        if loop not in _hubs:
            _hubs[loop] = Hub(loop)
            before_the_end(loop, _hubs[loop].drain)
        return _hubs[loop]


def wake_local(reached: dict[str, int]) -> None:
    """Ring in every hub of this process, from whatever thread."""
    with _guard:
        hubs = list(_hubs.values())
    for hub in hubs:
        # A loop that closes in this very moment has no readers left.
        with suppress(RuntimeError):
            hub.loop.call_soon_threadsafe(hub.note, reached)


def open_sockets() -> list[tuple[int, list[str]]]:
    """The sockets of this process, from whatever thread: whose each is, and which streams it follows."""
    with _guard:
        hubs = list(_hubs.values())
    return [(one.user_id, list(one.cursors)) for known in hubs for one in list(known.connections)]
