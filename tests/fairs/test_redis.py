"""Redis may be wiped or killed at any moment: the bell is lost, the events still come by the poll."""

import asyncio
import contextlib
import shutil
import subprocess
import time
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.layers import channel_layers
from redis import Redis

from backend.common import clock
from fairs.domain import journal, line
from fairs.models import Ticket
from fairs.protocol.events import LinePaused
from fairs.realtime import doorbell, hub
from tests.conftest import missing
from tests.fairs.tab import line_with, tab

pytestmark = [pytest.mark.servers, pytest.mark.django_db(transaction=True)]
PATIENCE = 10


class Server:
    """A Redis of this test's own on a unix socket."""

    def __init__(self, folder):
        self.socket = folder / "redis.sock"
        self._log = folder / "redis.log"
        self._process = None

    @property
    def address(self):
        return f"unix://{self.socket}"

    def start(self):
        if self._process is not None:
            return
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            ["redis-server", *options, "--dir", str(self._log.parent), "--logfile", str(self._log)]
        )
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with (
                contextlib.suppress(Exception),
                contextlib.closing(Redis(unix_socket_path=str(self.socket))) as c,
            ):
                if c.ping():
                    return
        raise RuntimeError(self._log.read_text())

    def kill(self):
        """Without a word, as a machine dies."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def wipe(self):
        with contextlib.closing(Redis(unix_socket_path=str(self.socket))) as client:
            client.flushall()

    def listeners(self):
        with contextlib.closing(Redis(unix_socket_path=str(self.socket))) as client:
            return sum(count for _channel, count in client.pubsub_numsub(*client.pubsub_channels()))


@pytest.fixture
def server(tmp_path, settings, monkeypatch):
    """Redis between processes: this process's own hub is not told directly, as if another had written."""
    if shutil.which("redis-server") is None:
        missing("redis-server is not installed")
    made = Server(tmp_path)
    made.start()
    settings.CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [{"address": made.address, "socket_timeout": None}]},
        }
    }
    channel_layers.backends.clear()
    monkeypatch.setattr(doorbell, "wake_local", lambda reached: None)
    yield made
    made.kill()
    channel_layers.backends.clear()


@pytest.fixture
def hall():
    return line_with()


say = sync_to_async(lambda booth: journal.append(f"line-{booth.pk}", LinePaused(paused=True)))


@contextlib.asynccontextmanager
async def _following(hall, server):
    """An open socket that follows the line, once the hub hears the bell."""
    booth, people, _recruiter = hall
    async with tab(people[0]) as opened:
        await opened.following(**{f"line_{booth.pk}": 0})
        async with asyncio.timeout(PATIENCE):
            while not await sync_to_async(server.listeners)():
                await asyncio.sleep(0.01)
        try:
            yield opened
        finally:
            server.start()  # a client that may say good-bye lets go at once


class TestBell:
    """The clock stands still, so that only the bell can bring an event."""

    async def test_an_event_of_another_process_comes_by_the_bell(self, hall, server, frozen_now):
        async with _following(hall, server) as opened:
            await say(hall[0])
            assert (await opened.read())["seq"] == 1

    async def test_a_wiped_redis_still_rings(self, hall, server, frozen_now):
        async with _following(hall, server) as opened:
            server.wipe()
            await say(hall[0])
            assert (await opened.read())["seq"] == 1

    async def test_a_redis_that_comes_back_rings_again(self, hall, server, frozen_now):
        async with _following(hall, server) as opened:
            server.kill()
            await say(hall[0])
            assert await opened.silent(0.3)
            server.start()
            read = asyncio.create_task(opened.read())
            async with asyncio.timeout(PATIENCE):
                while not read.done():
                    await say(hall[0])
                    await asyncio.sleep(0.1)
            assert (await read)["seq"] == 1


class TestPoll:
    async def test_with_redis_killed_events_come_by_the_poll(self, hall, server, frozen_now):
        async with _following(hall, server) as opened:
            server.kill()
            for _ in range(3):
                await say(hall[0])
            assert await opened.silent(0.3)
            clock.advance(timedelta(seconds=2))
            assert [(await opened.read())["seq"] for _ in range(3)] == [1, 2, 3]

    async def test_with_redis_killed_commands_are_carried_out_and_answered(self, hall, server, frozen_now):
        booth, _people, recruiter = hall
        async with _following(hall, server) as opened:
            server.kill()
            answer = await opened.command("join_line", booth=booth.pk)
            assert (answer["ok"], answer["result"]["number"]) == (True, 1)
            called = await sync_to_async(line.call_next)(actor=recruiter, booth_id=booth.pk)
            clock.advance(timedelta(seconds=2))
            assert [(await opened.read())["kind"] for _ in range(2)] == ["line_joined", "line_left"]
        assert await sync_to_async(Ticket.objects.get)() == called

    async def test_a_socket_opened_while_redis_is_away_is_served(self, hall, server, frozen_now):
        booth, people, _recruiter = hall
        server.kill()
        async with tab(people[0]) as opened:
            await opened.following(**{f"line_{booth.pk}": 0})
            await say(booth)
            assert await opened.silent(0.1)
            clock.advance(timedelta(seconds=2))
            assert (await opened.read())["seq"] == 1
            assert len(hub.current().connections) == 1
