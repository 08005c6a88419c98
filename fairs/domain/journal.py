"""The journal: events as rows, numbered under the stream's row lock, in the transaction of the change."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from backend.common import clock
from fairs.enums import RUNNING
from fairs.models import Booth, CommandReceipt, Event, Fair, Stream
from fairs.protocol import events

KEPT = timedelta(days=7)
"""Hall, lines and booths are kept for the fair and this much longer; receipts, and what people were told or said, this long."""

CHUNK = 500
"""Streams that are looked up in one query."""
SIGNALS_KEPT = timedelta(days=1)
"""What browsers told each other to set up a call names addresses of networks: it goes when the meeting ends, or after this."""
ERASED = events.Signalled(by_student=False, call="", what="erased", data="")

bells: list[Callable[[dict[str, int]], None]] = []
"""Called after commit with {stream: last seq}; the sockets hang theirs here in ready()."""

Happened = events.AnyEvent | Callable[[], events.AnyEvent]
"""An event, or what makes it once its stream is held: nothing else happens on the stream before it is committed."""
Told = tuple[Any, int]
"""What happened, with its `audience`, and the number of that audience."""


def append(stream: str, *happened: Happened) -> int:
    """Number and store events of one stream; the sequence number of the last."""
    with transaction.atomic():
        # The update takes the row's lock, so that a number given is a number in order, with no gap at commit.
        if not Stream.objects.filter(name=stream).update(last_seq=F("last_seq") + len(happened)):
            Stream.objects.bulk_create([Stream(name=stream)], ignore_conflicts=True)
            Stream.objects.filter(name=stream).update(last_seq=F("last_seq") + len(happened))
        row = Stream.objects.get(name=stream)
        first = row.last_seq - len(happened) + 1
        made = [event() if callable(event) else event for event in happened]
        moment = clock.now()
        Event.objects.bulk_create(
            [
                Event(stream=row, seq=first + n, kind=event.kind, payload=events.payload_of(event), at=moment)
                for n, event in enumerate(made)
            ]
        )
        transaction.on_commit(lambda: _ring({stream: row.last_seq}))
    return row.last_seq


def tell(*told: Told) -> None:
    """Append (event, id of its audience) pairs, stream by stream in one order: writers never cross."""
    by_stream: dict[str, list[Happened]] = defaultdict(list)
    for event, number in told:
        by_stream[events.stream_name(event.audience, number)].append(event)
    for stream in sorted(by_stream):
        append(stream, *by_stream[stream])


def reached(streams: Collection[str]) -> dict[str, int]:
    """Where each stream stands; left out where nothing was ever told."""
    names, found = list(streams), {}
    for n in range(0, len(names), CHUNK):
        rows = Stream.objects.filter(name__in=names[n : n + CHUNK])
        found.update(rows.values_list("name", "last_seq"))
    return found


@contextmanager
def held(stream: str) -> Iterator[int]:
    """Hold a stream still while its snapshot is read; gives the sequence number the snapshot stands at."""
    with transaction.atomic():
        rows = Stream.objects.select_for_update().filter(name=stream)
        row = rows.first()
        if row is None:
            Stream.objects.bulk_create([Stream(name=stream)], ignore_conflicts=True)
            row = rows.get()
        yield row.last_seq


def forget_signals(meeting_id: int) -> int:
    """Empty what browsers told each other in a meeting; the rows stay, so that no number is missing for who reads on."""
    return _empty(Event.objects.filter(stream__name=events.stream_name("meeting", meeting_id)))


def _empty(rows: QuerySet[Event]) -> int:
    full = rows.filter(kind=events.Signalled.kind).exclude(payload__what=ERASED.what)
    return full.update(payload=events.payload_of(ERASED))


def forget_old() -> int:
    """Erase what is past its time; the number of events gone."""
    before = clock.now() - KEPT
    _empty(Event.objects.filter(at__lt=clock.now() - SIGNALS_KEPT))
    CommandReceipt.objects.filter(at__lt=before).delete()
    return Event.objects.filter(at__lt=before).exclude(stream__in=_of_present_fairs(before)).delete()[0]


def _of_present_fairs(before: datetime) -> QuerySet[Stream]:
    """Hall, lines and booths of fairs that go on, or ended less than a week ago; what people said is not kept longer."""
    fairs = Fair.objects.filter(Q(status__in=RUNNING) | Q(closed_at__gte=before), opened_at__lt=before)
    names = [events.stream_name("fair", pk) for pk in fairs.values_list("pk", flat=True)]
    for booth in Booth.objects.filter(fair__in=fairs).values_list("pk", flat=True):
        names += [events.stream_name("line", booth), events.stream_name("booth", booth)]
    return Stream.objects.filter(name__in=names)


def _ring(reached: dict[str, int]) -> None:
    for bell in bells:
        bell(reached)
