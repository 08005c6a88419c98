"""Counters of the hall, coalesced: at most one event per fair and 2 s, whatever happens (rule 7)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from backend.common import clock, outbox
from fairs import queries
from fairs.domain import journal
from fairs.models import Booth
from fairs.protocol.events import HallDigest

TOPIC = "fairs.digest"
EVERY = 2.0


def touch(booth: Booth) -> None:
    """The booth's counters changed: put it on the next digest. All of a 2 s window fall due together."""
    into = clock.now().timestamp() % EVERY
    outbox.put(
        TOPIC,
        {"fair": booth.fair_id, "booth": booth.pk},
        dedupe_key=str(booth.pk),
        delay=timedelta(seconds=EVERY - into),
    )


@transaction.atomic
def publish(payloads: Sequence[dict[str, Any]]) -> None:
    """Tell each hall the present counters of the booths named; absolute values, so twice does no harm."""
    fairs: dict[int, set[int]] = defaultdict(set)
    for payload in payloads:
        fairs[payload["fair"]].add(payload["booth"])
    told = []
    for fair, ids in sorted(fairs.items()):
        booths = list(
            Booth.objects.filter(queries.open_booths(), pk__in=ids).select_related("fair").order_by("pk")
        )
        figures = queries.figures_without_wait(booths)
        rows = [[b.pk, figures[b.pk].waiting, figures[b.pk].meetings, b.paused] for b in booths]
        if rows:
            told.append((HallDigest(booths=rows), fair))
    journal.tell(*told)
