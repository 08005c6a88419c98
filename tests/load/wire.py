"""A WebSocket client of few lines: thousands of them must cost less than the server they measure."""

import asyncio
import base64
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
GONE = 1006
"""What the close code is where none came: the line was cut."""


class Refused(Exception):
    """The handshake was answered with another status than 101."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(frozen=True)
class Door:
    """Where a server answers, and the path of its socket."""

    port: int
    path: str = "/ws/fairs/"
    host: str = "127.0.0.1"

    @property
    def origin(self) -> str:
        return f"http://{self.host}:{self.port}"


class Wire(asyncio.Protocol):
    """One socket: `on_text` gets each text frame as bytes; `closed` becomes the close code, `opened` the handshake's end."""

    def __init__(self, door: Door, cookie: str, on_text: Callable[[bytes], None]) -> None:
        loop = asyncio.get_running_loop()
        self.opened: asyncio.Future[None] = loop.create_future()
        self.closed: asyncio.Future[int] = loop.create_future()
        self.on_text = on_text
        self._key = base64.b64encode(os.urandom(16))
        self._request = (
            f"GET {door.path} HTTP/1.1\r\nHost: {door.host}:{door.port}\r\nOrigin: {door.origin}\r\n"
            f"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {self._key.decode()}\r\nCookie: {cookie}\r\n\r\n"
        )
        self._rest = b""
        self._code = GONE
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.transport.write(self._request.encode())

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionResetError("closed in the handshake"))
        if not self.closed.done():
            self.closed.set_result(self._code)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        if not self.opened.done():
            head, found, data = data.partition(b"\r\n\r\n")
            if not found:
                self._rest = head
                return
            self._shake(head)
            if self.opened.exception() is not None:
                return
        self._rest = self._frames(data)

    def send(self, text: bytes) -> None:
        """One text frame; the mask is zero, which the protocol allows."""
        self._write(TEXT, text)

    def stop_reading(self) -> None:
        """Become a reader that has stalled."""
        self.transport.pause_reading()

    def cut(self) -> None:
        """Gone without a word, as a phone that changes its network."""
        self.transport.abort()

    def _shake(self, head: bytes) -> None:
        status = int(head.split(b" ", 2)[1])
        wanted = base64.b64encode(hashlib.sha1(self._key + MAGIC, usedforsecurity=False).digest())
        if status == 101 and wanted in head:
            self.opened.set_result(None)
        else:
            self.opened.set_exception(Refused(status))
            self.transport.close()

    def _frames(self, data: bytes) -> bytes:
        """Hand over every whole frame; what is left of the last one."""
        at, end = 0, len(data)
        while end - at >= 2:
            start, size = at + 2, data[at + 1]
            if size == 126:
                start, size = at + 4, int.from_bytes(data[at + 2 : at + 4], "big")
            elif size == 127:
                start, size = at + 10, int.from_bytes(data[at + 2 : at + 10], "big")
            if start > end or start + size > end:
                break
            payload = data[start : start + size]
            if data[at] == 0x80 | TEXT:
                self.on_text(payload)
            else:
                self._control(data[at], payload)
            at = start + size
        return data[at:]

    def _control(self, first: int, payload: bytes) -> None:
        if first == 0x80 | PING:
            self._write(PONG, payload)
        elif first == 0x80 | CLOSE:
            self._code = int.from_bytes(payload[:2], "big") or GONE
            self._write(CLOSE, payload[:2])
            self.transport.close()
        elif first != 0x80 | PONG:
            raise ValueError(f"a frame that no server here sends: {first:#x}")

    def _write(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        else:
            head = bytes((0x80 | opcode, 0x80 | 126)) + size.to_bytes(2, "big")
        self.transport.write(head + b"\0\0\0\0" + payload)


async def open_wire(
    door: Door, cookie: str, on_text: Callable[[bytes], None], patience: float = 30.0
) -> Wire:
    """Connect and shake hands; Refused, OSError or TimeoutError where that fails."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(patience):
        transport, wire = await loop.create_connection(
            lambda: Wire(door, cookie, on_text), door.host, door.port
        )
        try:
            await wire.opened
        except BaseException:
            transport.abort()
            raise
    return wire
