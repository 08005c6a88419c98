"""What is searched for, counted by day: noted in memory by the request, written by a thread beside it every few seconds.

Nothing of a person is stored. Who searched is kept only as a number in the memory of this process until the day is over,
so that somebody who repeats a search counts once. What a killed process had not written yet is lost; a count of some days
bears that.
"""

import re
import threading
from collections import Counter, deque
from collections.abc import Hashable
from datetime import date, timedelta
from typing import NamedTuple

import structlog
from django.db import Error, IntegrityError, connections, transaction
from django.db.models import F

from backend.common import clock
from backend.wording.models import LONGEST_TEXT, SearchTally
from search.results import SearchPage
from search.text import normalise

log = structlog.get_logger(__name__)
PAUSE = 5.0
FEW = 3
KEPT = timedelta(days=90)
MOST_WAITING, MOST_A_DAY, MOST_SEEN = 10_000, 2_000, 200_000
# A telephone, identity or account number, or an address for mail, is no question to a search for positions.
_PERSONAL = re.compile(r"(?:\d[ -]?){7}|@")
COUNTED = ("people", "missed", "few", "corrected", "widened")


class Searched(NamedTuple):
    """One search: whose school, on which day, by whom, for what, and what came of it."""

    school_id: int | None
    day: date
    who: Hashable
    text: str
    filters: str
    hits: int
    missed: bool
    few: bool
    corrected: bool
    widened: bool


class Key(NamedTuple):
    """The row of a tally."""

    school_id: int | None
    day: date
    text: str
    filters: str


_waiting: deque[Searched] = deque(maxlen=MOST_WAITING)
_seen: set[int] = set()
_day: list[date] = []


def note(
    *, school_id: int | None, who: Hashable, text: str, filters: tuple[str, ...], answer: SearchPage
) -> None:
    """Remember a search that somebody has finished typing; costs the request a few microseconds."""
    in_vain = bool(answer.corrected or answer.widened or not answer.worded)
    _waiting.append(
        Searched(
            school_id=school_id,
            day=clock.today(),
            who=who,
            text=text,
            filters=",".join(sorted(filters)),
            hits=answer.worded,
            missed=in_vain,
            few=not in_vain and answer.worded <= FEW,
            corrected=bool(answer.corrected),
            widened=bool(answer.widened),
        )
    )


def flush() -> int:
    """Write what waits; the number of searches that were counted."""
    counts: dict[Key, Counter[str]] = {}
    hits: dict[Key, int] = {}
    counted = 0
    while _waiting:
        one = _waiting.popleft()
        text = normalise(one.text)[:LONGEST_TEXT].strip()
        key = Key(one.school_id, one.day, text, one.filters)
        if not text or _PERSONAL.search(text) or _known(key, one.who):
            continue
        # PostgreSQL adds no truth values to numbers.
        came = {name: int(getattr(one, name)) for name in COUNTED if name != "people"}
        counts.setdefault(key, Counter()).update(people=1, **came)
        hits[key] = one.hits
        counted += 1
    _write(counts, hits)
    return counted


def _known(key: Key, who: Hashable) -> bool:
    """Whether this person has searched for this already today; days and persons are forgotten with the day."""
    if _day != [key.day] or len(_seen) >= MOST_SEEN:
        _day[:] = [key.day]
        _seen.clear()
    mark = hash((key, who))
    known = mark in _seen
    _seen.add(mark)
    return known


def _write(counts: dict[Key, Counter[str]], hits: dict[Key, int]) -> None:
    room: dict[tuple[int | None, date], int] = {}
    for key, counted in counts.items():
        with transaction.atomic():
            if _add(key, counted, hits[key]):
                continue
            place = key.school_id, key.day
            if place not in room:
                rows = SearchTally.objects.filter(school_id=key.school_id, day=key.day)
                room[place] = MOST_A_DAY - rows.count()
            if room[place] > 0:
                room[place] -= 1
                _begin(key, counted, hits[key])


def _add(key: Key, counted: Counter[str], hits: int) -> bool:
    """Whether there was a row, which now counts these too."""
    more = {name: F(name) + counted[name] for name in COUNTED}
    return bool(SearchTally.objects.filter(**key._asdict()).update(hits=hits, **more))


def _begin(key: Key, counted: Counter[str], hits: int) -> None:
    """A new row; where another process began it in the same moment, that one counts these too."""
    try:
        with transaction.atomic():
            SearchTally.objects.create(
                **key._asdict(), hits=hits, **{name: counted[name] for name in COUNTED}
            )
    except IntegrityError:
        _add(key, counted, hits)


def forget_old() -> int:
    """Periodic job: remove days older than ninety; the number of rows removed."""
    return SearchTally.objects.filter(day__lt=clock.today() - KEPT).delete()[0]


def start_thread() -> threading.Event:
    """Write what waits every few seconds, as long as the process lives or until the event is set."""
    stop = threading.Event()
    threading.Thread(target=_until, args=(stop,), name="search-tallies", daemon=True).start()
    return stop


def _until(stop: threading.Event) -> None:
    while not stop.wait(PAUSE):
        write_once()


def write_once() -> None:
    """One round of the thread: a database that is away costs these counts, never the thread."""
    try:
        if _waiting:
            flush()
    except Error:
        log.warning("search_tallies_not_written", exc_info=True)
    finally:
        connections.close_all()
