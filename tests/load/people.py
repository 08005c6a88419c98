"""What people do on a fair day: stand in lines, come when called, talk, end the talk, stand in the next line."""

import asyncio
import contextlib
import random
from collections import Counter
from dataclasses import dataclass, field

from tests.load.client import Client, Frame
from tests.load.ground import Ground, Person
from tests.load.room import AT_ONCE
from tests.load.tally import Tally
from tests.load.wire import Door

SAYINGS = (
    "您好，我对贵公司的岗位很感兴趣。",
    "先介绍一下你的实训经历吧。",
    "入职后有师傅带吗？",
    "有的，前三个月一对一带教。",
)
REASONS = ("offer", "pending", "declined")


@dataclass(frozen=True)
class Pace:
    """How long things take, in seconds, on average; `hurry` divides them all."""

    talk: float = 240.0
    saying: float = 30.0
    coming: float = 5.0
    between: float = 10.0
    empty: float = 10.0
    hurry: float = 1.0


@dataclass
class Day:
    """Everybody's tab, and what a page would tell that the socket does not: which meeting a ticket led to."""

    ground: Ground
    doors: list[Door]
    tally: Tally
    pace: Pace = field(default_factory=Pace)
    fold: bool = False
    done: Counter[str] = field(default_factory=Counter)
    clients: list[Client] = field(default_factory=list)
    _meetings: dict[int, asyncio.Future[int]] = field(default_factory=dict)
    _tasks: list[asyncio.Task] = field(default_factory=list)

    async def open(self, *, acting: bool = True) -> None:
        """Everybody comes in, a few at a time, until all are there; those who do not act only listen."""
        door = asyncio.Semaphore(AT_ONCE)

        async def enter(number: int, person: Person) -> None:
            async with door:
                await self._enter(number, person, acting).back.wait()

        people = [*self.ground.recruiters, *self.ground.students]
        await asyncio.gather(*(enter(number, person) for number, person in enumerate(people)))

    async def all_back(self) -> None:
        """Until everybody is connected and has what was missed."""
        await asyncio.gather(*(client.back.wait() for client in self.clients))

    async def stop(self) -> None:
        """Nobody does anything more; the tabs stay open."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for task in self._tasks:
            if not task.cancelled() and (error := task.exception()):
                raise error

    async def close(self) -> None:
        await asyncio.gather(*(client.leave() for client in self.clients))

    def meeting(self, ticket: int) -> asyncio.Future[int]:
        """The meeting a ticket leads to, once the student has come."""
        return self._meetings.setdefault(ticket, asyncio.get_running_loop().create_future())

    def _enter(self, number: int, person: Person, acting: bool) -> Client:
        heard: asyncio.Queue[Frame] = asyncio.Queue()
        mine = [self.ground.hall, person.stream, *[f"line-{booth}" for booth in person.lines]]
        if person.booth:
            mine += [f"booth-{person.booth}", f"line-{person.booth}"]
        client = Client(
            self.doors[number % len(self.doors)], person.cookie, mine, self.tally,
            seed=number, fold=self.fold,
            on_event=lambda frame: heard.put_nowait(frame) if frame["kind"].endswith("ticket_moved") else None,
        )  # fmt: skip
        self.clients.append(client.start())
        if acting:
            someone = (Recruiter if person.booth else Student)(
                self, person, client, heard, random.Random(number)
            )
            self._tasks.append(asyncio.create_task(someone.live()))
        return client


@dataclass
class Someone:
    """A person with a tab; `heard` are the events about tickets."""

    day: Day
    person: Person
    client: Client
    heard: asyncio.Queue[Frame]
    random: random.Random

    async def rest(self, mean: float) -> None:
        await asyncio.sleep(self._drawn(mean))

    async def next(self, mean: float) -> Frame | None:
        """What is heard next about a ticket; None when nothing is within about that time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drawn(mean)):
                return (await self.heard.get())["data"]
        return None

    async def ask(self, name: str, **args: object) -> dict | None:
        """The result of a command; None where it was refused."""
        answer = await self.client.command(name, **args)
        self.day.done[name] += answer["ok"]
        return answer["result"] if answer["ok"] else None

    async def say(self, meeting: int) -> bool:
        """Say something; False when the talk is over."""
        return await self.ask("send_message", meeting=meeting, text=self.random.choice(SAYINGS)) is not None

    def _drawn(self, mean: float) -> float:
        return self.random.uniform(0.5, 1.5) * mean / self.day.pace.hurry


class Student(Someone):
    """Waits in some lines, comes when called, and goes on to another line."""

    async def live(self) -> None:
        await self.client.back.wait()
        while True:
            moved = await self.next(600)
            if moved is None:
                await self._wander()
            elif moved["status"] == "called":
                await self._come(moved["ticket"])
            elif moved["status"] in ("served", "left", "no_show"):
                self.client.forget(f"line-{moved['booth']}")
                await self.rest(self.day.pace.between)
                await self._join()

    async def _join(self) -> None:
        booth = self.random.choice(self.day.ground.booths)
        self.client.follow(f"line-{booth}")
        await self.ask("join_line", booth=booth)

    async def _wander(self) -> None:
        """Nothing happened for long: step away from a line and come back, or try one more."""
        tickets = list(self.client.states.get(self.person.stream, {}).get("tickets", {}))
        if not tickets:
            await self._join()
        elif await self.ask("step_away", ticket=int(tickets[0])):
            await self.rest(self.day.pace.coming)
            await self.ask("come_back", ticket=int(tickets[0]))

    async def _come(self, ticket: int) -> None:
        await self.rest(self.day.pace.coming)
        result = await self.ask("accept_call", ticket=ticket)
        if result is None:
            return
        meeting = result["meeting"]
        if not (led := self.day.meeting(ticket)).done():
            led.set_result(meeting)
        self.client.follow(f"meeting-{meeting}")
        while await self.say(meeting):
            moved = await self.next(self.day.pace.saying)
            if moved is not None and moved["status"] == "served":
                break
        self.client.forget(f"meeting-{meeting}")
        await self.rest(self.day.pace.between)
        await self._join()


class Recruiter(Someone):
    """Calls the next, talks, ends the talk with an outcome, calls the next."""

    async def live(self) -> None:
        await self.client.back.wait()
        await self.rest(self.day.pace.empty)
        while True:
            called = await self.ask("call_next", booth=self.person.booth)
            if called is None:
                await self.rest(self.day.pace.empty)
                continue
            if await self._comes(called["ticket"]):
                await self._talk(
                    await asyncio.wait_for(asyncio.shield(self.day.meeting(called["ticket"])), 120)
                )
            await self.rest(self.day.pace.between)

    async def _comes(self, ticket: int) -> bool:
        """Whether the student comes; who has not after long is put back into the line."""
        while (moved := await self.next(12 * self.day.pace.coming)) is not None:
            if moved["ticket"] == ticket and moved["status"] not in ("called", "waiting"):
                return moved["status"] == "meeting"
        return await self.ask("put_back", ticket=ticket) is None and self.day.meeting(ticket).done()

    async def _talk(self, meeting: int) -> None:
        self.client.follow(f"meeting-{meeting}")
        loop = asyncio.get_running_loop()
        until = loop.time() + self._drawn(self.day.pace.talk)
        while loop.time() < until and await self.say(meeting):
            await self.rest(self.day.pace.saying)
        await self.ask(
            "end_meeting", meeting=meeting, outcome=self.random.choice(REASONS), message="谢谢你的到来。"
        )
        self.client.forget(f"meeting-{meeting}")
