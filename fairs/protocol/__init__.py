"""What browser and server say over the fair's socket: typed, numbered, described in fairs/README.md."""

VERSION = 1
MAX_FRAME = 64 * 1024
RATE_PER_SECOND = 10
RATE_BURST = 30
WINDOW = 256
"""Frames a connection may be sent beyond what it has acknowledged; events wait for room."""
RESERVE = 64
"""So many more for what a client asked for itself: welcome, snapshot, refused, answer."""
MAX_SIGNAL = 16 * 1024
"""Bytes of what one browser tells another to set up a call; a description of sound and picture takes about 7 KB."""
MESSAGES = 100
"""The newest messages of a meeting are its state: a long talk must not make a snapshot without bound."""

CLOSE_CODES = {
    4400: "the frame is not what this page describes",
    4401: "not signed in, or the session has ended",
    4403: "you may not be at this fair (any more)",
    4408: "the reader lags: it did not acknowledge in time",
    4409: "the frame is larger than 64 KB",
    4426: "this server speaks another version of the protocol",
    4429: "too many frames: 10 a second, 30 at once",
    4430: "too many sockets of one person",
    4503: "this server goes down: come back",
}
