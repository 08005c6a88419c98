"""The run of `manage.py chaos_fair`: people act, somebody is killed again and again, and then everything is compared."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.db import connections

from backend.common import outbox
from backend.positions.benchmark.figures import Check
from tests.load import ground as grounds
from tests.load import verify
from tests.load.client import Client
from tests.load.people import Day, Pace
from tests.load.tally import Tally
from tests.load.victims import Stage, Victim, set_up

Say = Callable[[str], None]
HURRY = 15.0
SETTLE = 45.0
"""Seconds within which everybody has everything after the last kill: the longest wait of a page before it tries again is 30."""


@dataclass(frozen=True)
class Plan:
    """Who is killed how often, under how many people."""

    folder: Path
    victim: str
    times: int
    people: int
    kind: str = "daphne"
    guard: bool = True
    database: Victim | None = None


def run(plan: Plan, say: Say) -> list[Check]:
    """Kill, start, compare; the figures beside their bars."""
    recruiters = max(1, plan.people // 3)
    ground = grounds.lay(
        booths=max(1, recruiters // 2), recruiters=recruiters, students=plan.people - recruiters
    )
    connections.close_all()
    stage = set_up(plan.victim, plan.folder, plan.kind, plan.times, guard=plan.guard, database=plan.database)
    try:
        return asyncio.run(_acted(plan, ground, stage, say))
    finally:
        stage.stop()


async def _acted(plan: Plan, ground: grounds.Ground, stage: Stage, say: Say) -> list[Check]:
    doors = [server.door for server in stage.servers]
    day = Day(ground, doors, Tally(), Pace(hurry=HURRY), fold=True)
    await day.open()
    drawn, began = random.Random(plan.times), time.monotonic()
    for number in range(plan.times):
        await asyncio.sleep(drawn.uniform(1, 3))
        await asyncio.to_thread(stage.victim.kill)
        await asyncio.sleep(drawn.uniform(0, 1))
        await asyncio.to_thread(stage.victim.start)
        say(f"{plan.victim}: killed {number + 1} times, {day.tally.answered} commands answered")
    seconds = time.monotonic() - began
    await day.stop()
    found, took = await _settled(day, ground)
    await day.close()
    return _checks(plan, day.tally, found, seconds, took)


async def _settled(day: Day, ground: grounds.Ground) -> tuple[verify.Found, float]:
    """Compare until everybody has everything, or the time for that is over."""
    people = list(zip([p.user_id for p in [*ground.recruiters, *ground.students]], day.clients, strict=True))
    began = time.monotonic()
    while True:
        ready = all(client.back.is_set() and not client.unanswered for client in day.clients)
        late = time.monotonic() - began > SETTLE
        if ready or late:
            found, waiting = await asyncio.to_thread(_compared, people)
            if late or not (found.behind or found.differing or waiting):
                return found, time.monotonic() - began
        await asyncio.sleep(0.5)


def _compared(people: list[tuple[int, Client]]) -> tuple[verify.Found, int]:
    try:
        return verify.with_everybody(people, verify.in_journal(people)), outbox.waiting()
    finally:
        connections.close_all()


def _checks(plan: Plan, tally: Tally, found: verify.Found, seconds: float, took: float) -> list[Check]:
    named = (
        ("acknowledged without a receipt", found.without_receipt),
        ("acknowledged without its event in the journal", found.without_event),
        ("carried out twice", found.doubled),
        ("streams of somebody that do not stand at the journal's end", found.behind),
        ("states that differ from the database's", found.differing),
    )
    return [
        Check(f"times that {plan.victim} was killed", plan.times),
        Check("seconds of it", round(seconds)),
        Check("commands acknowledged", found.acknowledged, 1, floor=True),
        *(Check(_with_first(name, rows), len(rows), 0) for name, rows in named),
        Check("deliveries checked", tally.delivered),
        Check("lost, doubled or reordered", sum(tally.wrong.values()), 0),
        Check("seconds until everybody had everything", round(took, 1), SETTLE),
    ]


def _with_first(name: str, rows: list[str]) -> str:
    return f"{name} (the first: {rows[0]})" if rows else name
