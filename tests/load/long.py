"""The long runs of `manage.py bench_fair`: a fair day, and readers that have stalled."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.core.management import call_command
from django.db import connections

from backend.positions.benchmark.figures import Check
from fairs.models import Event, Stream
from fairs.protocol import VERSION
from fairs.realtime.limits import SOCKETS_PER_PERSON
from tests.load import ground as grounds
from tests.load.bench import Bench, exact
from tests.load.ground import Person
from tests.load.people import Day, Pace
from tests.load.room import FRAME, PRESS_EVERY, Caller, filled, paced
from tests.load.server import Bare, Process, Served
from tests.load.tally import Tally
from tests.load.wire import Door, Wire, open_wire

P95_BAR, P99_BAR, MEMORY_BAR, STALLED_BAR = 300, 800, 700, 32
CROWD_P99_BAR, CROWD_RATE = 1000, 10_000
"""Milliseconds, and deliveries a second."""
CHURN = 0.01
"""The share of sockets that are cut each minute, as phones change their network."""
SETTLE = 5.0


def day(bench: Bench, sockets: int, minutes: float, pace: Pace | None = None) -> list[Check]:
    """A fair day with everybody on a socket: how late events come, what the server holds."""
    recruiters = max(1, sockets // 10)
    ground = grounds.lay(booths=max(1, sockets // 12), recruiters=recruiters, students=sockets - recruiters)
    bench.say(f"day: {sockets} sockets on the bare server")
    with bench.bare() as bare:
        beside = asyncio.run(_beside(bare, sockets))
    call_command("collectstatic", interactive=False, verbosity=0)  # for the pages that are asked besides
    bench.say(f"day: {sockets} sockets for {minutes:g} min on {bench.kind}")
    with bench.served() as server:
        fair = Day(ground, [server.door], Tally(), pace or Pace())
        watch = asyncio.run(_lived(fair, server, minutes * 60))
        faults = server.faults()
    late = fair.tally.latencies(_journal()) * 1000
    return [
        Check("sockets", sockets),
        Check("events timed, from the journal's row to the client", len(late)),
        *_percentiles("event", late, (None, P95_BAR, P99_BAR)),
        *_percentiles("beside it a bare asyncio server", beside, (None, None, None)),
        Check("commands answered", fair.tally.answered),
        Check("commands a second", round(fair.tally.answered / watch.seconds, 1)),
        *_percentiles("answer to a command", np.array(fair.tally.waits) * 1000, (None, None, None)),
        *(Check(f"done: {name}", count) for name, count in sorted(fair.done.items())),
        *(Check(f"refused: {name}", count) for name, count in sorted(fair.tally.refused.items())),
        *(Check(f"closed by {code}", count) for code, count in sorted(fair.tally.closed.items())),
        Check("pages asked besides", watch.pages),
        Check("answers of 5xx", fair.tally.faults, 0),
        Check("errors in the server's log", faults, 0),
        Check("server's memory at its highest, MB", round(watch.memory), MEMORY_BAR),
        Check("server's share of a processor", round(watch.processor, 2)),
        Check("deliveries a second", round(fair.tally.delivered / watch.seconds)),
        *exact(fair.tally),
        Check("streams of somebody that do not stand at the journal's end", watch.unfinished, 0),
        Check("the clients' share of a processor", round(watch.clients, 2)),
        Check("the clients' own delay, p99, ms", round(float(np.percentile(watch.lags, 99)) * 1000, 1)),
    ]


@dataclass
class Watch:
    """What was seen from outside meanwhile."""

    memory: float = 0.0
    processor: float = 0.0
    clients: float = 0.0
    seconds: float = 0.0
    pages: int = 0
    unfinished: int = 0
    lags: list[float] = field(default_factory=lambda: [0.0])


async def _lived(fair: Day, server: Served, seconds: float) -> Watch:
    """Everybody comes in, acts, and at the end has everything."""
    watch = Watch()
    await fair.open()
    fair.tally.timing = True
    used, own, began = server.seconds(), time.process_time(), time.monotonic()
    async with _beneath(_memory(watch, server), _churn(fair), _pages(fair, server.door, watch), _lag(watch)):
        await asyncio.sleep(seconds)
    watch.seconds = time.monotonic() - began
    watch.processor = (server.seconds() - used) / watch.seconds
    watch.clients = (time.process_time() - own) / watch.seconds
    await fair.stop()
    await fair.all_back()
    await asyncio.sleep(SETTLE)
    ends = await asyncio.to_thread(_ends)
    watch.unfinished = sum(
        seq != ends.get(stream, 0) for client in fair.clients for stream, seq in client.seen.items()
    )
    await fair.close()
    return watch


@contextlib.asynccontextmanager
async def _beneath(*works) -> AsyncIterator[None]:
    """Work that goes on while the block does."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                raise result


async def _memory(watch: Watch, server: Process) -> None:
    while True:
        watch.memory = max(watch.memory, server.memory())
        await asyncio.sleep(0.5)


async def _churn(fair: Day) -> None:
    drawn = random.Random(1)
    while True:
        await asyncio.sleep(60 / (CHURN * len(fair.clients)))
        client = drawn.choice(fair.clients)
        if client.back.is_set() and client.wire is not None:
            client.wire.cut()


async def _pages(fair: Day, door: Door, watch: Watch) -> None:
    """Somebody without WebSocket looks at the hall each second."""
    drawn = random.Random(2)
    while True:
        person = drawn.choice(fair.ground.students)
        fair.tally.statuses[await get(door, f"/fairs/{fair.ground.fair}/hall/", person.cookie)] += 1
        watch.pages += 1
        await asyncio.sleep(1)


async def get(door: Door, path: str, cookie: str) -> int:
    """The status of a page."""
    reader, writer = await asyncio.open_connection(door.host, door.port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {door.host}:{door.port}\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode()
        )
        return int((await reader.read()).split(b" ", 2)[1])
    finally:
        writer.close()


async def _lag(watch: Watch) -> None:
    while True:
        at = time.monotonic()
        await asyncio.sleep(0.1)
        watch.lags.append(time.monotonic() - at - 0.1)


async def _beside(server: Bare, sockets: int, messages: int = 20) -> np.ndarray:
    """Milliseconds until each of as many sockets has a message, one every half second."""
    async with filled(server.door, [""] * sockets, "line-1", fair=False) as room:
        caller, late = await Caller(server.door).connect(), []
        for seq in range(1, messages + 1):
            at = time.time()
            caller.shout(seq, FRAME)
            await room.reached(seq)
            late += [(one.at - at) * 1000 for one in room.listeners]
            await asyncio.sleep(0.5)
    return np.array(late)


def _percentiles(name: str, values: np.ndarray, bars: tuple[float | None, ...]) -> list[Check]:
    if not len(values):
        return []
    return [
        Check(f"{name}, p{share}, ms", round(float(np.percentile(values, share)), 1), bar)
        for share, bar in zip((50, 95, 99), bars, strict=True)
    ]


def _journal() -> list[tuple[str, int, float]]:
    try:
        rows = Event.objects.values_list("stream__name", "seq", "at").iterator(chunk_size=5000)
        return [(name, seq, at.timestamp()) for name, seq, at in rows]
    finally:
        connections.close_all()


def _ends() -> dict[str, int]:
    try:
        return dict(Stream.objects.values_list("name", "last_seq"))
    finally:
        connections.close_all()


def crowd(bench: Bench, sockets: int, seconds: float = 60.0) -> list[Check]:
    """So many in one room hear CROWD_RATE deliveries a second: how late the last of them come."""
    ground = grounds.lay(booths=1, recruiters=1, students=sockets, lines=0)
    booth, cookies = ground.booths[0], [person.cookie for person in ground.students]
    every = max(PRESS_EVERY, sockets / CROWD_RATE)

    async def at_the_fair(server: Served) -> tuple[float, float, Tally]:
        async with filled(server.door, cookies, f"line-{booth}", fair=True) as full:
            caller = await Caller(server.door, ground.recruiters[0].cookie).connect()
            full.tally.timing = True
            reached = await paced(full, caller, booth, seconds, every)
            return reached, server.memory(), full.tally

    bench.say(f"crowd: {sockets} in one room, bare server")
    with bench.bare() as bare:
        beside = asyncio.run(_beside(bare, sockets))
    bench.say(f"crowd: {sockets} in one room, {bench.kind}")
    with bench.served() as server:
        reached, memory, tally = asyncio.run(at_the_fair(server))
    late = tally.latencies(_journal()) * 1000
    return [
        Check("sockets", sockets),
        Check("deliveries a second", round(reached), round(sockets / every * 0.95), floor=True),
        *_percentiles("event", late, (None, None, CROWD_P99_BAR)),
        *_percentiles("beside it a bare asyncio server", beside, (None, None, None)),
        Check("server's memory, MB", round(memory)),
        *exact(tally),
    ]


TEXT = "字" * 2000
FRAMES = 330
"""Messages to each reader: more than the window and its reserve."""


def stalled(bench: Bench, readers: int) -> list[Check]:
    """Students stop reading, in talks full of the longest messages: how far the server's memory grows."""
    talks = -(-readers // SOCKETS_PER_PERSON)
    ground = grounds.lay(booths=talks, recruiters=talks, students=talks, lines=0)
    meetings = grounds.talks(ground, talks)
    bench.say(f"stalled: {readers} readers on the bare server")
    with bench.bare() as bare:
        least = asyncio.run(_grown(bare, bare.door, [(bare.door, "", "")] * readers, _Shouting(bare.door)))
    bench.say(f"stalled: {readers} readers on {bench.kind}")
    with bench.served() as server:
        places = [
            (server.door, student.cookie, f"meeting-{meeting}")
            for student, _recruiter, meeting in (meetings[n % talks] for n in range(readers))
        ]
        grown = asyncio.run(_grown(server, server.door, places, _Saying(server.door, meetings)))
        memory = server.memory()
    return [
        Check(f"memory of {bench.kind} in the end, MB", round(memory)),
        Check(f"growth with {readers} stalled readers, MB", round(grown, 1), STALLED_BAR),
        Check("beside it a bare asyncio server, growth, MB", round(least, 1)),
    ]


class _Shouting:
    """At the bare server: everybody hears everything."""

    def __init__(self, door: Door) -> None:
        self.door = door

    async def say(self, count: int) -> None:
        caller = await Caller(self.door).connect()
        for seq in range(count):
            caller.shout(seq, FRAME.replace(b"line_paused", TEXT.encode()))
            await asyncio.sleep(0.02)


class _Saying:
    """At the fair: each recruiter in the own talk, as fast as one may."""

    def __init__(self, door: Door, meetings: Sequence[tuple[Person, Person, int]]) -> None:
        self.door, self.meetings = door, meetings

    async def say(self, count: int) -> None:
        await asyncio.gather(*(self._say(person, talk, count) for _student, person, talk in self.meetings))

    async def _say(self, person: Person, meeting: int, count: int) -> None:
        caller = await Caller(self.door, person.cookie).connect()
        for _ in range(count):
            due = time.monotonic() + PRESS_EVERY
            answer = await caller.command("send_message", meeting=meeting, text=TEXT)
            assert answer["ok"], answer
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _grown(
    server: Process, door: Door, places: Sequence[tuple[Door, str, str]], talk: _Shouting | _Saying
) -> float:
    """Megabytes by which the server grows while nobody reads any more."""
    wires = [await _silent(*place) for place in places]
    await talk.say(5)
    await asyncio.sleep(1)
    for wire in wires:
        wire.stop_reading()
    before, watch = server.memory(), Watch()
    async with _beneath(_memory(watch, server)):
        await talk.say(FRAMES)
        await asyncio.sleep(1)
    for wire in wires:
        wire.cut()
    return watch.memory - before


async def _silent(door: Door, cookie: str, stream: str) -> Wire:
    """Somebody who follows a stream and acknowledges nothing."""
    wire = await open_wire(door, cookie, lambda text: None)
    if stream:
        wire.send(json.dumps({"type": "hello", "version": VERSION, "streams": {stream: 0}}).encode())
    return wire
