"""Frames as they travel; the texts of all that more than one place says."""

import json

from backend.common.errors import NotFound
from fairs.protocol.state import State


def event_frame(stream: str, seq: int, kind: str, payload: dict) -> str:
    """An event."""
    return json.dumps(
        {"type": "event", "stream": stream, "seq": seq, "kind": kind, "data": payload}, ensure_ascii=False
    )


def snapshot_frame(stream: str, seq: int, state: State) -> str:
    """A stream's state and the number it stands at."""
    return json.dumps({"type": "snapshot", "stream": stream, "seq": seq, "state": state}, ensure_ascii=False)


def refused_frame(stream: str) -> str:
    """A stream that is not, or no longer, this person's."""
    return json.dumps({"type": "refused", "stream": stream, "error": NotFound.code}, ensure_ascii=False)
