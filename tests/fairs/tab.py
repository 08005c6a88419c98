"""A browser tab for the tests of the socket: channels' own client, real sessions, frames in and out."""

import json
from contextlib import asynccontextmanager

from asgiref.sync import sync_to_async
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from backend.accounts.models import User
from backend.config.asgi import application
from tests.factories.fairs import BoothFactory, recruiter_at, student_at

PATIENCE = 5


def cookie_of(actor):
    """A fresh session of somebody."""
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id))
    return client.cookies[settings.SESSION_COOKIE_NAME].value


class Tab:
    """One browser tab: sends frames, reads frames."""

    def __init__(self, cookie, origin):
        headers = [(b"origin", origin), (b"host", b"localhost")]
        if cookie:
            headers.append((b"cookie", f"{settings.SESSION_COOKIE_NAME}={cookie}".encode()))
        self.wire = WebsocketCommunicator(application, "/ws/fairs/", headers=headers)

    async def send(self, **frame):
        await self.wire.send_to(text_data=json.dumps(frame))

    async def read(self):
        return json.loads(await self.wire.receive_from(timeout=PATIENCE))

    async def silent(self, seconds=0.2):
        """Whether nothing comes for a moment."""
        return await self.wire.receive_nothing(timeout=seconds)

    async def hello(self, version=1, **streams):
        named = {name.replace("_", "-"): seq for name, seq in streams.items()}
        await self.send(type="hello", version=version, streams=named)

    async def command(self, name, command_id="c1", **args):
        """The answer to a command; events that come before it are read away."""
        await self.send(type="command", id=command_id, name=name, args=args)
        while True:
            frame = await self.read()
            if frame["type"] == "answer":
                return frame

    async def following(self, **streams):
        """Say hello and read welcome and snapshots: {stream: (seq, state)}."""
        await self.hello(**streams)
        frames = [await self.read() for _ in range(1 + len(streams))]
        return {frame["stream"]: (frame["seq"], frame["state"]) for frame in frames[1:]}

    async def closed(self):
        """The code the server closed with; frames before it are read away."""
        while True:
            out = await self.wire.receive_output(timeout=PATIENCE)
            if out["type"] == "websocket.close":
                return out["code"]


@asynccontextmanager
async def tab(actor=None, origin=b"http://localhost"):
    """An open tab of somebody."""
    cookie = await sync_to_async(cookie_of)(actor) if actor else None
    opened = Tab(cookie, origin)
    connected, _code = await opened.wire.connect(timeout=PATIENCE)
    assert connected
    try:
        yield opened
    finally:
        await opened.wire.disconnect()


def line_with(students=2):
    """A booth, students registered for its fair, and a recruiter of it."""
    booth = BoothFactory()
    people = [student_at(booth.fair) for _ in range(students)]
    return booth, people, recruiter_at(booth)
