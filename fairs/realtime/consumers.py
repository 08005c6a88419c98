"""The fair's socket: decode, hand over, answer. No query and no rule lives here."""

import asyncio
import json
from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings

from fairs.protocol import MAX_FRAME, VERSION, commands
from fairs.protocol.errors import BadCommand
from fairs.realtime import handlers, hub
from fairs.realtime.connection import Connection
from fairs.realtime.ending import GOING
from fairs.realtime.entrance import Asked, Entry
from fairs.realtime.frames import refused_frame
from fairs.realtime.limits import Bucket

STREAMS_PER_SOCKET = 50
STREAMS_AT_ONCE = 8
"""So many streams of a hello are read in one hop: what is read waits in memory until it is sent."""


class FairConsumer(AsyncWebsocketConsumer):
    """One browser tab at the fair."""

    connection: Connection | None = None
    pump: asyncio.Task | None = None
    over = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One message after the other; a fault in a handler ends it without a disconnect, and everything is given back then too.

        Channels' own loop makes two tasks and a hop into a thread of each message, for a channel and a connection to the
        database that no socket has here: for who only acknowledges that is most of the work. The hub hears the bell once
        for all, so a socket opens while Redis is away.
        """
        self.scope, self.base_send = scope, send
        try:
            while (message := await receive())["type"] != "websocket.disconnect":
                if message["type"] == "websocket.connect":
                    await self.connect()
                else:
                    await self.receive(message.get("text"), message.get("bytes"))
        finally:
            await self.disconnect(1006)

    async def connect(self) -> None:
        """Take in who is signed in; a refusal accepts first, so that the browser learns the code."""
        await self.accept()
        self.hub = hub.current()
        if self.hub.draining:
            await self.finish(GOING)
            return
        key = self.scope["cookies"].get(settings.SESSION_COOKIE_NAME, "")
        arrival = await self.hub.arrivals.ask(key) if key.isascii() and key.isalnum() else None
        if arrival is None:
            await self.finish(4401)
            return
        self.bucket = Bucket()
        user_id, rights = arrival
        connection = Connection(user_id, key, rights, send=self._send, close=self.finish)
        if not self.hub.add(connection):
            await self.finish(4430)
            return
        self.connection = connection
        self.pump = asyncio.create_task(self.hub.pump(connection))

    async def disconnect(self, code: int) -> None:
        """Give everything back."""
        self.over = True
        if self.connection is not None:
            await self.hub.remove(self.connection)
        if self.pump is not None:
            self.pump.cancel()
            await asyncio.gather(self.pump, return_exceptions=True)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame: hello, ack or command."""
        if self.connection is None or self.over:
            return
        if text_data is None or len(text_data.encode(errors="surrogatepass")) > MAX_FRAME:
            await self.finish(4409 if text_data is not None else 4400)
            return
        try:
            frame = json.loads(text_data)
        except (ValueError, RecursionError):
            await self.finish(4400)
            return
        kind = frame.get("type") if isinstance(frame, dict) else None
        if kind == "ack":
            await self._ack(frame)
        elif not self.bucket.take():
            await self.finish(4429)
        elif not self.connection.may_ask:
            await self.finish(4408)
        elif kind == "hello":
            await self._hello(frame)
        elif kind == "command":
            await self._command(frame)
        else:
            await self.finish(4400)

    async def finish(self, code: int) -> None:
        """Close once, with a code of the protocol."""
        if not self.over:
            self.over = True
            await self.close(code)

    async def _send(self, text: str) -> None:
        if not self.over:
            await self.base_send({"type": "websocket.send", "text": text})

    async def _say(self, **frame: Any) -> None:
        await self.connection.deliver([json.dumps(frame, ensure_ascii=False)])

    async def _ack(self, frame: dict) -> None:
        count = frame.get("count")
        if (
            set(frame) != {"type", "count"}
            or type(count) is not int
            or not self.connection.acknowledge(count)
        ):
            await self.finish(4400)

    async def _hello(self, frame: dict) -> None:
        streams = frame.get("streams")
        if set(frame) != {"type", "version", "streams"} or not _is_hello(streams):
            await self.finish(4400)
            return
        if frame["version"] != VERSION:
            await self.finish(4426)
            return
        if len({*self.connection.cursors, *streams}) > STREAMS_PER_SOCKET:
            await self.finish(4400)
            return
        await self._say(type="welcome", version=VERSION)
        named = list(streams.items())
        for n in range(0, len(named), STREAMS_AT_ONCE):
            await self._follow(dict(named[n : n + STREAMS_AT_ONCE]))

    async def _follow(self, streams: dict[str, int]) -> None:
        """Subscribe, then replay or snapshot, then serve from there on."""
        connection = self.connection
        for stream in streams:
            self.hub.unfollow(connection, stream)
        waiting = set(streams)
        try:
            # Subscribed within: who goes while the journal is looked at has no cursor to be found by.
            await self.hub.open_rings(connection, streams)
            entries = await self.hub.entries.ask(Asked(connection.user_id, streams, connection.room))
            for stream, entry in entries.items():
                waiting.discard(stream)
                await self._serve(stream, entry)
        finally:
            for stream in waiting:
                self.hub.unfollow(connection, stream)

    async def _serve(self, stream: str, entry: Entry | None) -> None:
        """Say what was missed, and go on from there."""
        connection = self.connection
        if entry is None:
            self.hub.unfollow(connection, stream)
            await connection.deliver([refused_frame(stream)])
            return
        try:
            await connection.deliver(entry.frames)
        except BaseException:
            self.hub.unfollow(connection, stream)
            raise
        self.hub.follow(connection, stream, entry.seq)

    async def _command(self, frame: dict) -> None:
        command_id = frame.get("id")
        if set(frame) != {"type", "id", "name", "args"} or not _is_id(command_id):
            await self.finish(4400)
            return
        try:
            command = commands.parse(frame["name"], frame["args"])
        except BadCommand as error:
            answer = {"ok": False, "error": "bad_command", "message": str(error)}
        else:
            answer = await hub.in_thread(handlers.run, self.connection.user_id, command_id, command)
        await self._say(type="answer", id=command_id, **answer)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 64 and value.isascii() and value.isprintable()


def _is_hello(streams: Any) -> bool:
    return isinstance(streams, dict) and all(
        name.isascii() and len(name) <= 60 and type(last) is int and 0 <= last < 2**63
        for name, last in streams.items()
    )
