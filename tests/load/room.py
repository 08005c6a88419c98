"""One room full of people who hear the same: on the bare server and on the fair, with the same reader."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Iterable, Sequence

from fairs.protocol import VERSION
from tests.load.client import LONGEST
from tests.load.tally import Tally
from tests.load.wire import Door, Refused, Wire, open_wire

ACK_EVERY = 64
AT_ONCE = 16
SEQ = b'"seq": '
PRESS_EVERY = 0.11
"""Seconds between the commands of one socket: ten a second are allowed."""


class Listener:
    """Reads one stream as cheaply as can be, because it shares two processors with the server; checks every number."""

    def __init__(self, room: "Room", door: Door, cookie: str) -> None:
        self.room, self.door, self.cookie = room, door, cookie
        self.stream, self.tally, self.fair = room.stream, room.tally, room.fair
        self.seen = self.read = 0
        self.at = 0.0
        self.stalled = False
        self.wire: Wire | None = None

    async def connect(self, after: float = 0.0) -> None:
        """Until the stream is followed, trying again as a page does."""
        await asyncio.sleep(after)
        attempt = 0
        while not await self._connected():
            attempt += 1
            await asyncio.sleep(random.random() * min(LONGEST, 2.0**attempt))

    async def _connected(self) -> bool:
        try:
            self.wire = await open_wire(self.door, self.cookie, self._on_text)
        except (Refused, OSError, TimeoutError):
            return False
        self.read = 0
        if self.fair:
            self.ready = asyncio.get_running_loop().create_future()
            self.send({"type": "hello", "version": VERSION, "streams": {self.stream: self.seen}})
            await asyncio.wait({self.ready, self.wire.closed}, return_when=asyncio.FIRST_COMPLETED)
        return not self.wire.closed.done()

    def send(self, frame: dict) -> None:
        assert self.wire is not None
        self.wire.send(json.dumps(frame).encode())

    def _on_text(self, text: bytes) -> None:
        self.read += 1
        if self.fair and self.read % ACK_EVERY == 0 and not self.stalled:
            self.send({"type": "ack", "count": self.read})
        at = text.find(SEQ)
        if at < 0:
            return
        seq = int(text[at + 7 : text.find(b",", at)])
        if text.startswith(b'{"type": "snapshot"'):
            self.seen = seq
            self.ready.set_result(None)
        else:
            self.at = time.time()
            if self.tally.timing:
                self.tally.received(self.stream, seq, self.at, 0.0)
            if self.tally.event(self.stream, self.seen, seq):
                self.seen = seq
        self.room.first = max(self.room.first, seq)


class Room:
    """Listeners of one stream. `first` is the highest number that any of them has heard."""

    def __init__(self, door: Door, cookies: Iterable[str], stream: str, *, fair: bool) -> None:
        self.stream, self.tally, self.fair, self.first = stream, Tally(), fair, 0
        self.listeners = [Listener(self, door, cookie) for cookie in cookies]

    async def fill(self) -> None:
        """Everybody comes in, a few at a time: how fast a crowd comes in is measured elsewhere."""
        door = asyncio.Semaphore(AT_ONCE)

        async def enter(one: Listener) -> None:
            async with door:
                await one.connect()

        await asyncio.gather(*map(enter, self.listeners))

    async def reached(self, seq: int, patience: float = 60.0) -> float:
        """Until the last who reads has heard number `seq`; when that was."""
        reading = [one for one in self.listeners if not one.stalled]
        deadline = time.monotonic() + patience
        while (last := min(one.seen for one in reading)) < seq:
            if time.monotonic() > deadline:
                raise TimeoutError(f"somebody stands at {last}, not at {seq}")
            await asyncio.sleep(0.002)
        return max(one.at for one in reading)

    def behind(self, start: int) -> float:
        """How many events past `start` are on their way, on average over everybody."""
        return self.first - start - self.tally.delivered / len(self.listeners)

    def leave(self) -> None:
        for one in self.listeners:
            if one.wire is not None:
                one.wire.cut()


class Caller:
    """Somebody who speaks: on the bare server a frame that everybody gets, at the fair commands, answered one by one."""

    def __init__(self, door: Door, cookie: str = "") -> None:
        self.door, self.cookie = door, cookie
        self._answers: dict[str, asyncio.Future[dict]] = {}
        self._count = self._read = 0
        self.wire: Wire

    async def connect(self) -> "Caller":
        self.wire = await open_wire(self.door, self.cookie, self._on_text)
        return self

    def _on_text(self, text: bytes) -> None:
        self._read += 1
        if self.cookie and self._read % ACK_EVERY == 0:
            self.wire.send(json.dumps({"type": "ack", "count": self._read}).encode())
        if text.startswith(b'{"type": "answer"'):
            frame = json.loads(text)
            self._answers.pop(frame["id"]).set_result(frame)

    async def command(self, name: str, **args: object) -> dict:
        """The answer to one command."""
        self._count += 1
        command_id = f"{id(self)}-{self._count}"
        answer = self._answers[command_id] = asyncio.get_running_loop().create_future()
        self.wire.send(json.dumps({"type": "command", "id": command_id, "name": name, "args": args}).encode())
        await asyncio.wait({answer, self.wire.closed}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise ConnectionResetError(f"closed by {self.wire.closed.result()} before {name} was answered")
        return answer.result()

    def shout(self, seq: int, frame: bytes) -> None:
        """On the bare server: what everybody hears, numbered."""
        self.wire.send(frame.replace(SEQ, SEQ + str(seq).encode() + b",", 1))


FRAME = b'{"type": "event", "stream": "line-1", "seq": "kind": "line_paused", "data": {"paused": true}}'
"""What the bare server carries: an event of the fair, the number to be put in."""


@contextlib.asynccontextmanager
async def filled(door: Door, cookies: Iterable[str], stream: str, *, fair: bool) -> AsyncIterator[Room]:
    """A room with everybody in it."""
    room = Room(door, cookies, stream, fair=fair)
    try:
        await room.fill()
        yield room
    finally:
        room.leave()


async def shouted(room: Room, caller: Caller, seconds: float, ahead: int) -> float:
    """Keep the bare server busy: deliveries a second, never more than `ahead` messages before the listeners."""
    began, sent = time.time(), 0
    while time.time() < began + seconds:
        while sent - room.tally.delivered / len(room.listeners) < ahead:
            sent += 1
            caller.shout(sent, FRAME)
        await asyncio.sleep(0.001)
    ended = await room.reached(sent)
    return room.tally.delivered / (ended - began)


async def pressed(
    room: Room, callers: Sequence[Caller], booth: int, seconds: float, ahead: int, *, least: int = 0
) -> float:
    """The same at the fair: the line of a booth is paused and goes on, as fast as everybody hears of it.

    For so many seconds, and until at least as many deliveries have come.
    """
    began, start = time.time(), room.first

    async def press(caller: Caller, paused: bool) -> None:
        while time.time() < began + seconds or room.tally.delivered < least:
            due = time.monotonic() + PRESS_EVERY
            if room.behind(start) < ahead:
                answer = await caller.command("pause_booth", booth=booth, paused=paused)
                assert answer["ok"], answer
                paused = not paused
                await asyncio.sleep(max(0.0, due - time.monotonic()))
            else:
                await asyncio.sleep(0.005)

    await asyncio.gather(*(press(caller, bool(n % 2)) for n, caller in enumerate(callers)))
    # Who pressed last has been answered before the last listener was told.
    await asyncio.sleep(1)
    ended = await room.reached(room.first)
    return room.tally.delivered / (ended - began)


async def paced(room: Room, caller: Caller, booth: int, seconds: float, every: float) -> float:
    """The line of a booth is paused and goes on, once in `every` seconds; deliveries a second."""
    began, paused = time.time(), True
    while time.time() < began + seconds:
        due = time.monotonic() + every
        answer = await caller.command("pause_booth", booth=booth, paused=paused)
        assert answer["ok"], answer
        paused = not paused
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    ended = await room.reached(room.first)
    return room.tally.delivered / (ended - began)
