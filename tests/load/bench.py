"""The short runs of `manage.py bench_fair`: one room, one line, everybody at once; each returns its figures beside their bars and beside the bare server's."""

import asyncio
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from django.db import connections

from backend.positions.benchmark.figures import Check
from fairs.models import Event
from tests.load import ground as grounds
from tests.load.people import Day
from tests.load.room import Caller, Room, filled, pressed, shouted
from tests.load.server import Bare, Process, Served
from tests.load.tally import Tally

FANOUT_BARS = {"daphne": 0.10, "uvicorn": 0.30}
Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """Where and on what it is measured."""

    folder: Path
    kind: str
    say: Say

    @contextmanager
    def served(self) -> Iterator[Served]:
        """Fairway, running."""
        connections.close_all()
        server = Served(self.folder, self.kind)
        with running(server):
            yield server

    @contextmanager
    def bare(self) -> Iterator[Bare]:
        server = Bare(self.folder)
        with running(server):
            yield server


@contextmanager
def running(server: Process) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.stop()


def fanout(bench: Bench, room: int, least: int = 0, seconds: float = 20.0) -> list[Check]:
    """One room: deliveries a second, as a share of the bare server's under the same readers; `least` deliveries are checked."""
    ground = grounds.lay(booths=1, recruiters=2, students=room, lines=0)
    booth, cookies = ground.booths[0], [person.cookie for person in ground.students]

    async def at_the_fair(server: Served) -> tuple[float, Tally]:
        async with filled(server.door, cookies, f"line-{booth}", fair=True) as full:
            callers = [
                await Caller(server.door, person.cookie).connect()
                for person in ground.recruiters
                for _ in range(4)
            ]
            return await pressed(full, callers, booth, seconds, 8, least=least), full.tally

    async def beside(server: Bare) -> tuple[float, Tally]:
        async with filled(server.door, cookies, "line-1", fair=False) as full:
            return await shouted(full, await Caller(server.door).connect(), seconds, 8), full.tally

    bench.say(f"fan-out: {room} in one room, bare server")
    with bench.bare() as bare:
        most, _tally = asyncio.run(beside(bare))
    bench.say(f"fan-out: {room} in one room, {bench.kind}")
    with bench.served() as server:
        reached, tally = asyncio.run(at_the_fair(server))
    return [
        Check(f"fan-out to {room}, {bench.kind}: deliveries a second", round(reached)),
        Check("beside it a bare asyncio server: deliveries a second", round(most)),
        Check("share of the bare server's", round(reached / most, 3), FANOUT_BARS[bench.kind], floor=True),
        *exact(tally),
    ]


def exact(tally: Tally) -> Iterator[Check]:
    """Every stream whole and in order."""
    yield Check("deliveries checked", tally.delivered)
    yield Check("lost, doubled or reordered", sum(tally.wrong.values()), 0)


def line(bench: Bench, waiting: int, presses: int = 30) -> list[Check]:
    """So many wait in one line and "next" is pressed: when the last of them is told."""
    ground = grounds.lay(booths=1, recruiters=2, students=waiting, lines=1)
    booth, stream = ground.booths[0], f"line-{ground.booths[0]}"
    cookies = [person.cookie for person in ground.students]

    async def measure(server: Served) -> tuple[list[float], list[float], Tally]:
        async with filled(server.door, cookies, stream, fair=True) as full:
            caller = await Caller(server.door, ground.recruiters[0].cookie).connect()
            after_press, after_commit = [], []
            for _ in range(presses):
                before, at = full.first, time.time()
                answer = await caller.command("call_next", booth=booth)
                told = await full.reached(before + 1)
                after_press.append(told - at)
                after_commit.append(told - await asyncio.to_thread(committed_at, stream, before + 1))
                # The place is kept, so the same number is called again; the booth's limit of commands is kept too.
                await caller.command("put_back", ticket=answer["result"]["ticket"])
                await full.reached(before + 2)
                await asyncio.sleep(0.3)
            return after_press, after_commit, full.tally

    async def beside(server: Bare) -> list[float]:
        async with filled(server.door, cookies, "line-1", fair=False) as full:
            caller, times = await Caller(server.door).connect(), []
            for seq in range(1, presses + 1):
                at = time.time()
                caller.shout(seq, b'{"type": "event", "seq": "kind": "line_left", "data": {"number": 1}}')
                times.append(await full.reached(seq) - at)
                await asyncio.sleep(0.05)
            return times

    bench.say(f"line: {waiting} wait")
    with bench.bare() as bare:
        least = asyncio.run(beside(bare))
    with bench.served() as server:
        pressed_to, committed_to, tally = asyncio.run(measure(server))
    return [
        Check(f"last of {waiting} told after “next” was pressed, p95 of {presses}, s", p95(pressed_to), 0.25),
        Check("the same, median, s", round(statistics.median(pressed_to), 3)),
        Check("the same, worst, s", round(max(pressed_to), 3)),
        Check("after the commit, median, s", round(statistics.median(committed_to), 3)),
        Check("beside it a bare asyncio server, median, s", round(statistics.median(least), 3)),
        *exact(tally),
    ]


def p95(times: list[float]) -> float:
    return round(float(np.percentile(times, 95)), 3)


def committed_at(stream: str, seq: int) -> float:
    """When the journal's row was made."""
    try:
        return Event.objects.get(stream__name=stream, seq=seq).at.timestamp()
    finally:
        connections.close_all()


def storm(bench: Bench, sockets: int) -> list[Check]:
    """The server is killed and started again: seconds until everybody is back and has what was missed."""
    recruiters = max(1, sockets // 10)
    ground = grounds.lay(booths=max(1, sockets // 12), recruiters=recruiters, students=sockets - recruiters)
    tally = Tally()

    async def measure(server: Served) -> tuple[float, ...]:
        day = Day(ground, [server.door], tally)
        await day.open(acting=False)
        killed, used = time.monotonic(), time.process_time()
        server.kill()
        await asyncio.to_thread(server.start)
        started, spent = time.monotonic() - killed, server.seconds()
        await until(lambda: all(client.opened > 1 and client.back.is_set() for client in day.clients), 240)
        back = time.monotonic() - killed
        each = (server.seconds() - spent) / sockets * 1000
        memory, share = server.memory(), (time.process_time() - used) / back
        await day.close()
        return started, back, memory, each, share

    async def beside(server: Bare) -> float:
        cookies = [person.cookie for person in [*ground.students, *ground.recruiters]]
        room = Room(server.door, cookies, "line-1", fair=False)
        await room.fill()
        killed = time.monotonic()
        server.kill()
        server.start()
        await asyncio.gather(*(one.connect(random.random() * 2) for one in room.listeners))
        room.leave()
        return time.monotonic() - killed

    bench.say(f"storm: {sockets} sockets")
    with bench.bare() as bare:
        least = asyncio.run(beside(bare))
    with bench.served() as server:
        started, back, memory, each, share = asyncio.run(measure(server))
    return [
        Check(f"seconds from the kill until {sockets} are back", round(back, 1), 30),
        Check("of these, until the server answered again", round(started, 1)),
        Check("beside it a bare asyncio server, seconds", round(least, 1)),
        Check("server's processor for each of them, ms", round(each, 1)),
        Check("the clients' share of a processor", round(share, 2)),
        Check("answers of 5xx", tally.faults, 0),
        Check("server's memory afterwards, MB", round(memory)),
        Check("lost, doubled or reordered", sum(tally.wrong.values()), 0),
    ]


async def until(ready: Callable[[], bool], patience: float) -> None:
    deadline = time.monotonic() + patience
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {patience:g} s")
        await asyncio.sleep(0.05)
