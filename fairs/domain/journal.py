"""The journal: events as rows, numbered under the stream's row lock, in the transaction of the change."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

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
    return _store({stream: happened})[stream]


def tell(*told: Told) -> None:
    """Append (event, id of its audience) pairs, stream by stream in one order: writers never cross."""
    by_stream: dict[str, list[Happened]] = defaultdict(list)
    for event, number in told:
        by_stream[events.stream_name(event.audience, number)].append(event)
    _store(by_stream)


# No savepoint: who appends in vain has nothing to go on with.
@transaction.atomic(savepoint=False)
def _store(told: Mapping[str, Sequence[Happened]]) -> dict[str, int]:
    """Number the events of each stream, store all in one statement, and ring for each after commit."""
    moment, rows, reached = clock.now(), [], {}
    for stream in sorted(told):
        pk, last = _numbers(stream, len(told[stream]))
        reached[stream] = last
        for seq, happened in enumerate(told[stream], last - len(told[stream]) + 1):
            event = happened() if callable(happened) else happened
            payload = events.payload_of(event)
            rows.append(Event(stream_id=pk, seq=seq, kind=event.kind, payload=payload, at=moment))
    Event.objects.bulk_create(rows)
    for stream, last in reached.items():
        transaction.on_commit(partial(_ring, {stream: last}))
    return reached


_NEXT = f"UPDATE {Stream._meta.db_table} SET last_seq = last_seq + %s WHERE name = %s RETURNING id, last_seq"


def _numbers(stream: str, count: int) -> tuple[int, int]:
    """Key of the stream and the last of so many new numbers.

    The update takes the row's lock, so that a number given is a number in order, with no gap at commit.
    """
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, [count, stream])
        row = cursor.fetchone()
        if row is None:
            Stream.objects.bulk_create([Stream(name=stream)], ignore_conflicts=True)
            cursor.execute(_NEXT, [count, stream])
            row = cursor.fetchone()
    return row


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
