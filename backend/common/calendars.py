"""Calendar files (RFC 5545): times that people take along into their own calendars."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from icalendar import Calendar, Event


@dataclass(frozen=True)
class Entry:
    """One time in a calendar. `uid` stays its own for good, so that a second import moves it; `stamp` is when it last changed."""

    uid: str
    stamp: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    place: str


def write_calendar(product: str, entries: Iterable[Entry], *, address: str) -> bytes:
    """These times as text/calendar; `product` says which part of ours made the file, `address` is the page they stand on."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Fairway//{product}//ZH")
    calendar.add("version", "2.0")
    for entry in entries:
        event = Event()
        event.add("uid", entry.uid)
        event.add("dtstamp", entry.stamp)
        event.add("dtstart", entry.starts_at)
        event.add("dtend", entry.ends_at)
        event.add("summary", entry.summary)
        event.add("location", entry.place)
        event.add("url", address)
        calendar.add_component(event)
    return calendar.to_ical()
