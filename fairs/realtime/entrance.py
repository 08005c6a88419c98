"""What people who come to the fair in one moment missed, read for all of them at once: a crowd comes back in one wave."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from backend.accounts.actor import ANONYMOUS, Actor, actors_of
from backend.accounts.models import User
from fairs import snapshots
from fairs.domain import journal
from fairs.models import Event
from fairs.protocol.state import State
from fairs.realtime.frames import event_frame, snapshot_frame


@dataclass(frozen=True)
class Asked:
    """Somebody's hello: the last number known of each stream, and how many events there is room for."""

    user_id: int
    streams: Mapping[str, int]
    room: int


class Entry(NamedTuple):
    """Ready frames of what was missed of a stream, and the number they lead to."""

    seq: int
    frames: list[str]


Entries = dict[str, Entry | None]
"""By stream; None where it is not the person's own."""


def enter(asked: Sequence[Asked]) -> list[Entries]:
    """For each hello and stream: events where all are there and fit into the window, else a snapshot.

    Visibility, numbers and states are read once for all, and a frame that is the same for several is made once.
    """
    actors = _actors({one.user_id for one in asked})
    who = [actors.get(one.user_id, ANONYMOUS) for one in asked]
    wanted = [(actor, stream) for actor, one in zip(who, asked, strict=True) for stream in one.streams]
    may = snapshots.followable(wanted)
    missed = _Missed(
        (stream, one.streams[stream], one.room)
        for actor, one in zip(who, asked, strict=True)
        for stream in one.streams
        if (actor, stream) in may
    )
    replayed = [_replayed(actor, one, may, missed) for actor, one in zip(who, asked, strict=True)]
    fresh = _Snapshots(
        [
            (actor, stream)
            for actor, one, told in zip(who, asked, replayed, strict=True)
            for stream in one.streams
            if stream not in told and (actor, stream) in may
        ]
    )
    return [
        {stream: told[stream] if stream in told else fresh.entry(actor, stream) for stream in one.streams}
        for actor, one, told in zip(who, asked, replayed, strict=True)
    ]


def _actors(user_ids: set[int]) -> dict[int, Actor]:
    """Whoever that is at this moment; nobody, once the account is gone."""
    active = User.objects.filter(pk__in=user_ids, is_active=True).order_by().values_list("pk", flat=True)
    return {pk: Actor(user_id=pk) for pk in active} | actors_of(user_ids)


def _replayed(actor: Actor, one: Asked, may: set[snapshots.Pair], missed: "_Missed") -> dict[str, Entry]:
    """What is told by events; each stream leaves less room for the next, a snapshot takes that of one."""
    told: dict[str, Entry] = {}
    room = one.room
    for stream, last in one.streams.items():
        entry = missed.entry(stream, last, room) if (actor, stream) in may else None
        if entry is not None:
            told[stream] = entry
        room -= len(entry.frames) if entry else 1
    return told


class _Missed:
    """The events past the lowest number that anybody asks from, of each stream; as frames, each made once."""

    def __init__(self, asked: Iterable[tuple[str, int, int]]) -> None:
        known = [(stream, last, room) for stream, last, room in asked if last > 0]
        self.reached = journal.reached({stream for stream, _last, _room in known})
        lowest: dict[str, int] = {}
        for stream, last, room in known:
            if 0 < self.reached.get(stream, 0) - last <= room:
                lowest[stream] = min(last, lowest.get(stream, last))
        self._frames: dict[str, dict[int, str]] = defaultdict(dict)
        for stream, last in lowest.items():
            rows = Event.objects.filter(stream__name=stream, seq__gt=last, seq__lte=self.reached[stream])
            for seq, kind, payload in rows.order_by("seq").values_list("seq", "kind", "payload"):
                self._frames[stream][seq] = event_frame(stream, seq, kind, payload)

    def entry(self, stream: str, last: int, room: int) -> Entry | None:
        """The events past `last`; None where these are too many, or erased."""
        reached = self.reached.get(stream, 0)
        if last <= 0 or not 0 <= reached - last <= room:
            return None
        frames = [self._frames[stream].get(seq) for seq in range(last + 1, reached + 1)]
        whole = [frame for frame in frames if frame is not None]
        return Entry(reached, whole) if len(whole) == len(frames) else None


class _Snapshots:
    """States as frames. One text serves several people only where they were given the very same state."""

    def __init__(self, pairs: Sequence[snapshots.Pair]) -> None:
        self._states = snapshots.take_all(pairs)
        self._made: dict[str, tuple[State, str]] = {}

    def entry(self, actor: Actor, stream: str) -> Entry | None:
        """None where it was lost in this very moment."""
        found = self._states.get((actor, stream))
        if found is None:
            return None
        seq, state = found
        made, text = self._made.get(stream, (None, ""))
        if made is not state:
            text = snapshot_frame(stream, seq, state)
            self._made[stream] = (state, text)
        return Entry(seq, [text])
