"""One browser tab at the fair as `live.js` is one: hello, events in order, acknowledgements, back with full jitter."""

import asyncio
import contextlib
import itertools
import json
import random
import time
from collections.abc import Callable, Iterable
from typing import Any

from fairs.protocol import VERSION, events
from fairs.protocol.state import State, apply
from tests.load.tally import Tally
from tests.load.wire import Door, Refused, Wire, open_wire

ACK_EVERY = 32
LONGEST = 12.0
GIVE_UP = {4400, 4401, 4403, 4426, 4430}
STREAMS = 40
"""So many names a tab has followed before it opens a new socket, as a page that is loaded anew does."""

Frame = dict[str, Any]


class Client:
    """A tab of somebody: stays connected until `leave`, sends unanswered commands again with the id they had."""

    def __init__(
        self,
        door: Door,
        cookie: str,
        streams: Iterable[str],
        tally: Tally,
        *,
        seed: int = 0,
        fold: bool = False,
        on_event: Callable[[Frame], None] | None = None,
    ) -> None:
        self.door, self.cookie, self.tally = door, cookie, tally
        self.seen = dict.fromkeys(streams, 0)
        self.states: dict[str, State] = {}
        self.on_event = on_event
        self.back = asyncio.Event()
        self.gone: int | None = None
        self.opened = 0
        self.acknowledged: dict[str, tuple[Frame, Frame]] = {}
        self._fold = fold
        self._random = random.Random(seed)
        self._ids = (f"{seed}-{n}" for n in itertools.count())
        self.unanswered: dict[str, tuple[Frame, asyncio.Future[Frame]]] = {}
        self._named: set[str] = set()
        self._dropped: set[str] = set()
        self._read = 0
        self._since = 0.0
        self._marks = 0
        self.wire: Wire | None = None
        self._task: asyncio.Task | None = None

    def start(self) -> "Client":
        """Connect, and stay connected."""
        self._task = asyncio.create_task(self._stay())
        return self

    async def leave(self) -> None:
        """Close the tab."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self.wire is not None:
            self.wire.cut()

    def follow(self, stream: str) -> None:
        """Hear another stream from now on."""
        self._dropped.discard(stream)
        if stream in self.seen:
            return
        self.seen[stream] = 0
        if not self.back.is_set() or self.wire is None:
            return
        if len(self._named) >= STREAMS:
            self.wire.cut()
        else:
            self._hello({stream: 0})

    def forget(self, stream: str) -> None:
        """Not follow a stream any more when the next socket opens; until then its events are still checked."""
        self._dropped.add(stream)

    async def command(self, name: str, **args: Any) -> Frame:
        """The answer to a command, however many sockets that takes."""
        command_id = next(self._ids)
        frame = {"type": "command", "id": command_id, "name": name, "args": args}
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self.unanswered[command_id] = frame, answer
        began = time.monotonic()
        if self.back.is_set():
            self._send(frame)
        found = await answer
        self.tally.waits.append(time.monotonic() - began)
        return found

    async def _stay(self) -> None:
        attempt = 0
        while self.gone is None:
            try:
                self.wire = await open_wire(self.door, self.cookie, self._on_text)
            except Refused as refusal:
                self.tally.statuses[refusal.status] += 1
            except (OSError, TimeoutError):
                self.tally.refused["no handshake"] += 1
            else:
                attempt = 0
                self.tally.statuses[101] += 1
                self._greet()
                code = await self.wire.closed
                self.back.clear()
                self.tally.closed[code] += 1
                if code in GIVE_UP:
                    self.gone = code
                    return
            attempt += 1
            await asyncio.sleep(self._random.random() * min(LONGEST, 2.0**attempt))

    def _greet(self) -> None:
        self.opened += 1
        self._read, self._named = 0, set()
        self._since = time.time()
        for stream in self._dropped:
            self.seen.pop(stream, None)
            self.states.pop(stream, None)
        self._dropped.clear()
        self._hello(self.seen)
        # Answered once the hello has been: then everything missed is here, though nothing may have been missed.
        self._marks += 1
        self._send({"type": "command", "id": f"mark-{self._marks}", "name": "mark", "args": {}})

    def _hello(self, streams: dict[str, int]) -> None:
        self._named |= set(streams)
        self._send({"type": "hello", "version": VERSION, "streams": streams})

    def _send(self, frame: Frame) -> None:
        if self.wire is not None and not self.wire.transport.is_closing():
            self.wire.send(json.dumps(frame).encode())

    def _on_text(self, text: bytes) -> None:
        frame = json.loads(text)
        self._read += 1
        if self._read % ACK_EVERY == 0:
            self._send({"type": "ack", "count": self._read})
        getattr(self, f"_on_{frame['type']}")(frame)

    def _on_welcome(self, frame: Frame) -> None:
        pass

    def _on_refused(self, frame: Frame) -> None:
        self.seen.pop(frame["stream"], None)
        self.tally.refused[f"stream {frame['stream'].partition('-')[0]}"] += 1

    def _on_snapshot(self, frame: Frame) -> None:
        stream = frame["stream"]
        self.tally.snapshot(self.seen.get(stream, 0), frame["seq"])
        self.seen[stream] = frame["seq"]
        if self._fold:
            self.states[stream] = frame["state"]

    def _on_event(self, frame: Frame) -> None:
        stream, seq = frame["stream"], frame["seq"]
        if self.tally.event(stream, self.seen.get(stream, 0), seq):
            self.seen[stream] = seq
        if self.tally.timing:
            self.tally.received(stream, seq, time.time(), self._since)
        if self._fold and stream in self.states:
            self.states[stream] = apply(self.states[stream], events.read(frame["kind"], frame["data"]))
        if self.on_event is not None:
            self.on_event(frame)

    def _on_answer(self, frame: Frame) -> None:
        if frame["id"].startswith("mark-"):
            if frame["id"] == f"mark-{self._marks}":
                self.back.set()
                for command, _answer in self.unanswered.values():
                    self._send(command)
            return
        asked, answer = self.unanswered.pop(frame["id"], (None, None))
        if answer is None or asked is None:
            self.tally.refused["answered again"] += 1
            return
        self.tally.answered += 1
        if not frame["ok"]:
            self.tally.refused[frame["error"]] += 1
        self.acknowledged[frame["id"]] = asked, frame
        if not answer.done():
            answer.set_result(frame)
