"""Frames of daphne's sockets go to the kernel at once.

Twisted keeps what is written until the loop has looked whether the socket takes it: two changes to the selector, a round of the
loop and a log context for each frame, and nobody of a full hall hears anything before something was kept for everybody. What the
kernel does not take is left to Twisted as before.
"""

import ctypes
import sys

from autobahn.websocket.protocol import WebSocketProtocol
from twisted.internet.tcp import Connection

_buffered = WebSocketProtocol.sendData
# Python's own `send` gives the interpreter's lock back, and whoever takes it keeps it for a switch interval: for a digest that
# would be 2,000 times. These sockets never block, so this one keeps it.
_send = ctypes.PyDLL(None).send if sys.platform != "win32" else None
if _send is not None:
    _send.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int)
    _send.restype = ctypes.c_ssize_t


def prepare() -> None:
    """For all sockets of this process, where the system's own `send` is at hand."""
    if _send is not None:
        WebSocketProtocol.sendData = send_data


def send_data(
    protocol: WebSocketProtocol, data: bytes, sync: bool = False, chopsize: int | None = None
) -> None:
    """autobahn's `sendData`, that asks the kernel first when nothing waits before these bytes."""
    if not protocol.send_queue and _is_free(protocol.transport):
        data = data[_taken(protocol.transport.fileno(), data) :]
        if not data:
            return
    _buffered(protocol, data, sync, chopsize)


def _is_free(transport: object) -> bool:
    """Whether it is a plain socket that is open, with nothing kept for it."""
    return (
        isinstance(transport, Connection)
        and not transport.TLS
        and transport.connected
        and not transport.disconnecting
        and not transport.dataBuffer
        # No public name says this; should it be called otherwise one day, everything is kept as before.
        and not getattr(transport, "_tempDataBuffer", True)
    )


def _taken(number: int, data: bytes) -> int:
    """How many of the bytes the kernel took; what is wrong with the socket, Twisted finds out when it tries."""
    return max(0, _send(number, data, len(data), 0))
