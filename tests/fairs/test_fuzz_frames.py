"""Frames that nobody wrote on purpose: every one is answered or closes with a code, and nothing is written.

`python -m tests.fairs frames` sends more of them than the suite does.
"""

import json
import os
import random
import string

import pytest
from asgiref.sync import sync_to_async

from fairs.domain import line
from fairs.models import CommandReceipt
from fairs.protocol import CLOSE_CODES, MAX_FRAME, commands
from fairs.realtime import hub
from fairs.realtime.consumers import FairConsumer
from fairs.realtime.limits import Bucket
from tests.factories.fairs import BoothFactory, recruiter_at, student_at
from tests.fairs.support import rows, talk_at
from tests.fairs.tab import line_with, tab

pytestmark = pytest.mark.django_db(transaction=True)
FRAMES = int(os.environ.get("FAIRWAY_FRAMES", "2200"))
ALPHABET = string.printable + "字号\u0000\ud800\udfff\u202e\ufeff😀"


class Dice(random.Random):
    """Values that JSON can spell, and text that it cannot; `known` are ids of rows that exist."""

    known: tuple[int, ...] = (1, 2)

    def text(self, longest=40):
        return "".join(self.choices(ALPHABET, k=self.randint(0, longest)))

    def value(self, depth=2):
        plain = [
            lambda: None,
            lambda: True,
            lambda: self.randint(-(2**70), 2**70),
            lambda: self.randint(0, 50),
            lambda: self.random() * 1e300,
            lambda: float("nan"),
            self.text,
            lambda: "x" * self.randint(0, 3000),
        ]
        nested = [
            lambda: [self.value(depth - 1) for _ in range(self.randint(0, 4))],
            lambda: {self.text(8): self.value(depth - 1) for _ in range(self.randint(0, 4))},
        ]
        return self.choice([*plain, *(nested if depth else [])])()

    def frame(self):
        """One frame: garbage, almost right, or right in form."""
        kind = self.choices(["raw", "json", "hello", "ack", "shape", "command"], [40, 60, 6, 25, 60, 9])[0]
        return getattr(self, f"_{kind}")()

    def _raw(self):
        sample = self.choice(
            ["", "{", "[" * 500, '{"type":', "\x00", self.text(200), '{"type":"ack","count":1e999}']
        )
        return sample if self.random() < 0.95 else "字" * (MAX_FRAME // 2)

    def _json(self):
        return json.dumps(self.value())

    def _hello(self):
        names = ["fair-{}", "line-{}", "booth-{}", "meeting-{}", "person-{}", "line-0{}", "booth--{}"]
        streams = {}
        if self.random() < 0.1:
            # One that is right now and then: chance alone seldom names a stream that is there.
            return json.dumps({"type": "hello", "version": 1, "streams": {f"fair-{self.known[1]}": 0}})
        for _ in range(self.randint(0, 4)):
            name = (
                self.choice(names).format(self.choice(self.known)) if self.random() < 0.8 else self.text(70)
            )
            streams[name] = self.choice(
                [0, 1, -1, True, 2**64, self.value(1)] if self.random() < 0.5 else [0, 1]
            )
        frame = {"type": "hello", "version": self.choice([1, 1, 1, 2, "1", None]), "streams": streams}
        return json.dumps(self._bent(frame))

    def _ack(self):
        return json.dumps(
            self._bent({"type": "ack", "count": self.choice([-1, 0, 1, 5, 10**9, self.value(1)])})
        )

    def _shape(self):
        frame = {
            "type": "command",
            "id": self.choice(["a", "", "x" * 65, self.text(), 5]),
            "name": self.choice([*commands.ALL, "fly", self.text()]),
            "args": self.choice([{}, [], {"booth": self.value(1)}, {self.text(9): 1}, self.value(2)]),
        }
        return json.dumps(self._bent(frame))

    def _command(self):
        name = self.choice(list(commands.ALL))
        numbers = [*self.known, 0, 10**6, 2**63 - 1]
        args = {
            "booth": self.choice(numbers),
            "ticket": self.choice(numbers),
            "meeting": self.choice(numbers),
            "paused": self.random() < 0.5,
            "text": self.text(),
            "outcome": self.choice(["offer", "pending", "", self.text()]),
            "message": self.text(),
        }
        wanted = commands.ALL[name].__dataclass_fields__
        kept = {key: value for key, value in args.items() if key in wanted}
        return json.dumps({"type": "command", "id": f"c{self.randint(0, 10**9)}", "name": name, "args": kept})

    def _bent(self, frame):
        """Now and then a field too many, or one too few."""
        if self.random() < 0.15:
            frame[self.text(6)] = self.value(1)
        if self.random() < 0.15:
            frame.pop(self.choice(list(frame)))
        return frame


async def _mount(consumer, opened_connection, out):
    """The consumer of an open socket, with everything it sends put into a list."""
    consumer.connection = opened_connection
    consumer.bucket = Bucket(rate=1e9, burst=10**9)
    opened_connection.window = 10**9

    async def note(message):
        message["text"].encode()  # what cannot be encoded cannot be sent
        out.append(json.loads(message["text"]))

    async def closed(code=None, reason=None):
        out.append(code)

    consumer.base_send, consumer.close = note, closed


@pytest.mark.parametrize("seed", [1])
async def test_no_frame_breaks_the_socket_or_writes_a_row(seed):
    def prepare():
        booth, people, recruiter = line_with()
        _student, _recruiter, talk = talk_at(booth, recruiter=recruiter)
        ticket = line.join_line(actor=people[0], booth_id=booth.pk)
        # A recruiter of the same school without a booth: much to see here, nothing to do.
        left = BoothFactory(fair=booth.fair)
        stranger = recruiter_at(left)
        left.delete()
        return (
            stranger,
            people,
            (booth.pk, booth.fair_id, ticket.pk, talk.pk, stranger.user_id, people[0].user_id),
        )

    stranger, people, known = await sync_to_async(prepare)()
    dice, out, before = Dice(seed), [], await sync_to_async(rows)()
    dice.known = known
    async with tab(stranger) as opened, tab(people[0]) as bystander:
        await opened.following()
        (connection,) = [one for one in hub.current().connections if one.user_id == stranger.user_id]
        consumer = FairConsumer()
        consumer.hub = hub.current()
        await _mount(consumer, connection, out)
        connection.send = consumer._send
        for number in range(FRAMES):
            frame, said = dice.frame(), len(out)
            consumer.over = False
            await consumer.receive(text_data=frame)
            new = out[said:]
            acknowledged = not new and json.loads(frame).get("type") == "ack"
            assert new or acknowledged, (number, frame)
            for one in new:
                if isinstance(one, int):
                    assert one in CLOSE_CODES, (number, frame)
                else:
                    assert one["type"] in {"welcome", "refused", "snapshot", "event", "answer"}, (
                        number,
                        frame,
                    )
                    assert one.get("ok") is not True, (number, frame)
        await bystander.hello()
        assert (await bystander.read())["type"] == "welcome"  # nobody else's socket was closed
    kinds = {one if isinstance(one, int) else one["type"] for one in out}
    assert kinds >= {4400, 4409, 4426, "welcome", "refused", "snapshot", "answer"}
    errors = {one["error"] for one in out if not isinstance(one, int) and one["type"] == "answer"}
    assert errors == {"bad_command", "not_found", "not_allowed"}
    assert await sync_to_async(rows)() == before


@pytest.mark.parametrize("seed", range(10))
async def test_a_real_socket_closes_with_a_code_or_goes_on(seed):
    """The same frames over the whole stack: after each the socket is closed with a code, or still answers."""
    dice = Dice(seed)
    student = await sync_to_async(lambda: student_at(BoothFactory().fair))()
    async with tab(student) as opened:
        await opened.wire.send_to(text_data=dice.frame())
        await opened.hello()
        while True:
            out = await opened.wire.receive_output(timeout=5)
            if out["type"] == "websocket.close":
                assert out["code"] in CLOSE_CODES
                break
            if json.loads(out["text"])["type"] == "welcome":
                break


@pytest.mark.parametrize("data", [b"\x00", b'{"type":"hello","version":1,"streams":{}}', b"x" * 70_000])
async def test_binary_frames_close(data):
    student = await sync_to_async(lambda: student_at(BoothFactory().fair))()
    async with tab(student) as opened:
        await opened.wire.send_to(bytes_data=data)
        assert await opened.closed() == 4400


@pytest.mark.parametrize(("size", "code"), [(MAX_FRAME, 4400), (MAX_FRAME + 1, 4409), (3 * MAX_FRAME, 4409)])
async def test_the_limit_of_a_frame_is_counted_in_bytes(size, code):
    student = await sync_to_async(lambda: student_at(BoothFactory().fair))()
    text = "字" * (size // 3) + "x" * (size % 3)
    async with tab(student) as opened:
        await opened.wire.send_to(text_data=text)
        assert await opened.closed() == code


@pytest.mark.parametrize("bad", ["\u0000", "\ud83d", "a\udfffb"])
async def test_text_that_no_database_takes_is_a_bad_command(bad):
    student = await sync_to_async(lambda: student_at(BoothFactory().fair))()
    async with tab(student) as opened:
        answer = await opened.command("send_message", meeting=1, text=f"您好{bad}")
        assert (answer["error"], answer["message"]) == (
            "bad_command",
            "field text has characters that cannot be stored",
        )
        answer = await opened.command("join_line", **{f"x{bad}": 1})
        assert answer["error"] == "bad_command"
    assert await sync_to_async(CommandReceipt.objects.count)() == 0
