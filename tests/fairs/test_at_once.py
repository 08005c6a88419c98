"""Frames over a real socket, with autobahn and Twisted as daphne has them; only the loop is driven by hand."""

import socket

import pytest
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.tcp import Server
from twisted.internet.testing import MemoryReactorClock

from fairs.realtime import at_once

UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: fair\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ZmFpcndheSBmYWlyd2F5IQ==\r\n\r\n"
)
LONG = 60_000


class Wire:
    """A served WebSocket and the other end of it."""

    def __init__(self) -> None:
        self.reactor = MemoryReactorClock()
        self.ends = here, self.reader = socket.socketpair()
        for end in self.ends:
            end.setblocking(False)
        factory = WebSocketServerFactory(reactor=self.reactor)
        factory.protocol = WebSocketServerProtocol
        self.protocol = factory.buildProtocol(None)
        self.transport = Server(here, self.protocol, ("fair", 0), None, 1, self.reactor)
        # A pair of sockets has no Nagle to switch off.
        self.transport.setTcpNoDelay = lambda enabled: None
        self.protocol.makeConnection(self.transport)
        self.reader.send(UPGRADE)
        self.transport.doRead()
        self.reactor.advance(1)
        self.loop()
        assert self.read().startswith(b"HTTP/1.1 101 ")

    def loop(self) -> None:
        """One round: who waits to write may."""
        if self.transport in self.reactor.writers:
            self.transport.doWrite()

    def read(self) -> bytes:
        """What has arrived."""
        parts = []
        try:
            while part := self.reader.recv(1 << 20):
                parts.append(part)
        except BlockingIOError:
            pass
        return b"".join(parts)

    @property
    def waits(self) -> bool:
        return self.transport in self.reactor.writers


@pytest.fixture
def wire(monkeypatch):
    monkeypatch.setattr(WebSocketProtocol, "sendData", at_once.send_data)
    pair = Wire()
    yield pair
    for end in pair.ends:
        end.close()


def _frame(payload: bytes) -> bytes:
    """As RFC 6455, 5.2, writes an unmasked text."""
    size = len(payload)
    return (bytes([0x81, size]) if size < 126 else bytes([0x81, 126, *size.to_bytes(2, "big")])) + payload


def test_a_frame_has_arrived_before_the_loop_comes_round(wire):
    wire.protocol.sendMessage(b"moved")
    assert (wire.read(), wire.waits) == (_frame(b"moved"), False)


def test_control_without_it_a_frame_waits_for_the_loop(wire, monkeypatch):
    monkeypatch.setattr(WebSocketProtocol, "sendData", at_once._buffered)
    wire.protocol.sendMessage(b"moved")
    assert (wire.read(), wire.waits) == (b"", True)
    wire.loop()
    assert wire.read() == _frame(b"moved")


def test_what_a_full_socket_does_not_take_comes_after_it_whole_and_in_order(wire):
    sent = [bytes([65 + n]) * LONG for n in range(26)]
    for payload in sent:
        wire.protocol.sendMessage(payload)
    assert wire.waits
    kept = wire.transport._tempDataLen
    assert 0 < kept < sum(map(len, sent))
    arrived = b""
    while wire.waits:
        arrived += wire.read()
        wire.loop()
    arrived += wire.read()
    assert arrived == b"".join(map(_frame, sent))


def test_a_short_frame_does_not_overtake_what_waits(wire):
    for _ in range(26):
        wire.protocol.sendMessage(b"a" * LONG)
    arrived = wire.read()
    wire.protocol.sendMessage(b"last")  # there is room again, and the loop has not come round
    assert wire.read() == b""
    while wire.waits:
        wire.loop()
        arrived += wire.read()
    assert arrived == _frame(b"a" * LONG) * 26 + _frame(b"last")


def test_a_reader_who_went_away_ends_as_before(wire):
    wire.reader.close()
    wire.protocol.sendMessage(b"moved")
    assert wire.waits
    assert isinstance(wire.transport.doWrite(), Exception)


def test_a_socket_that_is_being_closed_says_nothing_more_past_what_it_still_has_to_say(wire):
    for _ in range(26):
        wire.protocol.sendMessage(b"a" * LONG)
    wire.transport.loseConnection()
    wire.read()
    wire.protocol.sendMessage(b"late")
    assert b"late" not in wire.read()
